// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// The program `replay` and what it is made of.

#include <sys/wait.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "gtest/gtest.h"
#include "tests/conformance/replay_files.h"

namespace microthread::conformance {
namespace {

namespace fs = std::filesystem;

constexpr char kGood[] =
    "program good\n"
    "channels 1\n"
    "body M\n"
    "  count\n"
    "expect\n"
    "  M begin\n"
    "  M count -> 1\n"
    "  M end\n"
    "  M chan 0 -> balance=0 closing=0 closed=0 queue=-\n"
    "end\n";

constexpr char kBad[] =
    "program bad\n"
    "channels 0\n"
    "body M\n"
    "  up 1\n"
    "expect\n"
    "  M begin none\n"
    "  M up 1 -> 1\n"
    "  M end\n"
    "end\n";

constexpr char kBadComplaint[] =
    "bad: event 2: expected \"M up 1 -> 1\", got \"M up 1\"\n";

struct Answer {
  int status;
  std::string output;
};

// What the program prints to its standard output, and how it ends.
Answer RunReplay(const std::string& arguments) {
  const std::string command = "tests/conformance/replay " + arguments;
  FILE* pipe = popen(command.c_str(), "r");
  Answer answer;
  for (int c = fgetc(pipe); c != EOF; c = fgetc(pipe)) answer.output += c;
  answer.status = WEXITSTATUS(pclose(pipe));
  return answer;
}

class ReplayTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(::testing::TempDir()) / "replay_test";
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }

  void TearDown() override { fs::remove_all(folder_); }

  // The path of a new file.
  std::string Write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name) << text;
    return (folder_ / name).string();
  }

  fs::path folder_;
};

TEST_F(ReplayTest, AProblemFailsAProgramWhoseEventsAreRight) {
  Trace trace;
  trace.expectation = Expectation{{"M begin"}};
  EXPECT_EQ(Judge(trace, {{"M begin"}, ""}), std::nullopt);
  EXPECT_EQ(Judge(trace, {{"M begin"}, "a leak; "}),
            "a leak; the events are as expected");
  EXPECT_EQ(Judge(trace, {{}, "a leak; "}),
            "a leak; event 1: expected \"M begin\", got nothing");
}

TEST_F(ReplayTest, CountsOverAllFiles) {
  const std::string good = Write("good.traces", kGood);
  const std::string both = Write("both.traces", std::string(kGood) + kBad);
  std::ostringstream out;
  EXPECT_EQ(ReplayFiles({good, good}, {}, out), 0);
  EXPECT_EQ(out.str(), "2 passed, 0 failed\n");
  out.str("");
  EXPECT_EQ(ReplayFiles({both, good}, {}, out), 1);
  EXPECT_EQ(out.str(), std::string(kBadComplaint) + "2 passed, 1 failed\n");
}

TEST_F(ReplayTest, AnUnreadableFileCountsAsAFailure) {
  const std::string good = Write("good.traces", kGood);
  const std::string missing = (folder_ / "missing.traces").string();
  const std::string broken = Write("broken.traces", "program\n");
  std::ostringstream out;
  EXPECT_EQ(ReplayFiles({missing, broken, good}, {}, out), 1);
  EXPECT_EQ(out.str(), missing + ": cannot be read\n" + broken +
                           ":1: \"program\" takes one name\n"
                           "1 passed, 2 failed\n");
}

TEST_F(ReplayTest, TheProgramReportsAndEndsWithAStatus) {
  const std::string good = Write("good.traces", kGood);
  const std::string bad = Write("bad.traces", kBad);
  const Answer success = RunReplay(good);
  EXPECT_EQ(success.status, 0);
  EXPECT_EQ(success.output, "1 passed, 0 failed\n");
  const Answer failure = RunReplay(good + " " + bad);
  EXPECT_EQ(failure.status, 1);
  EXPECT_EQ(failure.output,
            std::string(kBadComplaint) + "1 passed, 1 failed\n");
}

TEST_F(ReplayTest, TheProgramTakesItsFlagInBothSpellings) {
  const std::string bad = Write("bad.traces", kBad);
  for (const char* flag :
       {"--inside-tasklet", "--inside_tasklet", "--inside-tasklet=true"}) {
    const Answer answer = RunReplay(std::string(flag) + " " + bad);
    EXPECT_EQ(answer.status, 1) << flag;
    EXPECT_EQ(answer.output,
              std::string(kBadComplaint) + "0 passed, 1 failed\n");
  }
}

TEST_F(ReplayTest, TheProgramWantsAFile) {
  const Answer answer = RunReplay("2>&1");
  EXPECT_EQ(answer.status, 2);
  EXPECT_EQ(answer.output,
            "usage: replay [--inside-tasklet] FILE... (trace files)\n");
}

TEST_F(ReplayTest, TheProgramStartsPathsWhereTheUserStands) {
  Write("good.traces", kGood);
  setenv("MICROTHREAD_WORKING_DIRECTORY", folder_.c_str(), 1);
  const Answer answer = RunReplay("good.traces");
  unsetenv("MICROTHREAD_WORKING_DIRECTORY");
  EXPECT_EQ(answer.output, "1 passed, 0 failed\n");
}

}  // namespace
}  // namespace microthread::conformance
