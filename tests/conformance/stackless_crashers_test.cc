// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0

#include <algorithm>
#include <sstream>
#include <vector>

#include "gtest/gtest.h"
#include "tests/conformance/parser.h"
#include "tests/conformance/replay_files.h"

namespace microthread::conformance {
namespace {

class StacklessCrashersTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto traces =
        ReadTraces("tests/conformance/data/stackless-crashers.traces");
    ASSERT_TRUE(traces.ok()) << traces.status();
    traces_ = *std::move(traces);
    ASSERT_EQ(traces_.size(), 3u);
  }

  void ExpectAllPass() const {
    std::ostringstream complaints;
    const Tally expected = {static_cast<int>(traces_.size()), 0};
    EXPECT_EQ(Replay(traces_, {}, complaints), expected) << complaints.str();
  }

  std::vector<Trace> traces_;
};

TEST_F(StacklessCrashersTest, HaveNoExpectation) {
  for (const Trace& trace : traces_) {
    EXPECT_FALSE(trace.expectation.has_value()) << trace.program.name;
  }
}

TEST_F(StacklessCrashersTest, RunToTheirEnd) { ExpectAllPass(); }

TEST_F(StacklessCrashersTest, RunToTheirEndTwiceInReversedOrder) {
  std::reverse(traces_.begin(), traces_.end());
  ExpectAllPass();
  ExpectAllPass();
}

TEST_F(StacklessCrashersTest, GiveTheSameEventsEachTime) {
  for (const Trace& trace : traces_) {
    EXPECT_EQ(RunProgram(trace.program, {}).events,
              RunProgram(trace.program, {}).events)
        << trace.program.name;
  }
}

}  // namespace
}  // namespace microthread::conformance
