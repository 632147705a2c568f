// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// Memory does not grow with the number of tasklets and channels that have been,
// wherever their last handles were dropped.

#include <gtest/gtest.h>

#include <cstdlib>
#include <thread>
#include <utility>
#include <vector>

#include "microthread/channel/channel.h"
#include "microthread/greenlet/greenlet.h"
#include "microthread/scheduler/scheduler.h"
#include "microthread/tasklet/tasklet.h"
#include "tests/greenlet/memory_growth.h"

namespace microthread_test {
namespace {

using microthread::Channel;
using microthread::Spawn;
using microthread::Tasklet;

constexpr int kAtOnce = 100;

std::vector<Tasklet> ManyEnded() {
  std::vector<Tasklet> all;
  for (int i = 0; i < kAtOnce; ++i) all.push_back(Spawn([] {}));
  microthread::Run();
  return all;
}

TEST(MemoryTest, DoesNotGrowWithTaskletsThatEnd) {
  ExpectNoGrowth(1000, [] { ManyEnded(); });
}

TEST(MemoryTest, DoesNotGrowWithTaskletsWhoseThreadHasEnded) {
  ExpectNoGrowth(
      100,
      [] {
        std::vector<Tasklet> all;
        std::thread([&] { all = ManyEnded(); }).join();
      },
      RunEmptyThread);
}

TEST(MemoryTest, DoesNotGrowWithTaskletsThatAreDroppedElsewhere) {
  ExpectNoGrowth(
      100,
      [] {
        std::thread([all = ManyEnded()] {}).join();
        microthread::Run();  // looks into the inbox
      },
      RunEmptyThread);
}

TEST(MemoryTest, DoesNotGrowWithChannelsThatAreDroppedElsewhere) {
  ExpectNoGrowth(
      100,
      [] {
        std::vector<Channel<int>> all;
        std::thread([&] { all.resize(kAtOnce); }).join();
      },
      RunEmptyThread);
}

// The thread has ended its tasklets already when it hears of the drop, and
// needs a scheduler once more to end the channel.
void DropChannelAsItsThreadEnds() {
  std::thread([] {
    microthread::Greenlet late([] {
      struct DropsElsewhere {
        ~DropsElsewhere() {
          std::thread([dropped = std::move(channel)] {}).join();
        }
        Channel<int> channel;
      };
      const DropsElsewhere guard;
      (void)microthread::Greenlet::Main().Switch();
    });
    (void)late.Switch();
  }).join();
}

TEST(MemoryTest, DoesNotGrowWithChannelsThatAreDroppedAsTheirThreadEnds) {
  DropChannelAsItsThreadEnds();  // with a sanitizer that looks for leaks: once
  // An emulator keeps much more of each thread than what might be left here.
  const bool emulated = std::getenv("MICROTHREAD_EMULATED") != nullptr;
  ExpectNoGrowth(emulated ? 30 : 3000, DropChannelAsItsThreadEnds,
                 [] { std::thread(RunEmptyThread).join(); });
}

}  // namespace
}  // namespace microthread_test
