// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/conformance/compare.h"

#include <random>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "tests/conformance/scramble.h"

namespace microthread::conformance {
namespace {

using Events = std::vector<std::string>;

std::string Difference(const Events& expected, const Events& got) {
  return FirstDifference(Expectation{expected}, got).value_or("");
}

TEST(CompareTest, EqualEventsDoNotDiffer) {
  EXPECT_EQ(Difference({}, {}), "");
  EXPECT_EQ(Difference({"a", "b"}, {"a", "b"}), "");
}

TEST(CompareTest, TheFirstDifferenceIsTold) {
  EXPECT_EQ(Difference({"a", "b", "c"}, {"a", "x", "y"}),
            "event 2: expected \"b\", got \"x\"");
}

TEST(CompareTest, AMissingEventIsADifference) {
  EXPECT_EQ(Difference({"a", "b"}, {"a"}),
            "event 2: expected \"b\", got nothing");
}

TEST(CompareTest, AnExcessEventIsADifference) {
  EXPECT_EQ(Difference({"a"}, {"a", "b"}),
            "event 2: expected nothing, got \"b\"");
  EXPECT_EQ(Difference({}, {"b"}), "event 1: expected nothing, got \"b\"");
}

class DefectTest : public ::testing::Test {
 protected:
  DefectTest() {
    program_.channels = 1;
    program_.bodies = {{"M", Body{"M"}}, {"A", Body{"A"}}};
  }

  std::string Defect(const Events& events) const {
    return FirstDefect(program_, events).value_or("");
  }

  Program program_;
};

TEST_F(DefectTest, ACompleteRecordHasNone) {
  EXPECT_EQ(Defect({"M begin", "A begin", "A yield", "M end",
                    "M chan 0 -> balance=0", "M task A -> alive=0"}),
            "");
  EXPECT_EQ(Defect({"M begin", "M chan 0 -> balance=0", "M task A !none"}), "");
}

TEST_F(DefectTest, NothingIsOne) {
  EXPECT_EQ(Defect({}), "event 1: expected \"M begin\", got nothing");
}

TEST_F(DefectTest, ABodyThatActsBeforeItBeginsIsOne) {
  EXPECT_EQ(Defect({"M begin", "A yield"}),
            "event 2: expected one \"A begin\", the first of A, got "
            "\"A yield\"");
}

TEST_F(DefectTest, ABodyThatBeginsTwiceIsOne) {
  EXPECT_EQ(Defect({"M begin", "A begin", "A begin"}),
            "event 3: expected one \"A begin\", the first of A, got "
            "\"A begin\"");
}

TEST_F(DefectTest, AMissingReportOfMIsOne) {
  EXPECT_EQ(Defect({"M begin", "M end", "M chan 0 -> balance=0"}),
            "event 2: expected \"M chan 0 ...\", got \"M end\"");
  EXPECT_EQ(Defect({"M begin"}),
            "event 1: expected \"M chan 0 ...\", got \"M begin\"");
}

TEST(ScrambleTest, EachScramblingChangesTheEvents) {
  Trace trace;
  trace.expectation = Expectation{{"M begin", "M end", "M end"}};
  std::mt19937 random(1);
  for (int i = 0; i < 100; ++i) {
    for (const Scrambling scrambling : kAllScramblings) {
      const Trace scrambled = Scramble({trace}, scrambling, random)[0];
      EXPECT_TRUE(
          FirstDifference(*trace.expectation, scrambled.expectation->events)
              .has_value())
          << static_cast<int>(scrambling);
    }
  }
}

}  // namespace
}  // namespace microthread::conformance
