// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// A million tasklets that wait, each on a stack of its own.

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdio>

#include "microthread/microthread.h"
#include "tests/scale/growth.h"

namespace microthread_test {
namespace {

using microthread::Channel;
using microthread::ReleaseFreeStacks;
using microthread::Schedule;
using microthread::Spawn;

constexpr int64_t kMillion = 1'000'000;
constexpr int64_t kThrowers = 100'000;
constexpr int64_t kAFewMegabytes = 8 << 20;

struct Message {
  int64_t to;
  bool shall_throw;
};

struct Counts {
  int64_t caught = 0;
  int64_t woken = 0;  // by their own messages
};

MICROTHREAD_NOINLINE void ThrowAndCatch(Counts& counts) {
  try {
    throw int64_t{1};
  } catch (int64_t one) {
    counts.caught += one;
  }
}

void SpawnAll(const Channel<Message>& messages, Counts& counts) {
  for (int64_t i = 0; i < kMillion; ++i) {
    Spawn([messages, &counts, i] {
      Message message = messages.Receive();
      while (message.shall_throw) {
        ThrowAndCatch(counts);
        message = messages.Receive();
      }
      counts.woken += message.to == i;
    });
  }
}

// Prints how long something took, and returns the time after it.
double ReportTime(const char* what, double since, double to_touch) {
  const double seconds = Seconds() - since;
  std::printf("%-24s %5.0f ns each, %.2f of what touching pages takes\n", what,
              seconds * 1e9 / kMillion, seconds / to_touch);
  return Seconds();
}

TEST(ScaleTest, AMillionTaskletsWaitAndAreWokenInOrder) {
  SecondsToTouch(kMillion);  // a virtual machine has to get them from its host
  const double to_touch = SecondsToTouch(kMillion);
  const Channel<Message> messages;
  Counts counts;

  const Footprint before = ReadFootprint();
  const double begin = Seconds();
  SpawnAll(messages, counts);
  const double spawned = ReportTime("spawn", begin, to_touch);
  Schedule();
  ReportTime("start and wait", spawned, to_touch);
  ASSERT_EQ(messages.balance(), -kMillion);
  const Footprint waiting = ReportGrowth("waiting", before, kMillion);
  EXPECT_LT(waiting.resident, 4500 * kMillion);
  EXPECT_LT(waiting.mappings, 100);

  // The first ones go to the end of the queue.
  const Footprint calm = ReadFootprint();
  for (int64_t i = 0; i < kThrowers; ++i) messages.Send({i, true});
  microthread::Run();
  ASSERT_EQ(messages.balance(), -kMillion);
  EXPECT_EQ(counts.caught, kThrowers);
  ReportGrowth("a throw adds", calm, kThrowers);

  const double waking = Seconds();
  for (int64_t i = 0; i < kMillion; ++i) {
    messages.Send({(kThrowers + i) % kMillion, false});
  }
  microthread::Run();
  ReportTime("wake and end", waking, to_touch);
  ReportTime("all of it", begin, to_touch);
  EXPECT_EQ(counts.woken, kMillion);
  ReportGrowth("ended", before, kMillion);

  const double releasing = Seconds();
  ReleaseFreeStacks();
  ReportTime("release", releasing, to_touch);
  const Footprint released = ReportGrowth("released", before, kMillion);
  // Records stay, four cache lines each.
  EXPECT_LT(released.resident, 256 * kMillion + kAFewMegabytes);
}

}  // namespace
}  // namespace microthread_test
