// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// A tasklet frees what it has sent through a channel; the receiver reads it.

#include "microthread/microthread.h"
#include "tests/sanitizers/planted.h"

namespace {

using Numbers = microthread::Channel<int*>;

PLANTED_NOINLINE int* MakeNumber() {
  int* number = new int(7);
  microthread_test::Touch(number);
  return number;
}

PLANTED_NOINLINE void FreeNumber(int* number) {
  delete number;
  microthread::Schedule();
}

PLANTED_NOINLINE int ReadNumber(const int* number) {
  int value = *number;
  microthread_test::Touch(&value);
  return value;
}

PLANTED_NOINLINE void SendAndFree(const Numbers& numbers, bool free_early) {
  int* number = MakeNumber();
  numbers.Send(number);
  if (!free_early) {
    microthread::Schedule();
    microthread::Schedule();
  }
  FreeNumber(number);
  microthread::Schedule();
}

PLANTED_NOINLINE int ReceiveAndRead(const Numbers& numbers) {
  const int* number = numbers.Receive();
  microthread::Schedule();
  return ReadNumber(number) + 1;
}

}  // namespace

int main(int argc, char** argv) {
  const bool bug = microthread_test::BugIsWanted(argc, argv);
  microthread_test::Exercise();
  const Numbers numbers;
  int result = 0;
  microthread::Spawn([numbers, bug] { SendAndFree(numbers, bug); });
  microthread::Spawn(
      [&result, numbers] { result = ReceiveAndRead(numbers) + 1; });
  microthread::Run();
  microthread_test::Touch(&result);
  return microthread_test::Done();
}
