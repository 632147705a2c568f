// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// Here, and only here, programs and their expectations meet.

#include "tests/conformance/replay_files.h"

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <ostream>

#include "absl/status/statusor.h"
#include "tests/conformance/compare.h"
#include "tests/conformance/parser.h"

namespace microthread::conformance {
std::ostream& operator<<(std::ostream& out, const Tally& tally) {
  return out << tally.passed << " passed, " << tally.failed << " failed";
}

std::optional<std::string> Judge(const Trace& trace, const RunReport& report) {
  const std::optional<std::string> complaint =
      trace.expectation.has_value()
          ? FirstDifference(*trace.expectation, report.events)
          : FirstDefect(trace.program, report.events);
  if (report.problem.empty()) return complaint;
  return report.problem + complaint.value_or("the events are as expected");
}

Tally Replay(const std::vector<Trace>& traces, const RunOptions& options,
             std::ostream& out) {
  Tally tally;
  for (const Trace& trace : traces) {
    const RunReport report = RunProgram(trace.program, options);
    const std::optional<std::string> complaint = Judge(trace, report);
    if (complaint.has_value()) {
      ++tally.failed;
      out << trace.program.name << ": " << *complaint << "\n";
    } else {
      ++tally.passed;
    }
  }
  return tally;
}

int ReplayFiles(const std::vector<std::string>& files,
                const RunOptions& options, std::ostream& out) {
  Tally total;
  for (const std::string& file : files) {
    const absl::StatusOr<std::vector<Trace>> traces =
        ReadTraces(ResolvePath(file));
    if (!traces.ok()) {
      out << std::string(traces.status().message()) << "\n";
      ++total.failed;
      continue;
    }
    const Tally tally = Replay(*traces, options, out);
    total.passed += tally.passed;
    total.failed += tally.failed;
  }
  out << total << "\n";
  return total.failed == 0 ? 0 : 1;
}

std::string ResolvePath(const std::string& path) {
  namespace fs = std::filesystem;
  if (fs::path(path).is_absolute()) return path;
  std::optional<fs::path> first;
  for (const char* variable :
       {"MICROTHREAD_WORKING_DIRECTORY", "BUILD_WORKING_DIRECTORY"}) {
    const char* folder = std::getenv(variable);
    if (folder == nullptr || *folder == '\0') continue;
    const fs::path candidate = fs::path(folder) / path;
    if (fs::exists(candidate)) return candidate;
    if (!first.has_value()) first = candidate;
  }
  if (fs::exists(path) || !first.has_value()) return path;
  return *first;
}

}  // namespace microthread::conformance
