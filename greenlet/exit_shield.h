// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// File: exit_shield.h
//
// To end a suspended greenlet or tasklet is to throw an exception at the place
// where it waits. In a destructor, and in any other noexcept function, that
// would end the program. Code that must switch there says so:
//
//   Session::~Session() {
//     ExitShield shield;
//     log_.Send("closing");   // may wait, and cannot be thrown out of
//   }
//
// While the shield is up, what others throw into this greenlet or tasklet (by
// `Kill()`, `Throw()`, by dropping the last handle or at the end of the thread)
// waits until the shield ends. The same happens by itself to one that waits
// while its stack is being unwound. An error of the operation itself, such as
// DeadlockError, is thrown all the same.

#ifndef MICROTHREAD_GREENLET_EXIT_SHIELD_H_
#define MICROTHREAD_GREENLET_EXIT_SHIELD_H_

#include "microthread/greenlet/config.h"

MICROTHREAD_NAMESPACE_BEGIN

// Thread-bound; must end on the stack on which it was made. Shields may nest.
class ExitShield {
 public:
  // Blocks: never.
  ExitShield() noexcept;
  ExitShield(const ExitShield&) = delete;
  ExitShield& operator=(const ExitShield&) = delete;

  // What waited is thrown by the next operation that would switch, not here: a
  // destructor is no place to throw from.
  //
  // Blocks: never.
  ~ExitShield();
};

MICROTHREAD_NAMESPACE_END

#endif  // MICROTHREAD_GREENLET_EXIT_SHIELD_H_
