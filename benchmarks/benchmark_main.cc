// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// The main() of all benchmarks. Unlike Google Benchmark's own it fails when a
// benchmark has computed a wrong result, and it says what it was built by.

#include "benchmark/benchmark.h"
#include "benchmarks/report.h"

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::AddCustomContext("compiler", __VERSION__);
#ifdef NDEBUG
  benchmark::AddCustomContext("build", "optimized");
#else
  benchmark::AddCustomContext("build", "NOT OPTIMIZED: use -c opt");
#endif
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return microthread::benchmarks::any_failed ? 1 : 0;
}
