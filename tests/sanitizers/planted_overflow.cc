// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// A tasklet adds two numbers whose sum has no room.

#include <climits>

#include "microthread/microthread.h"
#include "tests/sanitizers/planted.h"

namespace {

PLANTED_NOINLINE int AddOne(int number) {
  int one = 1;
  microthread_test::Touch(&one);
  return number + one;
}

PLANTED_NOINLINE int AddOneAfterOthers(int number) {
  microthread::Schedule();
  return AddOne(number) ^ 1;
}

}  // namespace

int main(int argc, char** argv) {
  const int number = microthread_test::BugIsWanted(argc, argv) ? INT_MAX : 3;
  microthread_test::Exercise();
  int result = 0;
  microthread::Spawn(
      [&result, number] { result = AddOneAfterOthers(number) ^ 1; });
  microthread::Spawn(microthread_test::Exercise);
  microthread::Run();
  microthread_test::Touch(&result);
  return microthread_test::Done();
}
