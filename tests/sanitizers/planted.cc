// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/sanitizers/planted.h"

#include <cstdio>
#include <cstring>
#include <stdexcept>
#include <string>

#include "microthread/microthread.h"

namespace microthread_test {
namespace {

using microthread::Channel;
using microthread::ExitShield;
using microthread::Greenlet;
using microthread::Run;
using microthread::Schedule;
using microthread::ScheduleRemove;
using microthread::Spawn;
using microthread::Tasklet;

// Frames of many sizes, each with a guarded array; at the bottom `at_bottom`.
template <class F>
PLANTED_NOINLINE int Descend(int depth, const F& at_bottom) {
  if (depth == 0) {
    at_bottom();
    return 0;
  }
  char small[24];
  int big[40];
  Touch(small);
  Touch(big);
  int below = depth % 2 == 0 ? Descend(depth - 1, at_bottom)
                             : Descend(depth - 1, at_bottom) + 1;
  Touch(small);
  return below + depth;
}

// Waits in a destructor that runs because of an exception.
struct ScheduleAtEnd {
  ~ScheduleAtEnd() {
    ExitShield shield;
    char scratch[100];
    Touch(scratch);
    Schedule();
    Touch(scratch);
  }
};

void ThrowFromDepth(int depth) {
  try {
    ScheduleAtEnd at_end;
    Descend(depth, [] { throw std::runtime_error("from the bottom"); });
  } catch (const std::runtime_error& error) {
    char copy[64];
    std::strncpy(copy, error.what(), sizeof(copy));
    Descend(depth / 2, [] { Schedule(); });
    Touch(copy);
  }
}

// Its stack is taken over by others with red zones wherever the kill left them.
void KillAtDepth(int depth) {
  Greenlet victim(
      [depth] { Descend(depth, [] { Greenlet::Main().Switch(); }); });
  victim.Switch();
  victim = Greenlet();
}

void Round(int round) {
  Channel<std::string> channel;
  for (int i = 0; i < 4; ++i) {
    const int depth = 3 + 5 * ((round + i) % 5);
    KillAtDepth(depth);
    Spawn([channel, depth] {
      ThrowFromDepth(depth);
      Descend(depth, [channel] { channel.Send("a text that is on the heap"); });
    });
    Spawn([channel, depth] {
      KillAtDepth(depth + 1);
      Descend(depth + 2, [channel] { channel.Receive(); });
    });
  }
  Tasklet killed = Spawn([] { Descend(20, [] { ScheduleRemove(); }); });
  Run();
  killed.Kill();
}

}  // namespace

bool BugIsWanted(int argc, char** argv) {
  return argc == 2 && std::strcmp(argv[1], "bug") == 0;
}

void Touch(void* memory) {
  volatile char* byte = static_cast<char*>(memory);
  const char value = *byte;
  *byte = value;
}

void Exercise() {
  for (int round = 0; round < 5; ++round) Round(round);
}

int Done() {
  std::puts("done");
  return 0;
}

}  // namespace microthread_test
