// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// A tasklet shifts a number further than it has bits.

#include "microthread/microthread.h"
#include "tests/sanitizers/planted.h"

namespace {

PLANTED_NOINLINE int ShiftBy(int bits) {
  int number = 3;
  microthread_test::Touch(&number);
  return number << bits;
}

PLANTED_NOINLINE int ShiftAfterOthers(int bits) {
  microthread::Schedule();
  return ShiftBy(bits) ^ 1;
}

}  // namespace

int main(int argc, char** argv) {
  const int bits = microthread_test::BugIsWanted(argc, argv) ? 35 : 3;
  microthread_test::Exercise();
  int result = 0;
  microthread::Spawn([&result, bits] { result = ShiftAfterOthers(bits) ^ 1; });
  microthread::Spawn(microthread_test::Exercise);
  microthread::Run();
  microthread_test::Touch(&result);
  return microthread_test::Done();
}
