// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// File: user_path.h
//
// `bazel run //examples:word_count -- README.md` does not start the program
// where the user stands: its current folder is one of Bazel's own. A program
// that is meant to be started that way opens `UserPath("README.md")`.

#ifndef MICROTHREAD_EXAMPLES_USER_PATH_H_
#define MICROTHREAD_EXAMPLES_USER_PATH_H_

#include <string>

namespace microthread::examples {

// `path` as its user means it. A relative path counts from the folder that is
// named by MICROTHREAD_WORKING_DIRECTORY (./bazelw sets it), else by
// BUILD_WORKING_DIRECTORY (`bazel run` sets it), else from the current one.
std::string UserPath(const std::string& path);

}  // namespace microthread::examples

#endif  // MICROTHREAD_EXAMPLES_USER_PATH_H_
