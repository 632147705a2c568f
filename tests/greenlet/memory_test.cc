// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// Memory does not grow with the number of greenlets that have been, however
// they end.

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "microthread/greenlet/greenlet.h"
#include "tests/greenlet/memory_growth.h"

namespace microthread_test {
namespace {

using microthread::Greenlet;

constexpr int kAtOnce = 100;
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
