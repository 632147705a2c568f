// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// Programs with one bug each. Called with the argument "bug" they have it, and
// the tools that planted_test.cc names must report it; without, the same code
// is clean, and every tool must be silent. An annotation that blinds a tool, or
// that makes it see ghosts, thus fails a test.

#ifndef MICROTHREAD_TESTS_SANITIZERS_PLANTED_H_
#define MICROTHREAD_TESTS_SANITIZERS_PLANTED_H_

#define PLANTED_NOINLINE __attribute__((noinline))

namespace microthread_test {

bool BugIsWanted(int argc, char** argv);

// The compiler must believe that `memory` is read and written here.
void Touch(void* memory);

// Puts the stacks of this thread through everything that may confuse a tool
// before the bug comes: frames with arrays at many depths, exceptions across
// them, kills, stacks that pass from greenlets to tasklets and back, switches
// while an exception is handled.
void Exercise();

// The last statement of main: nothing else may be printed by a clean program.
int Done();

}  // namespace microthread_test

#endif  // MICROTHREAD_TESTS_SANITIZERS_PLANTED_H_
