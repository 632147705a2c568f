// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// A tasklet may end its OS thread. Control is back on the thread's own stack
// then, without a switch that the tools have seen.

#include <pthread.h>

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "microthread/greenlet/config.h"
#include "microthread/greenlet/testing.h"
#include "microthread/microthread.h"
#include "tests/sanitizers/planted.h"

namespace microthread {
namespace {

struct LogAtEnd {
  ~LogAtEnd() { log->push_back(text); }
  std::vector<std::string>* log;
  std::string text;
};

PLANTED_NOINLINE void Descend(int depth, void (*at_bottom)()) {
  char array[40];
  microthread_test::Touch(array);
  if (depth == 0) {
    at_bottom();
  } else {
    Descend(depth - 1, at_bottom);
  }
  microthread_test::Touch(array);
}

void* EndInATasklet(void* argument) {
  auto* log = static_cast<std::vector<std::string>*>(argument);
  Spawn([log] {
    const LogAtEnd guard{log, "suspended"};
    Descend(10, [] { ScheduleRemove(); });
  });
  Spawn([log] {
    const LogAtEnd guard{log, "running"};
    Descend(30, [] { pthread_exit(nullptr); });
  });
  Descend(20, [] { microthread::Run(); });
  return nullptr;
}

TEST(PthreadExitTest, InATaskletUnwindsItAndTheOthers) {
  if (MICROTHREAD_TSAN) GTEST_SKIP() << "TSan allows it to no fiber";
  const testing::LiveObjects before = testing::CountLiveObjects();
  std::vector<std::string> log;
  for (int round = 0; round < 3; ++round) {
    // Not a std::thread: it keeps something on the stack that is abandoned.
    pthread_t thread;
    ASSERT_EQ(pthread_create(&thread, nullptr, &EndInATasklet, &log), 0);
    ASSERT_EQ(pthread_join(thread, nullptr), 0);
  }
  // The first has no handle and is unwound when it pauses... unless it had not
  // paused before the thread ended.
  EXPECT_THAT(log, ::testing::ElementsAre("suspended", "running", "suspended",
                                          "running", "suspended", "running"));
  EXPECT_EQ(testing::CountLiveObjects(), before);
  microthread_test::Exercise();
}

}  // namespace
}  // namespace microthread
