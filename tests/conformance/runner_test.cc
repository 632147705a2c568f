// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/conformance/runner.h"

#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "microthread/greenlet/greenlet.h"
#include "microthread/scheduler/scheduler.h"
#include "microthread/tasklet/tasklet.h"
#include "tests/conformance/parser.h"

namespace microthread::conformance {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

// The only program of the text, which ends before "expect".
Program Parse(const std::string& text) {
  auto traces = ParseTraces(text + "expect\nend\n", "test");
  EXPECT_TRUE(traces.ok()) << traces.status();
  return traces->at(0).program;
}

TEST(RunnerTest, RunsAProgramOfTasklets) {
  const Program program = Parse(
      "program p\n"
      "channels 1\n"
      "body M\n"
      "  spawn A\n"
      "  send 0 7\n"
      "body A\n"
      "  recv 0\n");
  const RunReport report = RunProgram(program, {});
  EXPECT_THAT(
      report.events,
      ElementsAre("M begin", "M spawn A", "A begin", "A recv 0 -> 7", "A end",
                  "M send 0 7", "M end",
                  "M chan 0 -> balance=0 closing=0 closed=0 queue=-",
                  "M task A -> alive=0 blocked=0 scheduled=0 paused=0"));
  EXPECT_EQ(report.problem, "");
}

TEST(RunnerTest, RunsAProgramOfGreenletsAtBothPlaces) {
  const Program program = Parse(
      "program p\n"
      "channels 0\n"
      "body M\n"
      "  new A\n"
      "  switch A 3\n"
      "body A\n"
      "  up 4\n");
  for (const bool inside_tasklet : {false, true}) {
    const RunReport report = RunProgram(program, {inside_tasklet});
    EXPECT_THAT(
        report.events,
        ElementsAre("M begin none", "M new A", "A begin 3", "M switch A 3 -> 4",
                    "M end", "M show A -> dead=0 active=1 parent=M"));
    EXPECT_EQ(report.problem, "");
  }
}

TEST(RunnerTest, EndsStubbornTaskletsAndResetsTraps) {
  std::string text =
      "program p\n"
      "channels 1\n"
      "body M\n"
      "  spawn A\n"
      "  yield\n"
      "  switchtrap 1\n"
      "  blocktrap 1\n"
      "body A stubborn\n";
  for (int i = 0; i < 100; ++i) text += "  recv 0\n";
  EXPECT_EQ(RunProgram(Parse(text), {}).problem, "");
  EXPECT_EQ(SwitchTrap(0), 0);
  EXPECT_FALSE(Tasklet::Current().block_trap());
  EXPECT_EQ(RunCount(), 1u);
}

TEST(RunnerTest, UnwindsGreenletsThatKeepEachOther) {
  // A waits in its switch to B, B in its switch to C, and C's parent is A.
  const Program program = Parse(
      "program p\n"
      "channels 0\n"
      "body M\n"
      "  new A\n"
      "  new B\n"
      "  new C A\n"
      "  switch A 1\n"
      "  drop A\n"
      "  drop B\n"
      "  drop C\n"
      "body A\n"
      "  switch B 2\n"
      "body B\n"
      "  switch C 3\n"
      "body C stubborn\n"
      "  switch M 4\n");
  for (const bool inside_tasklet : {false, true}) {
    EXPECT_EQ(RunProgram(program, {inside_tasklet}).problem, "");
  }
}

TEST(RunnerTest, ReportsWhatIsLeftBehind) {
  std::optional<Greenlet> leak;
  const RunReport report = RunWatched([&leak] {
    leak.emplace([] {});
    return std::vector<std::string>{"an event"};
  });
  EXPECT_THAT(report.events, ElementsAre("an event"));
  EXPECT_THAT(report.problem, AllOf(StartsWith("alive before the program: "),
                                    HasSubstr(", after it: ")));
}

TEST(RunnerTest, ReportsAnExceptionThatLeavesTheProgram) {
  const RunReport report = RunWatched([]() -> std::vector<std::string> {
    throw std::runtime_error("went wrong");
  });
  EXPECT_THAT(report.events, IsEmpty());
  EXPECT_EQ(report.problem, "an exception left the program: went wrong; ");
}

}  // namespace
}  // namespace microthread::conformance
