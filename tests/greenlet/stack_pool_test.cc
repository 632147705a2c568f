// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// What happens to the memory of stacks that are free.

#include "microthread/greenlet/internal/stack_pool.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "microthread/greenlet/greenlet.h"
#include "microthread/greenlet/internal/sanitizer.h"
#include "microthread/greenlet/internal/stack.h"
#include "microthread/greenlet/stack.h"

namespace microthread_test {
namespace {

using microthread::Greenlet;
using microthread::ReleaseFreeStacks;
using microthread::internal::kDefaultGuardSize;
using microthread::internal::kDefaultStackSize;
using microthread::internal::PageSize;
using microthread::internal::Stack;
using microthread::internal::StackPool;

constexpr size_t kKept = StackPool::kKeptIdle;
using Stacks = std::vector<Stack*>;

// Addresses, which may be looked at when the stack is gone.
struct Extent {
  explicit Extent(const Stack* stack)
      : limit(stack->limit), size(kDefaultStackSize) {}
  char* limit;
  size_t size;
};
std::vector<Extent> ExtentsOf(const Stacks& stacks) {
  return std::vector<Extent>(stacks.begin(), stacks.end());
}

size_t ResidentPages(const Extent& extent) {
  std::vector<unsigned char> pages(extent.size / PageSize());
  EXPECT_EQ(mincore(extent.limit, extent.size, pages.data()), 0);
  return static_cast<size_t>(
      std::count_if(pages.begin(), pages.end(),
                    [](unsigned char page) { return (page & 1) != 0; }));
}

size_t ResidentPages(const std::vector<Extent>& extents) {
  size_t sum = 0;
  for (const Extent& extent : extents) sum += ResidentPages(extent);
  return sum;
}

void MakeDirty(Stack* stack) { std::memset(stack->limit, 1, stack->size()); }

Stacks Take(StackPool& pool, size_t count, size_t size = 0) {
  Stacks stacks(count);
  for (Stack*& stack : stacks) {
    stack = pool.Take(size, 0);
    EXPECT_NE(stack, nullptr);
  }
  return stacks;
}

// The first is then the newest.
void Return(StackPool& pool, const Stacks& stacks) {
  for (size_t i = stacks.size(); i-- > 0;) pool.Return(stacks[i]);
}

std::vector<Extent> UseAndReturn(StackPool& pool, size_t count) {
  const Stacks stacks = Take(pool, count);
  const std::vector<Extent> extents = ExtentsOf(stacks);
  for (Stack* stack : stacks) MakeDirty(stack);
  Return(pool, stacks);
  return extents;
}

// To a system call, which does not fault.
bool IsReadable(const char* address) {
  int ends[2];
  EXPECT_EQ(pipe(ends), 0);
  const bool readable = write(ends[1], address, 1) == 1;
  EXPECT_TRUE(readable || errno == EFAULT);
  close(ends[0]);
  close(ends[1]);
  return readable;
}

TEST(StackPoolTest, TheNewestIsTakenFirst) {
  StackPool pool;
  const Stacks stacks = Take(pool, 10);
  Return(pool, stacks);
  EXPECT_EQ(Take(pool, 10), stacks);
}

TEST(StackPoolTest, TheNewestIsTakenFirstAfterASweepToo) {
  StackPool pool;
  for (size_t size : {size_t{0}, 2 * PageSize()}) {
    const Stacks stacks = Take(pool, 10, size);
    Return(pool, Stacks(stacks.begin() + 6, stacks.end()));
    pool.Sweep();
    Return(pool, Stacks(stacks.begin() + 3, stacks.begin() + 6));
    pool.Sweep();
    Return(pool, Stacks(stacks.begin(), stacks.begin() + 3));
    EXPECT_EQ(Take(pool, 10, size), stacks);
  }
}

TEST(StackPoolTest, ASweepTrimsToTheUppermostPage) {
  StackPool pool;
  const auto extents = UseAndReturn(pool, 10);
  EXPECT_EQ(ResidentPages(extents), 10 * kDefaultStackSize / PageSize());
  pool.Sweep();
  std::vector<size_t> each;
  for (const Extent& extent : extents) each.push_back(ResidentPages(extent));
  EXPECT_EQ(each, std::vector<size_t>(10, 1));
}

TEST(StackPoolTest, ASweepLeavesStacksInUseAlone) {
  StackPool pool;
  const Stacks stacks = Take(pool, 2 * kKept);
  for (Stack* stack : stacks) MakeDirty(stack);
  pool.Sweep();
  pool.Sweep();
  pool.ReleaseAll();
  EXPECT_EQ(ResidentPages(ExtentsOf(stacks)),
            2 * kKept * kDefaultStackSize / PageSize());
}

TEST(StackPoolTest, TheSecondSweepReleasesWhatNobodyHasTakenSinceTheFirst) {
  StackPool pool;
  const auto extents = UseAndReturn(pool, kKept + 36);
  pool.Sweep();
  EXPECT_EQ(ResidentPages(extents), kKept + 36);
  pool.Sweep();
  std::vector<size_t> each;
  for (const Extent& extent : extents) each.push_back(ResidentPages(extent));
  std::vector<size_t> expected(kKept, 1);  // the newest
  expected.resize(kKept + 36, 0);
  EXPECT_EQ(each, expected);
  pool.Sweep();
  EXPECT_EQ(ResidentPages(extents), kKept);
}

TEST(StackPoolTest, ASweepKeepsWhatWasTakenSinceTheLastOne) {
  StackPool pool;
  const auto extents = UseAndReturn(pool, 3 * kKept);
  pool.Sweep();
  UseAndReturn(pool, kKept);
  pool.Sweep();
  EXPECT_EQ(ResidentPages(extents), 2 * kKept);
}

TEST(StackPoolTest, ASweepIsShort) {
  StackPool pool;
  constexpr size_t kMany = 1000;  // Return() does not sweep by itself yet
  constexpr size_t kSwept = StackPool::kMaxSwept;
  const Stacks stacks = Take(pool, kMany);
  const auto extents = ExtentsOf(stacks);
  for (const Stack* stack : stacks) stack->limit[kDefaultStackSize / 2] = 1;
  Return(pool, stacks);
  std::vector<size_t> pages;
  for (int i = 0; i < 4; ++i) {
    pages.push_back(ResidentPages(extents));
    pool.Sweep();
  }
  EXPECT_EQ(pages, (std::vector<size_t>{2 * kMany, 2 * kMany - kSwept,
                                        kMany - kSwept + kKept, kKept}));
}

TEST(StackPoolTest, ReturnSweepsNowAndThen) {
  StackPool pool;
  const auto extents = UseAndReturn(pool, 1);
  for (int i = 0; i < 2000; ++i) pool.Return(pool.Take(2 * PageSize(), 0));
  EXPECT_EQ(ResidentPages(extents), 1u);
}

TEST(StackPoolTest, ReleaseAllReleasesEachSize) {
  StackPool pool;
  auto extents = UseAndReturn(pool, 10);
  pool.Sweep();
  Stack* const older = pool.Take(0, 0);
  Stack* const other = pool.Take(2 * kDefaultStackSize, 0);
  MakeDirty(other);
  extents.emplace_back(other);
  pool.Return(older);
  pool.Return(other);
  pool.ReleaseAll();
  EXPECT_EQ(ResidentPages(extents), 0u);
}

TEST(StackPoolTest, AReleasedStackComesBackAsNew) {
  constexpr size_t kTwoSlabs = 64 + 128;
  StackPool pool;
  const Stacks stacks = Take(pool, kTwoSlabs);
  std::set<uintptr_t> before, after;
  for (Stack* stack : stacks) {
    before.insert(reinterpret_cast<uintptr_t>(stack->limit));
    MakeDirty(stack);
    stack->shields = 1;
    stack->unwinding = true;
  }
  Return(pool, stacks);
  pool.ReleaseAll();
  for (Stack* stack : Take(pool, kTwoSlabs)) {
    after.insert(reinterpret_cast<uintptr_t>(stack->limit));
    EXPECT_FALSE(stack->shielded());
    EXPECT_EQ(ResidentPages(Extent(stack)), 1u);
    EXPECT_EQ(stack->limit[0], 0);
    MakeDirty(stack);
  }
  EXPECT_EQ(before, after);
}

TEST(StackPoolTest, AReleasedStackHasAGuardAgain) {
  if (microthread::internal::IsUnderValgrind()) {
    GTEST_SKIP() << "Valgrind reports the attempt to read a guard";
  }
  StackPool pool;
  UseAndReturn(pool, 200);  // page tables are given back, with their guards
  pool.ReleaseAll();
  UseAndReturn(pool, 1);  // and a single one
  pool.ReleaseAll();
  for (const Stack* stack : Take(pool, 200)) {
    ASSERT_FALSE(IsReadable(stack->limit - 1));
    ASSERT_FALSE(IsReadable(stack->limit - kDefaultGuardSize));
    ASSERT_TRUE(IsReadable(stack->limit));
  }
}

TEST(StackPoolTest, ASweepLeavesErrnoAlone) {
  StackPool pool;
  Stack* stack = pool.Take(0, 0);
  if (mlock(stack->limit, PageSize()) != 0) GTEST_SKIP() << "no mlock()";
  pool.Return(stack);
  errno = 4242;  // locked pages cannot be given back
  pool.Sweep();
  EXPECT_EQ(errno, 4242);
  pool.ReleaseAll();
  EXPECT_EQ(errno, 4242);
  munlock(stack->limit, PageSize());
}

TEST(StackPoolTest, StacksNeverOverlap) {
  const char* given = std::getenv("MICROTHREAD_SEED");
  const auto seed = given != nullptr ? static_cast<unsigned>(std::stoul(given))
                                     : std::random_device()();
  std::printf("to repeat: MICROTHREAD_SEED=%u\n", seed);
  std::mt19937 random(seed);
  StackPool pool;
  std::vector<std::pair<Stack*, int>> in_use;
  for (int step = 0; step < 20'000; ++step) {
    const auto dice = random() % 1000;
    if (dice < 2) pool.Sweep();
    if (dice == 2) pool.ReleaseAll();
    if (in_use.empty() || random() % 400 > in_use.size()) {
      Stack* stack = pool.Take(random() % 3 * 2 * PageSize(), 0);
      std::memcpy(stack->limit, &step, sizeof(step));
      std::memcpy(stack->end - sizeof(step), &step, sizeof(step));
      in_use.emplace_back(stack, step);
    } else {
      std::swap(in_use[random() % in_use.size()], in_use.back());
      const auto [stack, mark] = in_use.back();
      in_use.pop_back();
      ASSERT_EQ(std::memcmp(stack->limit, &mark, sizeof(mark)), 0);
      ASSERT_EQ(std::memcmp(stack->end - sizeof(mark), &mark, sizeof(mark)), 0);
      pool.Return(stack);
    }
    ASSERT_EQ(pool.in_use(), in_use.size());
  }
}

// --- What users see ----------------------------------------------------------

// Runs greenlets that are there at once; returns where their stacks were.
std::vector<Extent> RunGreenlets(int count) {
  std::vector<Greenlet> all;
  std::vector<Extent> extents;
  for (int i = 0; i < count; ++i) {
    all.emplace_back([&extents] {
      const Stack* stack = microthread::internal::StackInUse(
          *microthread::internal::CurrentThread().current);
      stack->limit[0] = 1;
      extents.emplace_back(stack);
      Greenlet::Main().Switch();
    });
    all.back().Switch();
  }
  for (const Greenlet& g : all) (void)g.Switch();
  return extents;
}

TEST(ReleaseFreeStacksTest, GivesThemBackAtOnce) {
  const std::vector<Extent> extents = RunGreenlets(100);
  EXPECT_GE(ResidentPages(extents), 100u);
  ReleaseFreeStacks();
  EXPECT_EQ(ResidentPages(extents), 0u);
  RunGreenlets(100);
}

TEST(ReleaseFreeStacksTest, MayBeCalledInAGreenlet) {
  std::vector<Extent> extents;
  Greenlet([&extents] {
    int local = 1;
    asm volatile("" : : "r"(&local) : "memory");
    extents = RunGreenlets(100);
    ReleaseFreeStacks();
    EXPECT_EQ(local, 1);
  }).Switch();
  EXPECT_EQ(ResidentPages(extents), 0u);
}

TEST(ReleaseFreeStacksTest, HappensAtTheEndOfAThread) {
  std::vector<Extent> extents;
  std::thread([&extents] { extents = RunGreenlets(10); }).join();
  EXPECT_EQ(extents.size(), 10u);
  EXPECT_EQ(ResidentPages(extents), 0u);
}

}  // namespace
}  // namespace microthread_test
