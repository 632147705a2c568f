// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// File: trace_file_suite.h
//
// The tests that every trace file has to pass. A test program instantiates the
// suite for its file:
//
//   INSTANTIATE_TEST_SUITE_P(StacklessBasic, TraceFileTest,
//                            Values(TraceFile{"stackless-basic", 253}),
//                            PlaceName);
//
// The order of programs may be shuffled; $MICROTHREAD_SEED fixes the seed.

#ifndef MICROTHREAD_TESTS_CONFORMANCE_TRACE_FILE_SUITE_H_
#define MICROTHREAD_TESTS_CONFORMANCE_TRACE_FILE_SUITE_H_

#include <iosfwd>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "tests/conformance/program.h"
#include "tests/conformance/runner.h"

namespace microthread::conformance {

struct TraceFile {
  std::string name;  // without folder and extension
  int programs;      // how many it holds
  bool inside_tasklet = false;
};

std::ostream& operator<<(std::ostream& out, const TraceFile& file);

// Names an instance after the place where it runs.
std::string PlaceName(const ::testing::TestParamInfo<TraceFile>& info);

class TraceFileTest : public ::testing::TestWithParam<TraceFile> {
 protected:
  void SetUp() override;

  // Expects that all programs pass.
  void ExpectAllPass(const std::vector<Trace>& traces) const;

  RunOptions options_;
  std::vector<Trace> traces_;
};

}  // namespace microthread::conformance

#endif  // MICROTHREAD_TESTS_CONFORMANCE_TRACE_FILE_SUITE_H_
