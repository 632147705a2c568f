// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// Where stacks come from, how large they are, and what happens when there is
// none.

#include "microthread/greenlet/stack.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "microthread/greenlet/greenlet.h"
#include "microthread/greenlet/internal/sanitizer.h"
#include "microthread/greenlet/internal/stack_pool.h"
#include "microthread/greenlet/testing.h"
#include "tests/greenlet/test_log.h"

namespace microthread_test {
namespace {

using microthread::Greenlet;
using microthread::GreenletOptions;
using microthread::ResourceExhaustedError;
using microthread::StackRemaining;
using microthread::StackSize;
using microthread::internal::kDefaultStackSize;
using microthread::internal::kPageSize;
using microthread::internal::Stack;
using microthread::internal::StackPool;
using microthread::testing::CountLiveObjects;
using microthread::testing::FailNextStack;

// What a stack may be smaller than what was asked for.
constexpr size_t kLibrarysOwn = 1536;

int64_t StacksInUse() { return CountLiveObjects().stacks; }

TEST(StackTest, IsTakenAtTheFirstSwitchAndReturnedAtTheEnd) {
  std::vector<int64_t> in_use;
  const int64_t before = StacksInUse();
  Greenlet g([] { Greenlet::Main().Switch(); });
  in_use.push_back(StacksInUse() - before);
  (void)g.Switch();
  in_use.push_back(StacksInUse() - before);
  (void)g.Switch();
  in_use.push_back(StacksInUse() - before);
  EXPECT_EQ(in_use, (std::vector<int64_t>{0, 1, 0}));
}

TEST(StackTest, OfAnUnwoundGreenletIsReturnedToo) {
  const int64_t before = StacksInUse();
  Greenlet g([] { Greenlet::Main().Switch(); });
  (void)g.Switch();
  (void)g.Kill();
  EXPECT_EQ(StacksInUse(), before);
}

uintptr_t AddressOfALocal() {
  return reinterpret_cast<uintptr_t>(__builtin_frame_address(0));
}

TEST(StackTest, IsUsedAgainByTheNextGreenlet) {
  std::set<uintptr_t> places;
  for (int i = 0; i < 100; ++i) {
    Greenlet([&] { places.insert(AddressOfALocal()); }).Switch();
  }
  EXPECT_EQ(places.size(), 1u);
}

// The dying greenlet is still on its stack when its unborn parent gets one.
TEST(StackTest, IsNotUsedAgainBeforeControlHasLeftIt) {
  uintptr_t of_child = 0, of_parent = 0;
  Greenlet parent([&] { of_parent = AddressOfALocal(); });
  Greenlet child([&] { of_child = AddressOfALocal(); }, parent);
  EXPECT_THROW((void)child.Switch(), microthread::MessageError);
  Greenlet taker([&](microthread::Message) { of_parent = AddressOfALocal(); });
  Greenlet other([&] { of_child = AddressOfALocal(); }, taker);
  (void)other.Switch();
  EXPECT_NE(of_parent, 0u);
  EXPECT_GT(of_parent > of_child ? of_parent - of_child : of_child - of_parent,
            kDefaultStackSize / 2);
}

TEST(StackTest, TopsOfNeighborsDiffer) {
  StackPool pool;
  std::set<size_t> offsets;
  size_t last = 0;
  for (int i = 0; i < 200; ++i) {
    Stack* stack = pool.Take(0, 0);
    ASSERT_NE(stack, nullptr);
    const auto top = reinterpret_cast<uintptr_t>(stack->top());
    EXPECT_EQ(top % 64, 0u);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(stack->limit) % kPageSize, 0u);
    const size_t offset = kDefaultStackSize - stack->size();
    EXPECT_LE(offset, kLibrarysOwn);
    EXPECT_NE(offset, last);
    offsets.insert(offset);
    last = offset;
  }
  EXPECT_GE(offsets.size(), 16u);
}

TEST(StackTest, HasTheSizeThatWasAskedFor) {
  for (size_t size : {16384u, 100000u, 1u << 20}) {
    size_t seen = 0, remaining = 0;
    Greenlet(GreenletOptions{.stack_size = size}, [&] {
      seen = StackSize();
      remaining = StackRemaining();
    }).Switch();
    EXPECT_GE(seen, size - kLibrarysOwn);
    EXPECT_LE(seen, size + kPageSize);
    EXPECT_LT(remaining, seen);
    EXPECT_GT(remaining, seen - 4096);
  }
}

TEST(StackTest, IsUsableToItsLastByte) {
  Greenlet(GreenletOptions{.stack_size = 1 << 20}, [] {
    Stack* stack = microthread::internal::StackInUse(
        *microthread::internal::CurrentThread().current);
    // Up to a little below this frame.
    const size_t size = StackRemaining() - 16384;
    for (size_t i = 0; i < size; i += 64) stack->limit[i] = 1;
  }).Switch();
}

MICROTHREAD_NOINLINE size_t RemainingAt(int depth) {
  char frame[100];
  // Else a compiler keeps the bytes that are used, and no others.
  asm volatile("" : : "r"(frame) : "memory");
  size_t remaining = depth == 0 ? StackRemaining() : RemainingAt(depth - 1);
  asm volatile("" : : "r"(frame) : "memory");
  return remaining;
}

TEST(StackTest, RemainingShrinksWithDepth) {
  auto measure = [] {
    EXPECT_GT(RemainingAt(0), RemainingAt(1) + 99);
    EXPECT_GT(RemainingAt(1), RemainingAt(20) + 19 * 100);
    EXPECT_LT(RemainingAt(20), StackSize());
  };
  measure();  // on the thread's own stack
  Greenlet(measure).Switch();
  std::thread(measure).join();
}

TEST(StackTest, TheThreadsOwnStackIsTheSystems) {
  rlimit limit;
  ASSERT_EQ(getrlimit(RLIMIT_STACK, &limit), 0);
  EXPECT_GT(StackRemaining(), 64u * 1024);
  if (limit.rlim_cur != RLIM_INFINITY) {
    EXPECT_LE(StackSize(), limit.rlim_cur + 16 * kPageSize);
    EXPECT_GT(StackSize(), limit.rlim_cur / 2);
  }
  size_t on_other = 0;
  std::thread([&] { on_other = StackRemaining(); }).join();
  EXPECT_GT(on_other, 64u * 1024);
}

TEST(StackTest, RemainingIsThatOfTheRunningGreenlet) {
  const size_t mine = StackRemaining();
  size_t inside = 0;
  Greenlet g([&] {
    inside = StackRemaining();
    Greenlet::Main().Switch();
  });
  (void)g.Switch();
  EXPECT_LE(inside, kDefaultStackSize);
  EXPECT_LE(StackRemaining() > mine ? StackRemaining() - mine
                                    : mine - StackRemaining(),
            4096u);
}

int CountMappings() {
  std::ifstream maps("/proc/self/maps");
  int lines = 0;
  for (std::string line; std::getline(maps, line);) ++lines;
  return lines;
}

// An emulator accepts any advice and does nothing: look at the effect.
bool KernelHasLightGuards() {
  // Valgrind cannot bear them: the library does without. TSan has two mappings
  // of its own for each stack.
  if (microthread::internal::IsUnderValgrind() || MICROTHREAD_TSAN) {
    return false;
  }
  void* page = mmap(nullptr, kPageSize, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  const bool has =
      madvise(page, kPageSize, 102 /* MADV_GUARD_INSTALL */) == 0 &&
      access(static_cast<const char*>(page), F_OK) != 0 && errno == EFAULT;
  munmap(page, kPageSize);
  return has;
}

TEST(StackTest, TwoThousandNeedFewMappings) {
  constexpr int kMany = 2000;
  const int before = CountMappings();
  std::vector<Greenlet> all;
  for (int i = 0; i < kMany; ++i) {
    all.emplace_back([] { Greenlet::Main().Switch(); });
    (void)all.back().Switch();
  }
  const int more = CountMappings() - before;
  if (KernelHasLightGuards()) {
    EXPECT_LT(more, 100);
  } else {
    std::printf(
        "there are no light guards here: each stack needs two mappings\n");
    EXPECT_LT(more, 2 * kMany + 100);
  }
}

TEST(StackTest, StartingAGreenletLeavesErrnoAlone) {
  std::vector<Greenlet> all;
  for (int i = 0; i < 300; ++i) {
    all.emplace_back(GreenletOptions{.stack_size = 32768},
                     [] { Greenlet::Main().Switch(); });
    errno = 4242;
    (void)all.back().Switch();
    ASSERT_EQ(errno, 4242);
  }
}

// --- No stack ----------------------------------------------------------------

TEST(StackTest, WithoutOneTheSwitcherGetsAnErrorAndTheTargetStaysUnborn) {
  Log log;
  Greenlet g(GreenletOptions{.name = "g", .stack_size = 65536},
             [](int x) { return x + 1; });
  FailNextStack(2);
  for (int i = 0; i < 2; ++i) {
    log.push_back(ErrorText<ResourceExhaustedError>([&] { g.Switch(1); }));
    log.push_back(g.started() ? "started" : "unborn");
  }
  log.push_back(Show(g.Switch(1)));
  const std::string error =
      "greenlet \"g\" cannot start: no memory for its stack of 65536 bytes; "
      "end other greenlets, or raise the limit on address space";
  EXPECT_EQ(log, (Log{error, "unborn", error, "unborn", "(2)"}));
}

TEST(StackTest, WithoutOneAnErrorThrownIntoAnUnbornOneIsRefused) {
  Greenlet g([] {});
  FailNextStack();
  EXPECT_THROW((void)g.Throw(MakeOops("lost")), ResourceExhaustedError);
  EXPECT_FALSE(g.started());
  EXPECT_EQ(Outcome([&] { return g.Throw(MakeOops("again")); }), "oops again");
}

TEST(StackTest, AnAbsurdSizeIsAnErrorToo) {
  Greenlet g(GreenletOptions{.stack_size = size_t{1} << 60}, [] {});
  EXPECT_THROW((void)g.Switch(), ResourceExhaustedError);
  EXPECT_FALSE(g.started());
}

// An emulator may say yes and set no limit, for it would be its own.
bool AddressSpaceCanBeLimited() {
  rlimit before, limit, after;
  getrlimit(RLIMIT_AS, &before);
  limit = before;
  limit.rlim_cur = std::min<rlim_t>(before.rlim_max, rlim_t{1} << 46) - 4096;
  setrlimit(RLIMIT_AS, &limit);
  getrlimit(RLIMIT_AS, &after);
  setrlimit(RLIMIT_AS, &before);
  return after.rlim_cur == limit.rlim_cur;
}

void LimitAddressSpace(size_t more) {
  std::ifstream statm("/proc/self/statm");
  size_t pages = 0;
  statm >> pages;
  rlimit limit;
  getrlimit(RLIMIT_AS, &limit);
  limit.rlim_cur = pages * kPageSize + more;
  setrlimit(RLIMIT_AS, &limit);
}

void ExhaustAddressSpace() {
  constexpr int kMany = 4000;
  std::vector<Greenlet> all;
  for (int i = 0; i < kMany; ++i) {
    all.emplace_back(GreenletOptions{.stack_size = 65536},
                     [] { Greenlet::Main().Switch(); });
  }
  LimitAddressSpace(100 << 20);
  int started = 0;
  try {
    for (; started < kMany; ++started) (void)all[started].Switch();
  } catch (const ResourceExhaustedError& error) {
    std::fprintf(stderr, "%s\n", error.what());
  }
  if (started < 500 || started == kMany || all[started].started()) _exit(1);
  for (int i = 0; i < 10; ++i) (void)all[i].Switch();  // they end
  for (int i = 0; i < 10; ++i) (void)all[started + i].Switch();
  std::fprintf(stderr, "goes on with %s\n",
               all[started + 9].active() ? "new ones" : "nothing");
  _exit(0);
}

TEST(StackDeathTest, WhenTheSystemHasNoMoreMemoryTheProgramGoesOn) {
#if MICROTHREAD_SANITIZER
  GTEST_SKIP() << "a sanitizer needs the whole address space";
#endif
  if (!AddressSpaceCanBeLimited()) GTEST_SKIP() << "no limits are set here";
  EXPECT_EXIT(ExhaustAddressSpace(), testing::ExitedWithCode(0),
              "greenlet [0-9]+ cannot start: no memory for its stack of 65536 "
              "bytes; end other greenlets, or raise the limit on address "
              "space\ngoes on with new ones");
}

}  // namespace
}  // namespace microthread_test
