// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// The end of the process and of a thread, with greenlets that are suspended and
// with code that uses the library when everybody else has gone.

#include <gtest/gtest.h>
#include <pthread.h>

#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "microthread/greenlet/greenlet.h"
#include "microthread/greenlet/internal/thread.h"
#include "tests/greenlet/test_log.h"

namespace microthread_test {
namespace {

using microthread::Greenlet;
using microthread::internal::CountThreads;

// What is suspended when main ends is not unwound: its variables are gone.
struct Note {
  const char* text;
  ~Note() { std::fprintf(stderr, "%s\n", text); }
};

struct AppendAtEnd {
  Log& log;
  std::string text;
  ~AppendAtEnd() { log.push_back(text); }
};

void Park() {
  const Note note{"unwound"};
  Greenlet::Main().Switch();
}

// A greenlet that is suspended and kept only by a handle on its own stack.
void LeaveSuspended(std::function<void()> body) {
  Greenlet([body = std::move(body)] {
    const Greenlet me = Greenlet::Current();
    body();
  }).Switch();
}

void Nest(int depth) {
  if (depth == 0) return Park();
  LeaveSuspended([depth] { Nest(depth - 1); });
}

void ParkInCatch() {
  try {
    throw Oops("handled");
  } catch (const Oops&) {
    Park();
  }
}

struct ParksWhenDestroyed {
  ~ParksWhenDestroyed() { Greenlet::Main().Switch(); }
};

void ParkDuringUnwinding() {
  try {
    const ParksWhenDestroyed parks;
    throw Oops("in flight");
  } catch (const Oops&) {
  }
}

void ExitWithManySuspended() {
  for (int i = 0; i < 100; ++i) LeaveSuspended(Park);
  Nest(10);
  LeaveSuspended(ParkInCatch);
  LeaveSuspended(ParkDuringUnwinding);
  std::exit(0);
}

TEST(ShutdownDeathTest, TheProcessMayExitWithSuspendedGreenlets) {
  EXPECT_EXIT(ExitWithManySuspended(), testing::ExitedWithCode(0), "^$");
}

TEST(ShutdownDeathTest, TheProcessMayExitFromWithinAGreenlet) {
  EXPECT_EXIT(
      {
        LeaveSuspended(Park);
        Greenlet([] { std::exit(0); }).Switch();
      },
      testing::ExitedWithCode(0), "^$");
}

TEST(ShutdownDeathTest, TheProcessMayExitWhileOtherThreadsHaveGreenlets) {
  EXPECT_EXIT(
      {
        std::vector<std::thread> threads;
        for (int i = 0; i < 4; ++i) {
          threads.emplace_back([] { LeaveSuspended(Park); });
        }
        for (std::thread& thread : threads) thread.join();
        std::exit(0);
      },
      testing::ExitedWithCode(0), "^unwound\nunwound\nunwound\nunwound\n$");
}

void UseGreenlets() {
  Greenlet g([](int x) {
    const Note note{"unwound"};
    Greenlet::Main().Switch(x + 1);
  });
  std::fprintf(stderr, "%s\n", Show(g.Switch(1)).c_str());
}

struct UsesGreenletsWhenDestroyed {
  void Arm() const {}
  ~UsesGreenletsWhenDestroyed() { UseGreenlets(); }
};

TEST(ShutdownDeathTest, ExitHandlersMayUseGreenlets) {
  EXPECT_EXIT(
      {
        std::atexit(UseGreenlets);
        static const UsesGreenletsWhenDestroyed object;
        object.Arm();
        LeaveSuspended(Park);
        std::exit(0);
      },
      testing::ExitedWithCode(0), "^\\(2\\)\nunwound\n\\(2\\)\nunwound\n$");
}

// Destroyed after the library's own part of the thread, which is made later.
TEST(ShutdownDeathTest, ThreadLocalObjectsMayUseGreenletsAtTheirEnd) {
  EXPECT_EXIT(
      {
        std::thread([] {
          thread_local const UsesGreenletsWhenDestroyed object;
          object.Arm();
          LeaveSuspended(Park);
          std::fprintf(stderr, "returning\n");
        }).join();
        std::exit(0);
      },
      testing::ExitedWithCode(0), "^returning\nunwound\n\\(2\\)\nunwound\n$");
}

// These come even later, when no thread-local object is left.
TEST(ShutdownDeathTest, DestructorsOfThreadSpecificDataMayUseGreenlets) {
  EXPECT_EXIT(
      {
        pthread_key_t key;
        pthread_key_create(&key, [](void*) { UseGreenlets(); });
        std::thread([key] {
          pthread_setspecific(key, "anything");
          LeaveSuspended(Park);
          std::fprintf(stderr, "returning\n");
        }).join();
        std::exit(0);
      },
      testing::ExitedWithCode(0), "^returning\nunwound\n\\(2\\)\nunwound\n$");
}

struct LeavesAGreenletWhenDestroyed {
  void Arm() const {}
  ~LeavesAGreenletWhenDestroyed() {
    LeaveSuspended([this] {
      const AppendAtEnd note{log, "unwound"};
      Greenlet::Main().Switch();
    });
  }
  Log& log;
};

TEST(ShutdownTest, WhatIsMadeThatLateEndsWithTheThreadToo) {
  Log log;
  const int threads = CountThreads();
  for (int i = 0; i < 3; ++i) {
    std::thread([&log] {
      thread_local const LeavesAGreenletWhenDestroyed object{log};
      object.Arm();
      LeaveSuspended([] { Greenlet::Main().Switch(); });
    }).join();
  }
  EXPECT_EQ(log, (Log{"unwound", "unwound", "unwound"}));
  EXPECT_EQ(CountThreads(), threads);
}

}  // namespace
}  // namespace microthread_test
