// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// A greenlet may end its OS thread. The C library unwinds the running stack by
// an exception of its own, which nobody may swallow; the library unwinds the
// suspended ones.

#include <gtest/gtest.h>
#include <pthread.h>

#include <string>
#include <thread>

#include "microthread/greenlet/greenlet.h"
#include "microthread/greenlet/testing.h"
#include "tests/greenlet/test_log.h"

namespace microthread_test {
namespace {

using microthread::Greenlet;
using microthread::testing::CountLiveObjects;
using microthread::testing::LiveObjects;

struct Note {
  Log& log;
  std::string text;
  ~Note() { log.push_back(text); }
};

TEST(PthreadExitTest, UnwindsTheRunningGreenletThenTheSuspendedOnes) {
  Log log;
  const LiveObjects before = CountLiveObjects();
  {
    // Not on the thread's own stack, which the C library does not unwind here.
    Greenlet suspended, running;
    std::thread([&] {
      suspended = Greenlet([&log] {
        Note note{log, "suspended one unwound"};
        Greenlet::Main().Switch();
      });
      (void)suspended.Switch();
      running = Greenlet([&log] {
        Note note{log, "running one unwound"};
        // (A first switch keeps a reference in its frame, which is lost.)
        Greenlet::Main().Switch();
        pthread_exit(nullptr);
      });
      for (int i = 0; i < 2; ++i) (void)running.Switch();
      log.push_back("never");
    }).join();
    log.push_back(running.dead() && suspended.dead() ? "both dead" : "wrong");
  }
  EXPECT_EQ(log,
            (Log{"running one unwound", "suspended one unwound", "both dead"}));
  EXPECT_EQ(CountLiveObjects(), before);
}

}  // namespace
}  // namespace microthread_test
