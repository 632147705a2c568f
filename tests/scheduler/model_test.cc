// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// The library does what a model of it does, step by step, under a million
// random operations; and this would tell if it did not: mistakes that are
// planted into the model are found. A failure prints the seed with which it
// comes again: --test_env=MICROTHREAD_SEED=...

#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <random>
#include <string>

#include "gtest/gtest.h"
#include "microthread/greenlet/config.h"
#include "microthread/greenlet/testing.h"
#include "tests/scheduler/lockstep.h"

namespace microthread {
namespace {

constexpr int64_t kOperations =
    MICROTHREAD_TSAN || MICROTHREAD_ASAN ? 100'000 : 1'000'000;
// A new scheduler and new tasklets after so many.
constexpr int64_t kEpisode = 500;
// Whoever runs the test under an emulator, which is some ten times slower, says
// so.
int64_t Operations() {
  const bool emulated = std::getenv("MICROTHREAD_EMULATED") != nullptr;
  return emulated ? kOperations / 10 : kOperations;
}

constexpr int64_t kOperationsToFindAFault = 100'000;

uint64_t Seed() {
  const char* given = std::getenv("MICROTHREAD_SEED");
  return given == nullptr ? std::random_device()()
                          : std::strtoull(given, nullptr, 0);
}

TEST(ModelTest, TheLibraryDoesWhatTheModelDoes) {
  uint64_t seed = Seed();
  const testing::LiveObjects before = testing::CountLiveObjects();
  for (int64_t done = 0; done < Operations(); done += kEpisode, ++seed) {
    const LockstepResult result = RunInLockstep(seed, kEpisode);
    ASSERT_EQ(result.difference, "") << "MICROTHREAD_SEED=" << seed;
    ASSERT_EQ(testing::CountLiveObjects(), before)
        << "MICROTHREAD_SEED=" << seed;
  }
  std::cout << "the last of " << Operations() / kEpisode
            << " seeds: " << seed - 1 << "\n";
}

class FaultTest : public ::testing::TestWithParam<Fault> {};

TEST_P(FaultTest, IsFound) {
  uint64_t seed = Seed();
  int64_t operations = 0;
  LockstepResult result;
  while (result.difference.empty() && operations < kOperationsToFindAFault) {
    result = RunInLockstep(seed++, kEpisode, GetParam());
    operations += result.operations;
  }
  EXPECT_NE(result.difference, "") << "the last seed: " << seed - 1;
  std::cout << "found after " << operations << " operations: "
            << result.difference.substr(0, result.difference.find(';')) << "\n";
}

INSTANTIATE_TEST_SUITE_P(
    All, FaultTest,
    ::testing::Values(Fault::kWaitsAtTheFront, Fault::kBalanceOffByOne,
                      Fault::kKillLeavesTheWaiter, Fault::kHandoverToTheNext,
                      Fault::kScheduleAllIgnored, Fault::kInsertAtTheFront,
                      Fault::kPendingThrowSwitches, Fault::kErrorToMain,
                      Fault::kClosedLetsWait, Fault::kPreferenceNegated,
                      Fault::kTrapIgnored, Fault::kInnerRunForgotten));

}  // namespace
}  // namespace microthread
