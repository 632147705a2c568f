// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// File: replay_files.h
//
// Replays whole trace files and counts.

#ifndef MICROTHREAD_TESTS_CONFORMANCE_REPLAY_FILES_H_
#define MICROTHREAD_TESTS_CONFORMANCE_REPLAY_FILES_H_

#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "tests/conformance/program.h"
#include "tests/conformance/runner.h"

namespace microthread::conformance {

struct Tally {
  int passed = 0;
  int failed = 0;

  friend bool operator==(const Tally&, const Tally&) = default;
};

std::ostream& operator<<(std::ostream& out, const Tally& tally);

// Why the program that gave this report has failed; nothing if it has passed.
std::optional<std::string> Judge(const Trace& trace, const RunReport& report);

// Runs the programs one after another. For each one that fails a line on `out`
// says why.
Tally Replay(const std::vector<Trace>& traces, const RunOptions& options,
             std::ostream& out);

// Replays the files, relative ones from the folder where the user stands, and
// closes with the line "N passed, N failed". A file that cannot be read or
// parsed counts as one failure. Returns the exit status: 0 if all passed.
int ReplayFiles(const std::vector<std::string>& files,
                const RunOptions& options, std::ostream& out);

// Where a relative path is meant to start: in the first of
// $MICROTHREAD_WORKING_DIRECTORY (set by bazelw), $BUILD_WORKING_DIRECTORY (set
// by `bazel run`) and the current folder where it exists; if it exists in none,
// in the first that is set.
std::string ResolvePath(const std::string& path);

}  // namespace microthread::conformance

#endif  // MICROTHREAD_TESTS_CONFORMANCE_REPLAY_FILES_H_
