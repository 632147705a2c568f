// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// Replays trace files (format.md) on the library:
//
//   bazelw run //tests/conformance:replay -- [--inside-tasklet] FILE...
//
// prints the first difference of each program that fails, closes with the line
// "N passed, N failed", and ends with status 1 if any failed.

#include <algorithm>
#include <cstddef>
#include <iostream>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "tests/conformance/replay_files.h"

ABSL_FLAG(bool, inside_tasklet, false,
          "run programs of greenlets inside a tasklet, not on the thread's "
          "root (also spelled --inside-tasklet)");

namespace {

constexpr char kUsage[] =
    "usage: replay [--inside-tasklet] FILE... (trace files)";

// Names of Abseil's flags contain underscores; people type dashes.
void AllowDashesInFlags(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument == "--") return;
    if (argument.rfind("--", 0) != 0) continue;
    const size_t end = std::min(argument.find('='), argument.size());
    std::replace(argv[i] + 2, argv[i] + end, '-', '_');
  }
}

}  // namespace

int main(int argc, char** argv) {
  AllowDashesInFlags(argc, argv);
  const std::vector<char*> arguments = absl::ParseCommandLine(argc, argv);
  const std::vector<std::string> files(arguments.begin() + 1, arguments.end());
  if (files.empty()) {
    std::cerr << kUsage << "\n";
    return 2;
  }
  microthread::conformance::RunOptions options;
  options.inside_tasklet = absl::GetFlag(FLAGS_inside_tasklet);
  return microthread::conformance::ReplayFiles(files, options, std::cout);
}
