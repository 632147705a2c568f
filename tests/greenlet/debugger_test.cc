// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// What gdb shows of stacks that the library starts, running and suspended, and
// at each single instruction of a switch.

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include "microthread/greenlet/config.h"
#include "tests/greenlet/run_command.h"

namespace microthread_test {
namespace {

using Lines = std::vector<std::string>;

class DebuggerTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!IsInstalled("gdb")) GTEST_SKIP() << "gdb is not installed";
  }
};

// What gdb prints when it runs the commands on unwind_victim.
std::string Debug(const std::string& mode, const std::string& commands) {
  const std::string script = testing::TempDir() + "/" + mode + ".gdb";
  std::ofstream(script) << "set width 0\nset confirm off\n"
                        << "set startup-with-shell off\n"
                        << commands;
  CommandResult result = RunCommand(
      {"gdb", "-nx", "-batch", "-iex", "set debuginfod enabled off", "-x",
       script, "--args", "tests/greenlet/unwind_victim", mode});
  EXPECT_TRUE(result.succeeded) << result.output;
  return result.output;
}

// The names of the frames of each backtrace in the output, as one line. Frames
// whose names nobody promised (that may be inlined) are left out.
Lines Backtraces(const std::string& output) {
  static const Lines kNames = {
      "victim_break",       "inner_frame",  "middle_frame", "outer_frame",
      "suspend_inline",     "suspend_twin", "stage_main",   "microthread_entry",
      "microthread_switch", "main"};
  static const std::regex kFrame(R"(^#(\d+) +(0x[0-9a-f]+ in )?([^ ]+) \(.*)");
  Lines backtraces;
  std::istringstream lines(output);
  for (std::string line; std::getline(lines, line);) {
    std::smatch match;
    if (line.starts_with("Backtrace stopped")) {
      backtraces.back() += "stopped";
    } else if (std::regex_match(line, match, kFrame)) {
      if (match[1] == "0") backtraces.emplace_back();
      const std::string name = match[3];
      if (std::count(kNames.begin(), kNames.end(), name) != 0 ||
          name.starts_with("0x") || name == "??") {
        backtraces.back() += name + " ";
      }
    }
  }
  return backtraces;
}

TEST_F(DebuggerTest, SeesEachFrameOfARunningStack) {
  std::string output = Debug("running", "break victim_break\nrun\nbt\n");
  EXPECT_EQ(Backtraces(output),
            Lines{"victim_break inner_frame middle_frame outer_frame "
                  "stage_main microthread_entry "})
      << output;
}

constexpr const char* kGoToSuspended = R"(break victim_break
run
set $context = *(unsigned long **)&victim_context
set $rbp = $context[1]
set $rbx = $context[2]
set $rip = $context[3]
set $rsp = $context[0]
bt
)";

#if MICROTHREAD_INLINE_SWITCH
TEST_F(DebuggerTest, SeesEachFrameOfAStackSuspendedByTheInlineSwitch) {
  std::string output = Debug("inline", kGoToSuspended);
  EXPECT_EQ(Backtraces(output),
            Lines{"suspend_inline inner_frame middle_frame outer_frame "
                  "stage_main microthread_entry "})
      << output;
}
#endif

TEST_F(DebuggerTest, SeesEachFrameOfAStackSuspendedByTheTwin) {
  std::string output = Debug("twin", kGoToSuspended);
  EXPECT_EQ(Backtraces(output),
            Lines{"microthread_switch suspend_twin inner_frame middle_frame "
                  "outer_frame stage_main microthread_entry "})
      << output;
}

// At any instruction the processor may be interrupted by a signal whose handler
// unwinds, as profilers do. Until the jump the stack is the old one.
TEST_F(DebuggerTest, SeesTheStackAtEachInstructionOfTheTwin) {
  std::string output = Debug("steps", R"(break *microthread_switch
run
set $switches = 0
set $from = (unsigned long)&microthread_switch
set $to = (unsigned long)&microthread_call_above
while $switches < 4
  while (unsigned long)$pc >= $from && (unsigned long)$pc < $to
    bt
    stepi
  end
  set $switches = $switches + 1
  if $switches < 4
    continue
  end
end
kill
)");
  Lines seen = Backtraces(output);
  EXPECT_GT(seen.size(), 70u);
  seen.erase(std::unique(seen.begin(), seen.end()), seen.end());
  const std::string kMain = "microthread_switch main ";
  const std::string kSuspended =
      "microthread_switch suspend_twin inner_frame middle_frame outer_frame "
      "stage_main microthread_entry ";
  EXPECT_EQ(seen, (Lines{
                      kMain, "microthread_entry ",  // starts
                      kSuspended, kMain,            // suspends
                      kSuspended,                   // resumes
                      "microthread_switch stage_main microthread_entry ",
                      kMain,  // ends
                  }))
      << output;
}

}  // namespace
}  // namespace microthread_test
