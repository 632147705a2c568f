// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// No system of trace programs is named anywhere but here and in the grammar.

#include "tests/conformance/runner.h"

#include <exception>
#include <sstream>

#include "microthread/greenlet/testing.h"
#include "tests/conformance/greenlet_runner.h"
#include "tests/conformance/stackless_runner.h"

namespace microthread::conformance {

RunReport RunWatched(const std::function<std::vector<std::string>()>& run) {
  RunReport report;
  std::ostringstream problem;
  const testing::LiveObjects before = testing::CountLiveObjects();
  try {
    report.events = run();
  } catch (const std::exception& error) {
    problem << "an exception left the program: " << error.what() << "; ";
  }
  const testing::LiveObjects after = testing::CountLiveObjects();
  if (!(after == before)) {
    problem << "alive before the program: " << before << ", after it: " << after
            << "; ";
  }
  report.problem = problem.str();
  return report;
}

RunReport RunProgram(const Program& program, const RunOptions& options) {
  return RunWatched([&] {
    if (program.system == System::kStackless) {
      return RunStacklessProgram(program);
    }
    return options.inside_tasklet ? RunGreenletProgramInsideTasklet(program)
                                  : RunGreenletProgram(program);
  });
}

}  // namespace microthread::conformance
