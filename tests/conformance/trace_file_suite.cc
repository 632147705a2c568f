// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// All programs of a test run in one process, one after another: what one leaves
// behind would disturb the next.

#include "tests/conformance/trace_file_suite.h"

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <ostream>
#include <random>
#include <sstream>

#include "tests/conformance/parser.h"
#include "tests/conformance/replay_files.h"
#include "tests/conformance/scramble.h"

namespace microthread::conformance {
namespace {

// Printed, so that a failure can be repeated.
unsigned Seed() {
  const char* fixed = std::getenv("MICROTHREAD_SEED");
  const unsigned seed = fixed != nullptr ? std::strtoul(fixed, nullptr, 10)
                                         : std::random_device()();
  std::cout << "MICROTHREAD_SEED=" << seed << "\n";
  return seed;
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const TraceFile& file) {
  return out << file.name << (file.inside_tasklet ? " inside a tasklet" : "");
}

std::string PlaceName(const ::testing::TestParamInfo<TraceFile>& info) {
  return info.param.inside_tasklet ? "InsideATasklet" : "OnTheRoot";
}

void TraceFileTest::SetUp() {
  const std::string path =
      "tests/conformance/data/" + GetParam().name + ".traces";
  absl::StatusOr<std::vector<Trace>> traces = ReadTraces(path);
  ASSERT_TRUE(traces.ok()) << traces.status();
  traces_ = *std::move(traces);
  ASSERT_EQ(traces_.size(), static_cast<size_t>(GetParam().programs));
  options_.inside_tasklet = GetParam().inside_tasklet;
}

void TraceFileTest::ExpectAllPass(const std::vector<Trace>& traces) const {
  const Tally expected = {static_cast<int>(traces.size()), 0};
  std::ostringstream complaints;
  EXPECT_EQ(Replay(traces, options_, complaints), expected) << complaints.str();
}

TEST_P(TraceFileTest, EveryProgramGivesItsRecordedEvents) {
  ExpectAllPass(traces_);
}

TEST_P(TraceFileTest, TheyDoSoTwiceInReversedOrder) {
  std::reverse(traces_.begin(), traces_.end());
  ExpectAllPass(traces_);
  ExpectAllPass(traces_);
}

TEST_P(TraceFileTest, TheyDoSoTwiceInAShuffledOrder) {
  std::mt19937 random(Seed());
  for (int i = 0; i < 2; ++i) {
    std::shuffle(traces_.begin(), traces_.end(), random);
    ExpectAllPass(traces_);
  }
}

TEST_P(TraceFileTest, NoProgramPassesWithScrambledEvents) {
  std::mt19937 random(Seed());
  const Tally expected = {0, GetParam().programs};
  for (const Scrambling scrambling : kAllScramblings) {
    std::ostringstream complaints;
    EXPECT_EQ(
        Replay(Scramble(traces_, scrambling, random), options_, complaints),
        expected)
        << "scrambling " << static_cast<int>(scrambling);
  }
}

}  // namespace microthread::conformance
