// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// A tasklet writes behind the end of an array on its stack.

#include "microthread/microthread.h"
#include "tests/sanitizers/planted.h"

namespace {

PLANTED_NOINLINE int Overrun(int last) {
  int before[10];
  int numbers[10];
  microthread_test::Touch(before);
  microthread_test::Touch(numbers);
  for (int i = 0; i <= last; ++i) numbers[i] = i;
  microthread_test::Touch(numbers);
  return numbers[0];
}

PLANTED_NOINLINE int OverrunAfterOthers(int last) {
  microthread::Schedule();
  return Overrun(last) + 1;
}

}  // namespace

int main(int argc, char** argv) {
  const int last = microthread_test::BugIsWanted(argc, argv) ? 10 : 9;
  microthread_test::Exercise();
  int result = 0;
  microthread::Spawn(
      [&result, last] { result = OverrunAfterOthers(last) + 1; });
  microthread::Spawn(microthread_test::Exercise);
  microthread::Run();
  microthread_test::Touch(&result);
  return microthread_test::Done();
}
