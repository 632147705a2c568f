// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// A tasklet sends the address of a variable to another one, which reads it when
// the variable's function has returned.

#include "microthread/microthread.h"
#include "tests/sanitizers/planted.h"

namespace {

struct Channels {
  microthread::Channel<const int*> addresses;
  microthread::Channel<void> read;
};

PLANTED_NOINLINE void SendLocal(const Channels& channels, bool wait) {
  int local[8] = {1, 2, 3, 4, 5, 6, 7, 8};
  microthread_test::Touch(local);
  channels.addresses.Send(&local[3]);
  if (wait) channels.read.Receive();
  microthread_test::Touch(local);
}

PLANTED_NOINLINE int ReadLocalOfOther(const int* local) {
  int value = *local;
  microthread_test::Touch(&value);
  return value;
}

PLANTED_NOINLINE int ReadLater(const Channels& channels) {
  const int* local = channels.addresses.Receive();
  microthread::Schedule();
  microthread::Schedule();
  return ReadLocalOfOther(local) + 1;
}

}  // namespace

int main(int argc, char** argv) {
  const bool bug = microthread_test::BugIsWanted(argc, argv);
  microthread_test::Exercise();
  const Channels channels;
  int result = 0;
  microthread::Spawn([channels, bug] {
    SendLocal(channels, /*wait=*/!bug);
    for (int i = 0; i < 5; ++i) microthread::Schedule();
  });
  microthread::Spawn([&result, channels, bug] {
    result = ReadLater(channels);
    if (!bug) channels.read.Send();
  });
  microthread::Run();
  microthread_test::Touch(&result);
  return microthread_test::Done();
}
