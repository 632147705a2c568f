// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// A process may end at any time, whatever its tasklets do: they are not
// unwound, and the exit code is the one that was asked for.

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <thread>
#include <vector>

#include "tests/scheduler/event_log.h"

namespace microthread {
namespace {

using ::testing::ExitedWithCode;

class ProcessExitTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ::testing::FLAGS_gtest_death_test_style = "threadsafe";
  }
};

// Says so if it is unwound.
class Guard {
 public:
  Guard() = default;
  Guard(const Guard&) = delete;
  Guard& operator=(const Guard&) = delete;
  ~Guard() { std::fputs("unwound\n", stderr); }
};

// Suspends the tasklet at the bottom of so many frames.
int Deep(int frames) {
  if (frames == 0) {
    ScheduleRemove();
    return 0;
  }
  const Guard guard;
  return Deep(frames - 1) + 1;
}

// Leaves tasklets in every state behind.
void LeaveTasklets() {
  // Nobody refers to what they use, or will.
  static const auto& channel = *new Channel<int>;
  static auto& paused = *new std::vector<Tasklet>;
  Spawn([] {
    const Guard guard;
    channel.Receive();
  });
  for (int i = 0; i < 10; ++i) paused.push_back(Spawn([] { Deep(100); }));
  Schedule();
  Spawn([] {
    const Guard guard;
    while (true) Schedule();
  });
  Schedule();
  Spawn([] { const Guard guard; }).Remove();  // never starts
}

TEST_F(ProcessExitTest, WithoutTasklets) {
  EXPECT_EXIT(std::exit(3), ExitedWithCode(3), "^$");
}

TEST_F(ProcessExitTest, WithTaskletsInEveryState) {
  EXPECT_EXIT(
      {
        LeaveTasklets();
        std::exit(3);
      },
      ExitedWithCode(3), "^$");
}

TEST_F(ProcessExitTest, FromATasklet) {
  EXPECT_EXIT(
      {
        LeaveTasklets();
        Spawn([] { std::exit(4); });
        microthread::Run();
      },
      ExitedWithCode(4), "^$");
}

TEST_F(ProcessExitTest, FromDeepInsideATasklet) {
  EXPECT_EXIT(
      {
        Spawn([] {
          const Guard guard;
          Spawn([] { std::exit(5); }).Run();
        });
        microthread::Run();
      },
      ExitedWithCode(5), "^$");
}

TEST_F(ProcessExitTest, AtOnceFromATasklet) {
  EXPECT_EXIT(
      {
        LeaveTasklets();
        Spawn([] { _exit(6); });
        microthread::Run();
      },
      ExitedWithCode(6), "^$");
}

TEST_F(ProcessExitTest, WhileOtherThreadsHaveTasklets) {
  EXPECT_EXIT(
      {
        static const auto& ready = *new Channel<void>;
        static const auto& never = *new Channel<int>;
        for (int i = 0; i < 3; ++i) {
          std::thread([] {
            const Guard guard;
            Spawn([] {
              const Guard guard_of_tasklet;
              never.Receive();
            });
            Schedule();
            ready.Send();
            never.Receive();
          }).detach();
        }
        for (int i = 0; i < 3; ++i) ready.Receive();
        std::exit(7);
      },
      ExitedWithCode(7), "^$");
}

TEST_F(ProcessExitTest, FromATaskletOfAnotherThread) {
  EXPECT_EXIT(
      {
        LeaveTasklets();
        std::thread([] {
          Spawn([] { std::exit(8); });
          microthread::Run();
        }).join();
      },
      ExitedWithCode(8), "^$");
}

}  // namespace
}  // namespace microthread
