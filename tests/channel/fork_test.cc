// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// After fork() the child has only the thread that called it, with its tasklets.
// What other threads used cannot be used there.

#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <iostream>
#include <string>
#include <thread>

#include "tests/scheduler/event_log.h"

namespace microthread {
namespace {

// What `body` returns in a child process.
std::string InChild(const std::function<std::string()>& body) {
  int ends[2];
  EXPECT_EQ(pipe(ends), 0);
  const pid_t child = fork();
  if (child == 0) {
    const std::string text = body();
    _exit(write(ends[1], text.data(), text.size()) ==
                  static_cast<ssize_t>(text.size())
              ? 0
              : 1);
  }
  close(ends[1]);
  std::string text;
  char buffer[256];
  for (ssize_t n; (n = read(ends[0], buffer, sizeof(buffer))) > 0;) {
    text.append(buffer, static_cast<size_t>(n));
  }
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  return text + (status == 0 ? "" : " (the child crashed)");
}

class ForkTest : public EventLogTest {
 public:
  // Calls `body` while another thread has a tasklet that waits on `c`, and
  // sleeps.
  static void WithASleepingThread(const Channel<int>& c,
                                  const std::function<void()>& body) {
    const Channel<void> ready;
    std::thread sleeper([c, ready] {
      Spawn([ready] { ready.Send(); });
      try {
        c.Receive();
      } catch (const EndOfChannel&) {
      }
    });
    ready.Receive();
    body();
    c.Finish();
    sleeper.join();
  }
};

TEST_F(ForkTest, TheForkingThreadsTaskletsGoOnInTheChild) {
  const Channel<int> shared;
  WithASleepingThread(shared, [this] {
    const Channel<int> own;
    SpawnNamed("t", [this, own] {
      Log("t got ", own.Receive());
      Log("t got ", own.Receive());
    });
    own.Send(1);
    const std::string child = InChild([this, own] {
      own.Send(2);
      Try("alone", [own] { own.Receive(); });
      return ::testing::PrintToString(log);
    });
    EXPECT_EQ(child, "{ \"t got 1\", \"t got 2\", \"alone: DeadlockError\" }");
    own.Send(3);
    EXPECT_THAT(log, ElementsAre("t got 1", "t got 3"));
  });
}

TEST_F(ForkTest, WhatAnotherThreadUsedIsRefusedInTheChild) {
  const Channel<int> shared("jobs");
  WithASleepingThread(shared, [shared] {
    const std::string child = InChild([shared] {
      const std::string send = ErrorOf([shared] { shared.Send(1); });
      return send + "; " + ErrorText([shared] { shared.Finish(); });
    });
    EXPECT_EQ(child,
              "WrongThreadError; channel \"jobs\" was used by another thread "
              "before this process was forked: that may have been in the "
              "middle of an operation; make a new one");
  });
}

TEST_F(ForkTest, ATaskletThatWaitsForAnotherThreadCanBeKilledInTheChild) {
  const Channel<int> shared("jobs");
  WithASleepingThread(shared, [this, shared] {
    const Channel<int> results;
    std::thread([results] { (void)results.queue(); }).join();
    const Tasklet waiter = SpawnNamed("waiter", [this, results] {
      const LogAtEnd guard = AtEnd("unwound");
      results.Receive();
    });
    Schedule();
    const std::string child = InChild([this, waiter] {
      waiter.Kill();
      Log(StatesOf(waiter));
      return ::testing::PrintToString(log);
    });
    EXPECT_EQ(child, "{ \"unwound\", \"none\" }");
    waiter.Kill();
  });
}

TEST_F(ForkTest, ThreadsOfTheChildWorkAsEver) {
  const Channel<int> shared;
  WithASleepingThread(shared, [] {
    const std::string child = InChild([] {
      const Channel<int> c;
      std::thread sender([c] { c.Send(42); });
      const int got = c.Receive();
      sender.join();
      return std::to_string(got);
    });
    EXPECT_EQ(child, "42");
  });
}

}  // namespace
}  // namespace microthread
