// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// Memory does not grow with the number of greenlets that have been, however
// they end.

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <fstream>
#include <functional>
#include <thread>
#include <vector>

#include "microthread/greenlet/greenlet.h"
#include "microthread/greenlet/testing.h"

namespace microthread_test {
namespace {

using microthread::Greenlet;
using microthread::testing::CountLiveObjects;
using microthread::testing::LiveObjects;

constexpr int kAtOnce = 100;
// Each round that left its greenlets behind would take some 400 KiB.
constexpr size_t kAllowedGrowth = size_t{4} << 20;

size_t ResidentBytes() {
  std::ifstream statm("/proc/self/statm");
  size_t all = 0, resident = 0;
  statm >> all >> resident;
  return resident * static_cast<size_t>(sysconf(_SC_PAGESIZE));
}

std::vector<Greenlet> ManySuspended() {
  std::vector<Greenlet> all;
  for (int i = 0; i < kAtOnce; ++i) {
    all.emplace_back([] {
      const std::vector<int> owned(1000);
      Greenlet::Main().Switch(owned.size());
    });
    (void)all.back().Switch();
  }
  return all;
}

size_t Growth(int rounds, const std::function<void()>& round) {
  for (int i = 0; i < 10; ++i) round();  // fills pools and caches
  const size_t before = ResidentBytes();
  for (int i = 0; i < rounds; ++i) round();
  return std::max(ResidentBytes(), before) - before;
}

// More than with `other`, of which we know that it keeps nothing.
void ExpectNoGrowth(
    int rounds, const std::function<void()>& round,
    const std::function<void()>& other = [] {}) {
#if MICROTHREAD_SANITIZER
  GTEST_SKIP() << "a sanitizer keeps what is freed";
#endif
  const LiveObjects before = CountLiveObjects();
  EXPECT_LT(Growth(rounds, round), Growth(rounds, other) + kAllowedGrowth);
  EXPECT_EQ(CountLiveObjects(), before);
}

// An emulator may keep some memory for each thread that has been.
void RunEmptyThread() {
  std::thread([] {}).join();
}

TEST(MemoryTest, DoesNotGrowWithGreenletsThatAreDropped) {
  ExpectNoGrowth(1000, [] { ManySuspended(); });
}

TEST(MemoryTest, DoesNotGrowWithGreenletsThatAreKilled) {
  ExpectNoGrowth(300, [] {
    for (const Greenlet& g : ManySuspended()) (void)g.Kill();
  });
}

TEST(MemoryTest, DoesNotGrowWithThreadsThatEndTheirGreenlets) {
  ExpectNoGrowth(
      100,
      [] {
        std::vector<Greenlet> all;
        std::thread([&] { all = ManySuspended(); }).join();
      },
      RunEmptyThread);
}

TEST(MemoryTest, DoesNotGrowWithGreenletsThatAreDroppedElsewhere) {
  ExpectNoGrowth(
      100,
      [] {
        std::thread([all = ManySuspended()] {}).join();
        (void)Greenlet::Current();  // looks into the inbox
      },
      RunEmptyThread);
}

}  // namespace
}  // namespace microthread_test
