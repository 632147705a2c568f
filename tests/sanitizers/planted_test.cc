// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// Every planted program must be clean in every build; and in the build of a
// tool that can see its bug, the bug must be reported, where it is and whence
// it was called. PLANTED_TOOL comes from the BUILD file.

#include <glob.h>
#include <sys/wait.h>

#include <cstdio>
#include <cstdlib>
#include <ostream>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "microthread/greenlet/config.h"

namespace microthread_test {
namespace {

enum Tool { kNone, kAsan, kTsan, kUbsan, kValgrind };
constexpr Tool kTool = PLANTED_TOOL;

static_assert((kTool == kAsan) == (MICROTHREAD_ASAN == 1),
              "--config=asan must set both the flags and the define");
static_assert((kTool == kTsan) == (MICROTHREAD_TSAN == 1),
              "--config=tsan must set both the flags and the define");

const char* const kPrograms[] = {
    "leak_in_killed",
    "leak_in_suspended",
    "out_of_bounds",
    "overflow",
    "race",
    "shift",
    "uninitialized",
    "use_after_free",
    "use_after_return",
    "use_after_scope",
};

struct Bug {
  Tool tool;
  std::string program;
  std::string options;               // of the tool
  std::vector<std::string> report;   // must be found, in this order
  std::vector<std::string> foreign;  // must not, before the last of these

  friend std::ostream& operator<<(std::ostream& out, const Bug& bug) {
    return out << bug.program << " " << bug.options;
  }
};

constexpr char kFakeStack[] = "detect_stack_use_after_return=1";
constexpr char kRealStack[] = "detect_stack_use_after_return=0";

// What begins with "in" is a line of a backtrace. Each ends where the stack of
// the tasklet begins: it was walked to its end, and not beyond.
std::vector<Bug> Bugs() {
  std::vector<Bug> bugs;
  for (const char* stack : {kFakeStack, kRealStack}) {
    bugs.insert(
        bugs.end(),
        {{kAsan,
          "use_after_scope",
          stack,
          {"AddressSanitizer: stack-use-after-scope", "#0", "ReadAfterScope",
           "#1", "KeepTooLong", "microthread_entry", "\n\n",
           "is located in stack of thread T0", "KeepTooLong", "'scoped'"},
          {}},
         {kAsan,
          "out_of_bounds",
          stack,
          {"AddressSanitizer: stack-buffer-overflow", "WRITE of size 4", "#0",
           "Overrun(", "#1", "OverrunAfterOthers", "microthread_entry", "\n\n",
           "is located in stack of thread T0", "Overrun(", "'numbers'"},
          {}},
         {kAsan,
          "use_after_free",
          stack,
          {"AddressSanitizer: heap-use-after-free", "READ of size 4", "#0",
           "ReadNumber", "#1", "ReceiveAndRead", "microthread_entry",
           "freed by thread T0 here:", "FreeNumber", "SendAndFree", "ItemMain",
           "previously allocated by thread T0 here:", "MakeNumber",
           "SendAndFree", "ItemMain"},
          {}},
         {kAsan,
          "leak_in_killed",
          stack,
          {"LeakSanitizer: detected memory leaks",
           "Direct leak of 1000 byte(s) in 1 object(s)", "Allocate(",
           "AllocateAndWait", "GreenletMain",
           "SUMMARY: AddressSanitizer: 1000 byte(s) leaked in 1 allocation"},
          {}},
         {kAsan,
          "leak_in_suspended",
          stack,
          {"LeakSanitizer: detected memory leaks",
           "Direct leak of 1000 byte(s) in 1 object(s)", "DropBlock",
           "DropAndWait", "ItemMain",
           "SUMMARY: AddressSanitizer: 1000 byte(s) leaked in 1 allocation"},
          {}}});
  }
  bugs.insert(
      bugs.end(),
      {{kAsan,
        "use_after_return",
        kFakeStack,
        {"AddressSanitizer: stack-use-after-return", "READ of size 4", "#0",
         "ReadLocalOfOther", "#1", "ReadLater", "microthread_entry"},
        {}},
       {kTsan,
        "race",
        "",
        {"ThreadSanitizer: data race", "of size 4", "#0 ", "WriteShared", "#1 ",
         "WriteInTurn", "\n\n", "Previous write of size 4", "#0 ",
         "WriteShared", "#1 ", "WriteInTurn", "\n\n",
         "global '(anonymous namespace)::shared_by_threads'"},
        {"Idle(", "Descend", "RunThread"}},
       {kUbsan,
        "shift",
        "",
        {"runtime error: shift exponent 35 is too large", "#0", "ShiftBy", "#1",
         "ShiftAfterOthers", "microthread_entry"},
        {}},
       {kUbsan,
        "overflow",
        "",
        {"runtime error: signed integer overflow: 2147483647 + 1", "#0",
         "AddOne(", "#1", "AddOneAfterOthers", "microthread_entry"},
        {}},
       {kValgrind,
        "leak_in_killed",
        "",
        {"1,000 bytes in 1 blocks are definitely lost", "Allocate(",
         "AllocateAndWait", "microthread_entry"},
        {}},
       {kValgrind,
        "leak_in_suspended",
        "",
        {"1,000 bytes in 1 blocks are definitely lost", "DropBlock",
         "DropAndWait", "microthread_entry"},
        {}},
       {kValgrind,
        "use_after_free",
        "",
        {"Invalid read of size 4", "ReadNumber", "ReceiveAndRead",
         "microthread_entry", "free'd", "FreeNumber", "SendAndFree",
         "microthread_entry", "alloc'd", "MakeNumber", "SendAndFree",
         "microthread_entry"},
        {}},
       {kValgrind,
        "uninitialized",
        "",
        {"Conditional jump or move depends on uninitialised value", "Decide(",
         "DecideUnset", "microthread_entry"},
        {}}});
  return bugs;
}

struct Ending {
  int status;
  std::string output;
};

// LLVM's symbolizer is not in PATH if only its versioned package is installed.
std::string PathWithSymbolizer() {
  std::string path;
  if (const char* mine = std::getenv("PATH")) path = mine;
  glob_t found;
  if (glob("/usr/lib/llvm-*/bin", 0, nullptr, &found) == 0) {
    for (size_t i = 0; i < found.gl_pathc; ++i) {
      path += std::string(":") + found.gl_pathv[i];
    }
    globfree(&found);
  }
  return path;
}

Ending RunPlanted(const std::string& program, const std::string& options,
                  const std::string& argument) {
  std::string command = "env PATH='" + PathWithSymbolizer() + "'";
  command += " ASAN_OPTIONS=detect_leaks=1:" + options;
  command += " TSAN_OPTIONS=halt_on_error=0:" + options;
  command += " UBSAN_OPTIONS=print_stacktrace=1:" + options;
  if (kTool == kValgrind) {
    command +=
        " valgrind --quiet --error-exitcode=99 --num-callers=40"
        " --leak-check=full --errors-for-leak-kinds=definite"
        " --show-leak-kinds=definite";
  }
  command += " tests/sanitizers/planted_" + program + " " + argument + " 2>&1";
  Ending ending = {-1, ""};
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return ending;
  char buffer[4096];
  for (size_t n; (n = fread(buffer, 1, sizeof(buffer), pipe)) > 0;) {
    ending.output.append(buffer, n);
  }
  const int status = pclose(pipe);
  if (WIFEXITED(status)) ending.status = WEXITSTATUS(status);
  return ending;
}

class CleanProgramTest : public ::testing::TestWithParam<const char*> {};

TEST_P(CleanProgramTest, IsNotReported) {
  for (const char* stack : {kFakeStack, kRealStack}) {
    const Ending ending =
        RunPlanted(GetParam(), kTool == kAsan ? stack : "", "");
    EXPECT_EQ(ending.status, 0);
    EXPECT_EQ(ending.output, "done\n") << stack;
    if (kTool != kAsan) return;
  }
}

INSTANTIATE_TEST_SUITE_P(Planted, CleanProgramTest,
                         ::testing::ValuesIn(kPrograms), [](const auto& test) {
                           return std::string(test.param);
                         });

std::vector<Bug> BugsForThisTool() {
  std::vector<Bug> mine;
  for (const Bug& bug : Bugs()) {
    if (bug.tool == kTool) mine.push_back(bug);
  }
  return mine;
}

class BugTest : public ::testing::TestWithParam<Bug> {};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(BugTest);

TEST_P(BugTest, IsReported) {
  const Bug& bug = GetParam();
  const Ending ending = RunPlanted(bug.program, bug.options, "bug");
  EXPECT_NE(ending.status, 0);
  size_t at = 0;
  for (const std::string& part : bug.report) {
    const size_t found = ending.output.find(part, at);
    EXPECT_NE(found, std::string::npos)
        << "missing, here or at all: " << part << "\n"
        << ending.output;
    if (found == std::string::npos) return;
    at = found + part.size();
  }
  for (const std::string& part : bug.foreign) {
    EXPECT_THAT(ending.output.substr(0, at),
                ::testing::Not(::testing::HasSubstr(part)));
  }
}

INSTANTIATE_TEST_SUITE_P(Planted, BugTest,
                         ::testing::ValuesIn(BugsForThisTool()),
                         [](const auto& test) {
                           return test.param.program +
                                  (test.param.options == kFakeStack
                                       ? "_on_fake_stack"
                                       : "");
                         });

}  // namespace
}  // namespace microthread_test
