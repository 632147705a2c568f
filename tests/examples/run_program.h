// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// Runs an example as a user does, and shows all that it did.

#ifndef MICROTHREAD_TESTS_EXAMPLES_RUN_PROGRAM_H_
#define MICROTHREAD_TESTS_EXAMPLES_RUN_PROGRAM_H_

#include <string>
#include <string_view>
#include <vector>

namespace microthread::testing {

struct RunOptions {
  std::string input = {};  // what the program finds on standard input
  std::vector<std::string> environment = {};  // "NAME=value"; precedes the own
  int input_fd = -1;  // not -1: standard input instead of `input`
};

struct RunResult {
  int status;  // exit status; 128 + N if signal N ended it
  std::string output;
  std::string error;
};

// Runs `arguments[0]`, looked up in PATH when it has no slash, and waits for
// its end. What tells programs the user's folder (see examples/user_path.h) is
// in its environment only if `options` says so.
RunResult RunProgram(const std::vector<std::string>& arguments,
                     const RunOptions& options = {});

// The absolute path of an example's program, which must be in the `data` of the
// test.
std::string ExamplePath(std::string_view name);

}  // namespace microthread::testing

#endif  // MICROTHREAD_TESTS_EXAMPLES_RUN_PROGRAM_H_
