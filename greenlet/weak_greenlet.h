// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// File: weak_greenlet.h
//
// A handle that does not keep its greenlet alive: for a body that must know
// itself, for caches, for parents that list their children.
//
// Example:
//
//   WeakGreenlet self;
//   Greenlet worker([&self] {
//     ...
//     if (Greenlet me = self.Lock(); me.valid()) Register(me.name());
//   });
//   self = worker;
//
// While a suspended greenlet whose last handle was dropped is being unwound,
// `Lock()` still finds it (and keeps it alive, if the handle is kept); after
// that, and at once for one that is unborn or dead, it gives an empty handle.
//
// Thread-bound to the thread of the greenlet: `Lock()` works only there. Copies
// may be made and dropped on any thread.

#ifndef MICROTHREAD_GREENLET_WEAK_GREENLET_H_
#define MICROTHREAD_GREENLET_WEAK_GREENLET_H_

#include "microthread/greenlet/config.h"
#include "microthread/greenlet/greenlet.h"
#include "microthread/greenlet/internal/weak_link.h"

MICROTHREAD_NAMESPACE_BEGIN

class WeakGreenlet {
 public:
  // Refers to nothing.
  WeakGreenlet() noexcept = default;

  // Implicit: a weak handle is a view of a handle.
  //
  // Errors: WrongThreadError on another thread than the greenlet's maker.
  WeakGreenlet(const Greenlet& greenlet);

  // A handle to the greenlet; empty when it is gone.
  //
  // Blocks: never.
  // Errors: WrongThreadError on another thread than the greenlet's maker.
  Greenlet Lock() const;

 private:
  internal::Ref<internal::WeakLink> link_;
};

MICROTHREAD_NAMESPACE_END

#endif  // MICROTHREAD_GREENLET_WEAK_GREENLET_H_
