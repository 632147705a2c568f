// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/conformance/parser.h"

#include <map>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace microthread::conformance {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kTwoPrograms[] =
    "program one\n"
    "channels 2\n"
    "body M\n"
    "  spawn A\n"
    "  seq 1 4 -5   +6\n"
    "\n"
    "body A stubborn\n"
    "\tpref 0 -1\r\n"
    "expect\n"
    "  M begin\n"
    "  M   spawn A\n"
    "  anything at all, it is only compared\n"
    "end\n"
    "program two\n"
    "channels 0\n"
    "body M\n"
    "  parent A B\n"
    "expect\n"
    "end\n";

std::vector<Trace> Parse(const std::string& text,
                         const std::string& file = "some.traces") {
  auto traces = ParseTraces(text, file);
  EXPECT_TRUE(traces.ok()) << traces.status();
  return traces.ok() ? *std::move(traces) : std::vector<Trace>();
}

// A program with these lines from line 3 on, and an expectation.
std::string Around(const std::string& lines) {
  return "program p\nchannels 1\n" + lines + "expect\nend\n";
}

// The message of the error; "" if there is none.
std::string ErrorOf(const std::string& text) {
  auto traces = ParseTraces(text, "some.traces");
  return traces.ok() ? "" : std::string(traces.status().message());
}

TEST(ParserTest, ReadsProgramsInOrder) {
  const std::vector<Trace> traces = Parse(kTwoPrograms);
  ASSERT_THAT(traces, SizeIs(2));
  EXPECT_EQ(traces[0].program.name, "one");
  EXPECT_EQ(traces[0].program.channels, 2);
  EXPECT_EQ(traces[1].program.name, "two");
  EXPECT_EQ(traces[1].program.channels, 0);
}

TEST(ParserTest, ReadsBodies) {
  const Program program = Parse(kTwoPrograms)[0].program;
  ASSERT_THAT(program.bodies, SizeIs(2));
  EXPECT_FALSE(program.bodies.at("M").stubborn);
  EXPECT_THAT(program.bodies.at("M").operations, SizeIs(2));
  EXPECT_TRUE(program.bodies.at("A").stubborn);
  EXPECT_EQ(program.bodies.at("A").name, "A");
}

TEST(ParserTest, ReadsOperations) {
  const std::vector<Trace> traces = Parse(kTwoPrograms);
  const Operation seq = traces[0].program.bodies.at("M").operations[1];
  EXPECT_EQ(seq.text, "seq 1 4 -5 +6");
  EXPECT_EQ(seq.verb, "seq");
  EXPECT_THAT(seq.names, IsEmpty());
  EXPECT_THAT(seq.numbers, ElementsAre(1, 4, -5, 6));
  const Operation parent = traces[1].program.bodies.at("M").operations[0];
  EXPECT_THAT(parent.names, ElementsAre("A", "B"));
  EXPECT_THAT(parent.numbers, IsEmpty());
}

TEST(ParserTest, ReadsEventsWithoutUnderstandingThem) {
  const std::vector<Trace> traces = Parse(kTwoPrograms);
  EXPECT_THAT(traces[0].expectation.value().events,
              ElementsAre("M begin", "M spawn A",
                          "anything at all, it is only compared"));
}

TEST(ParserTest, AnEmptyExpectationIsOneExceptForCrashers) {
  EXPECT_THAT(Parse(kTwoPrograms)[1].expectation.value().events, IsEmpty());
  const auto traces = Parse(kTwoPrograms, "folder/stackless-crashers.traces");
  EXPECT_TRUE(traces[0].expectation.has_value());
  EXPECT_FALSE(traces[1].expectation.has_value());
}

TEST(ParserTest, TellsTheSystemsApart) {
  const auto system_of = [](const std::string& operation, int channels) {
    return Parse("program p\nchannels " + std::to_string(channels) +
                 "\nbody M\n  new A\n  " + operation + "\nexpect\nend\n")[0]
        .program.system;
  };
  EXPECT_EQ(system_of("switch A", 0), System::kStackless);
  EXPECT_EQ(system_of("switch A 1", 1), System::kGreenlet);
  EXPECT_EQ(system_of("new B A", 1), System::kGreenlet);
  EXPECT_EQ(system_of("recv 0", 1), System::kStackless);
  // What both have: programs of greenlets have no channels.
  EXPECT_EQ(system_of("fail", 0), System::kGreenlet);
  EXPECT_EQ(system_of("fail", 1), System::kStackless);
}

TEST(ParserTest, RefusesAFileWithoutPrograms) {
  EXPECT_EQ(ErrorOf(""), "some.traces:0: the file holds no program");
  EXPECT_EQ(ErrorOf("\n \n"), "some.traces:2: the file holds no program");
}

TEST(ParserTest, RefusesTextOutsideOfPrograms) {
  EXPECT_EQ(ErrorOf("\nbody M\n"),
            "some.traces:2: expected \"program NAME\", found \"body\"");
}

TEST(ParserTest, RefusesAWrongHead) {
  EXPECT_EQ(ErrorOf("program\n"), "some.traces:1: \"program\" takes one name");
  EXPECT_EQ(ErrorOf("program p\nsend 0 1\n"),
            "some.traces:2: expected \"channels\" or \"body\", found \"send\"");
  EXPECT_EQ(ErrorOf("program p\nbody M\n"),
            "some.traces:2: \"body\" before \"channels\"");
  for (const char* line : {"channels", "channels x", "channels -1",
                           "channels 1 2", "channels 99999999999"}) {
    EXPECT_EQ(ErrorOf(std::string("program p\n") + line + "\n"),
              "some.traces:2: \"channels\" takes one number, 0 or more");
  }
  EXPECT_EQ(ErrorOf(Around("channels 1\n")),
            "some.traces:3: a second \"channels\"");
  EXPECT_EQ(ErrorOf(Around("body M\nchannels 1\n")),
            "some.traces:4: \"channels\" after the first body");
}

TEST(ParserTest, RefusesWrongBodies) {
  for (const char* line : {"body", "body M N", "body 1", "body A stubborn x"}) {
    EXPECT_EQ(ErrorOf(Around(std::string(line) + "\n")),
              "some.traces:3: \"body\" takes a name and, after it, perhaps "
              "\"stubborn\"");
  }
  EXPECT_EQ(ErrorOf(Around("body M\nbody A\nbody A\n")),
            "some.traces:5: a second body \"A\"");
  EXPECT_EQ(ErrorOf(Around("body M stubborn\n")),
            "some.traces:3: body M cannot be stubborn");
  EXPECT_EQ(ErrorOf(Around("body A\n")),
            "some.traces:4: program \"p\" has no body M");
}

TEST(ParserTest, RefusesProgramsThatDoNotEnd) {
  EXPECT_EQ(ErrorOf("program p\nchannels 1\nbody M\n"),
            "some.traces:3: the file ends within program \"p\": \"end\" is "
            "missing");
  EXPECT_EQ(ErrorOf("program p\nchannels 1\nbody M\nexpect\n  M begin\n"),
            "some.traces:5: the file ends within program \"p\": \"end\" is "
            "missing");
  EXPECT_EQ(ErrorOf("program p\nchannels 1\nbody M\nprogram q\n"),
            "some.traces:4: program \"p\" has not ended: \"expect\" and "
            "\"end\" are missing");
  EXPECT_EQ(ErrorOf("program p\nchannels 1\nbody M\nend\n"),
            "some.traces:4: \"end\" without \"expect\" before it");
  EXPECT_EQ(ErrorOf("program p\nchannels 1\nbody M\nexpect M begin\n"),
            "some.traces:4: \"expect\" stands alone on its line");
}

TEST(ParserTest, RefusesASecondProgramOfTheSameName) {
  const std::string program = Around("body M\n");
  EXPECT_EQ(ErrorOf(program + program),
            "some.traces:6: a second program \"p\"");
}

TEST(ParserTest, RefusesUnknownOperations) {
  EXPECT_EQ(ErrorOf(Around("body M\n  hop 1\n")),
            "some.traces:4: unknown operation \"hop\"");
}

TEST(ParserTest, RefusesWrongOperands) {
  const std::map<std::string, std::string> usages = {
      {"send 0", "send CHANNEL INTEGER"},
      {"send 0 1 2", "send CHANNEL INTEGER"},
      {"send 1 1", "send CHANNEL INTEGER"},
      {"send -1 1", "send CHANNEL INTEGER"},
      {"send 0 x", "send CHANNEL INTEGER"},
      {"send 0 99999999999", "send CHANNEL INTEGER"},
      {"seq", "seq CHANNEL INTEGER..."},
      {"seq 0 1 x", "seq CHANNEL INTEGER..."},
      {"pref 0 2", "pref CHANNEL -1/0/1"},
      {"blocktrap 2", "blocktrap 0/1"},
      {"yield 1", "yield"},
      {"spawn 1", "spawn NAME"},
      {"switch", "switch NAME, or switch NAME INTEGER"},
      {"switch A x", "switch NAME, or switch NAME INTEGER"},
      {"new A B C", "new NAME, or new NAME NAME"},
      {"parent A", "parent NAME NAME"},
  };
  for (const auto& [operation, usage] : usages) {
    EXPECT_EQ(ErrorOf(Around("body M\n  " + operation + "\n")),
              "some.traces:4: \"" + operation + "\" should be: " + usage +
                  " (the program has 1 channels)");
  }
}

TEST(ParserTest, RefusesAMixtureOfSystems) {
  EXPECT_EQ(ErrorOf(Around("body M\n  new A\n  yield\n  up 1\n")),
            "some.traces:6: \"up 1\" is an operation of greenlets, and those "
            "before it are not");
  EXPECT_EQ(ErrorOf(Around("body M\n  switch A 1\n  switch A\n")),
            "some.traces:5: \"switch A\" is an operation of tasklets, and "
            "those before it are not");
}

TEST(ParserTest, SaysWhichFileCannotBeRead) {
  for (const char* path : {"no/such.traces", "tests"}) {
    const auto traces = ReadTraces(path);
    EXPECT_EQ(traces.status().code(), absl::StatusCode::kNotFound);
    EXPECT_THAT(std::string(traces.status().message()),
                HasSubstr(std::string(path) + ": cannot be read"));
  }
}

}  // namespace
}  // namespace microthread::conformance
