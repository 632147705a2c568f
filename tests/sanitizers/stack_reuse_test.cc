// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// What a tool keeps for a stack must not grow with each tasklet that has it:
// TSan's list of the functions that run has room for 65,536 and no check.

#include <vector>

#include "gtest/gtest.h"
#include "microthread/greenlet/config.h"
#include "microthread/greenlet/testing.h"
#include "microthread/microthread.h"

namespace microthread {
namespace {

// ASan makes and unmaps a fake stack each time, which takes far longer.
constexpr int kUses = MICROTHREAD_TSAN ? 200'000 : 20'000;

TEST(StackReuseTest, ByTasklets) {
  int ended = 0;
  for (int i = 0; i < kUses; ++i) {
    Spawn([&ended] { ++ended; });
    microthread::Run();
  }
  EXPECT_EQ(ended, kUses);
  EXPECT_EQ(testing::CountLiveObjects().stacks, 0);
}

TEST(StackReuseTest, ByGreenlets) {
  int ended = 0;
  for (int i = 0; i < kUses; ++i) {
    Greenlet([&ended] { ++ended; }).Switch();
  }
  EXPECT_EQ(ended, kUses);
  EXPECT_EQ(testing::CountLiveObjects().stacks, 0);
}

TEST(StackReuseTest, ByThoseThatAreKilled) {
  int ended = 0;
  struct AtEnd {
    ~AtEnd() { ++*ended; }
    int* ended;
  };
  for (int i = 0; i < kUses / 10; ++i) {
    Tasklet tasklet = Spawn([&ended] {
      AtEnd at_end{&ended};
      ScheduleRemove();
    });
    microthread::Run();
    tasklet.Kill();
  }
  EXPECT_EQ(ended, kUses / 10);
}

// As many as TSan is promised to bear.
TEST(StackReuseTest, TwoThousandAtATime) {
  constexpr int kTasklets = 2000;
  const Channel<void> start;
  int ended = 0;
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < kTasklets; ++i) {
      Spawn([start, &ended] {
        start.Receive();
        ++ended;
      });
    }
    EXPECT_EQ(microthread::Run().blocked(), static_cast<size_t>(kTasklets));
    EXPECT_EQ(testing::CountLiveObjects().stacks, kTasklets);
    for (int i = 0; i < kTasklets; ++i) start.Send();
  }
  EXPECT_EQ(ended, 3 * kTasklets);
}

}  // namespace
}  // namespace microthread
