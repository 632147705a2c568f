// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// Whether memory grows with what has been.

#ifndef MICROTHREAD_TESTS_GREENLET_MEMORY_GROWTH_H_
#define MICROTHREAD_TESTS_GREENLET_MEMORY_GROWTH_H_

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <fstream>
#include <functional>
#include <thread>

#include "microthread/greenlet/config.h"
#include "microthread/greenlet/testing.h"

namespace microthread_test {

// Each round that left its greenlets behind would take some 400 KiB, and some
// 50 KiB if it left no more than their records.
inline constexpr size_t kAllowedGrowth = size_t{1} << 20;

inline size_t ResidentBytes() {
  std::ifstream statm("/proc/self/statm");
  size_t all = 0, resident = 0;
  statm >> all >> resident;
  return resident * static_cast<size_t>(sysconf(_SC_PAGESIZE));
}

inline size_t Growth(int rounds, const std::function<void()>& round) {
  for (int i = 0; i < 10; ++i) round();  // fills pools and caches
  const size_t before = ResidentBytes();
  for (int i = 0; i < rounds; ++i) round();
  return std::max(ResidentBytes(), before) - before;
}

// More than with `other`, of which we know that it keeps nothing.
inline void ExpectNoGrowth(
    int rounds, const std::function<void()>& round,
    const std::function<void()>& other = [] {}) {
#if MICROTHREAD_SANITIZER
  GTEST_SKIP() << "a sanitizer keeps what is freed";
#endif
  using microthread::testing::CountLiveObjects;
  const auto before = CountLiveObjects();
  EXPECT_LT(Growth(rounds, round), Growth(rounds, other) + kAllowedGrowth);
  EXPECT_EQ(CountLiveObjects(), before);
}

// An emulator may keep some memory for each thread that has been.
inline void RunEmptyThread() {
  std::thread([] {}).join();
}

}  // namespace microthread_test

#endif  // MICROTHREAD_TESTS_GREENLET_MEMORY_GROWTH_H_
