// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// Runs another program and returns what it printed.

#ifndef MICROTHREAD_TESTS_GREENLET_RUN_COMMAND_H_
#define MICROTHREAD_TESTS_GREENLET_RUN_COMMAND_H_

#include <string>
#include <vector>

namespace microthread_test {

struct CommandResult {
  bool succeeded = false;  // it exited with status 0
  std::string output;      // standard output and standard error
};

// The first word is the program, looked up in PATH.
CommandResult RunCommand(const std::vector<std::string>& words);

// Whether PATH has a program of this name.
bool IsInstalled(const std::string& program);

}  // namespace microthread_test

#endif  // MICROTHREAD_TESTS_GREENLET_RUN_COMMAND_H_
