// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// Runs the programs of a page, each as a test of its own, and compares what
// they print with what the page says: docs/snippets.bzl. The arguments are the
// programs, and then, in the same order, the files with what they shall print.

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>

#include "gtest/gtest.h"
#include "tests/examples/run_program.h"

namespace microthread::testing {
namespace {

class PageTest : public ::testing::Test {
 public:
  PageTest(std::string program, std::string expected)
      : program_(std::move(program)), expected_(std::move(expected)) {}

  void TestBody() override {
    std::ifstream file(expected_);
    ASSERT_TRUE(file) << expected_;
    const std::string expected(std::istreambuf_iterator<char>(file), {});
    const RunResult result = RunProgram({program_});
    std::string printed = result.output + result.error;
    if (result.status != 0) {
      printed += "(exit status " + std::to_string(result.status) + ")\n";
    }
    EXPECT_EQ(printed, expected);
  }

 private:
  std::string program_;
  std::string expected_;
};

void RegisterTests(int count, char** programs, char** expected) {
  for (int i = 0; i < count; ++i) {
    const std::string name = std::filesystem::path(programs[i]).filename();
    ::testing::RegisterTest(
        "PageTest", name.c_str(), nullptr, nullptr, __FILE__, __LINE__,
        [program = std::filesystem::absolute(programs[i]).string(),
         output = std::string(expected[i])] {
          return new PageTest(program, output);
        });
  }
}

}  // namespace
}  // namespace microthread::testing

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  const int count = (argc - 1) / 2;
  microthread::testing::RegisterTests(count, argv + 1, argv + 1 + count);
  return RUN_ALL_TESTS();
}
