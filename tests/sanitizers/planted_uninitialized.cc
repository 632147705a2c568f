// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// A tasklet decides by a variable that it has not set. Others had its stack
// before, so there is something in it.

#include "microthread/microthread.h"
#include "tests/sanitizers/planted.h"

namespace {

PLANTED_NOINLINE int Decide(const int* number) {
  return *number == 12345 ? 1 : 2;
}

PLANTED_NOINLINE int DecideUnset(bool bug) {
  volatile int numbers[8];
  if (!bug) numbers[5] = 1;
  microthread::Schedule();
  return Decide(const_cast<const int*>(&numbers[5])) + 1;
}

}  // namespace

int main(int argc, char** argv) {
  const bool bug = microthread_test::BugIsWanted(argc, argv);
  microthread_test::Exercise();
  int result = 0;
  microthread::Spawn([&result, bug] { result = DecideUnset(bug) + 1; });
  microthread::Spawn(microthread_test::Exercise);
  microthread::Run();
  microthread_test::Touch(&result);
  return microthread_test::Done();
}
