// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// The guard below each stack. The children die of SIGSEGV; before that, their
// handler says where it happened.

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <thread>

#include "microthread/greenlet/greenlet.h"
#include "microthread/greenlet/internal/thread.h"
#include "microthread/greenlet/overflow_report.h"
#include "tests/greenlet/big_frame.h"

namespace microthread_test {
namespace {

using microthread::Greenlet;
using microthread::GreenletOptions;
using microthread::InstallOverflowReport;
using microthread::internal::kDefaultGuardSize;
using microthread::internal::Stack;

uintptr_t guard_low = 0;
uintptr_t guard_high = 0;

const Stack& RunningStack() {
  return *microthread::internal::StackInUse(
      *microthread::internal::CurrentThread().current);
}

void OnFault(int, siginfo_t* info, void*) {
  const auto address = reinterpret_cast<uintptr_t>(info->si_addr);
  const char* text = address >= guard_low && address < guard_high
                         ? "fault inside the guard\n"
                         : "fault somewhere else\n";
  if (write(2, text, std::strlen(text)) < 0) _exit(1);
  signal(SIGSEGV, SIG_DFL);  // it faults again, and dies
}

// To be called on the stack whose guard is meant.
void WatchGuard(size_t guard_size) {
  alignas(16) static char handler_stack[64 * 1024];
  stack_t alternate = {};
  alternate.ss_sp = handler_stack;
  alternate.ss_size = sizeof(handler_stack);
  sigaltstack(&alternate, nullptr);
  struct sigaction action = {};
  action.sa_sigaction = &OnFault;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigaction(SIGSEGV, &action, nullptr);
  guard_high = reinterpret_cast<uintptr_t>(RunningStack().limit);
  guard_low = guard_high - guard_size;
}

int Recurse(int depth) {
  volatile char frame[200];
  frame[0] = static_cast<char>(depth);
  return depth < 0 ? 0 : Recurse(depth + 1) + frame[0];
}

TEST(StackOverflowDeathTest, EndlessRecursionFaultsOnTheGuard) {
  EXPECT_EXIT(Greenlet([] {
                WatchGuard(kDefaultGuardSize);
                return Recurse(0);
              }).Switch(),
              testing::KilledBySignal(SIGSEGV), "fault inside the guard");
}

TEST(StackOverflowDeathTest, TheGuardHasTheSizeThatWasAskedFor) {
  constexpr size_t kGuard = 128 * 1024;
  EXPECT_EXIT(Greenlet(GreenletOptions{.guard_size = kGuard},
                       [] {
                         WatchGuard(kGuard);
                         return BigFrameWithoutProbes();
                       })
                  .Switch(),
              testing::KilledBySignal(SIGSEGV), "fault inside the guard");
}

TEST(StackOverflowDeathTest, EachStackOfASlabHasItsGuard) {
  EXPECT_EXIT(
      {
        // Stays suspended, right below the next one.
        Greenlet neighbor([] { Greenlet::Main().Switch(); });
        (void)neighbor.Switch();
        Greenlet([] {
          WatchGuard(kDefaultGuardSize);
          return Recurse(0);
        }).Switch();
      },
      testing::KilledBySignal(SIGSEGV), "fault inside the guard");
}

TEST(StackOverflowDeathTest, ABigFrameThatIsProbedFaultsOnTheGuard) {
#if defined(__riscv)
  GTEST_SKIP() << "gcc accepts -fstack-clash-protection here and emits nothing";
#endif
  EXPECT_EXIT(Greenlet([] {
                WatchGuard(kDefaultGuardSize);
                return BigFrameWithProbes();
              }).Switch(),
              testing::KilledBySignal(SIGSEGV), "fault inside the guard");
}

// This is why stack.h advises -fstack-clash-protection.
TEST(StackOverflowTest, ABigFrameThatIsNotProbedStepsOverTheGuard) {
  uintptr_t neighbor_low = 0, neighbor_high = 0, low = 0, written = 0;
  Greenlet neighbor([&] {
    neighbor_low = reinterpret_cast<uintptr_t>(RunningStack().limit);
    neighbor_high = reinterpret_cast<uintptr_t>(RunningStack().end);
    Greenlet::Main().Switch();
  });
  Greenlet g([&] {
    low = reinterpret_cast<uintptr_t>(RunningStack().limit);
    if (low > neighbor_low) written = BigFrameWithoutProbes();
  });
  (void)neighbor.Switch();
  (void)g.Switch();
  ASSERT_GT(low, neighbor_low) << "slabs are cut upwards";
  EXPECT_GE(written, neighbor_low);
  EXPECT_LT(written, neighbor_high);
}

// --- The report --------------------------------------------------------------

TEST(StackOverflowDeathTest, TheReportSaysWhoseStackItWas) {
  EXPECT_EXIT(
      {
        InstallOverflowReport();
        Greenlet(GreenletOptions{.name = "parser", .stack_size = 65536}, [] {
          return Recurse(0);
        }).Switch();
      },
      testing::KilledBySignal(SIGSEGV),
      "microthread: stack overflow in greenlet \"parser\": its 6[0-9]* bytes "
      "are used up; give it more \\(the option stack_size\\), or let it "
      "recurse less\n");
}

TEST(StackOverflowDeathTest, TheReportWorksOnEachThreadThatAskedForIt) {
  EXPECT_EXIT(std::thread([] {
                InstallOverflowReport();
                InstallOverflowReport();  // once more does no harm
                Greenlet([] { return Recurse(0); }).Switch();
              }).join(),
              testing::KilledBySignal(SIGSEGV),
              "microthread: stack overflow in greenlet [0-9]+: its ");
}

TEST(StackOverflowDeathTest, TheReportGivesTheSignalToTheHandlerBefore) {
  EXPECT_EXIT(Greenlet([] {
                WatchGuard(kDefaultGuardSize);
                InstallOverflowReport();
                return Recurse(0);
              }).Switch(),
              testing::KilledBySignal(SIGSEGV),
              "microthread: stack overflow in greenlet .*\nfault inside the "
              "guard");
}

TEST(StackOverflowDeathTest, OtherFaultsAreNotReported) {
  EXPECT_EXIT(Greenlet([] {
                WatchGuard(kDefaultGuardSize);
                InstallOverflowReport();
                volatile int* nowhere = nullptr;
                return *nowhere;
              }).Switch(),
              testing::KilledBySignal(SIGSEGV),
              "^fault somewhere else\n(qemu: .*\n)?$");
}

}  // namespace
}  // namespace microthread_test
