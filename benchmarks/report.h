// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// What the benchmarks share: how they report the time of one operation, and how
// they fail when what they measured did not do its work.

#ifndef MICROTHREAD_BENCHMARKS_REPORT_H_
#define MICROTHREAD_BENCHMARKS_REPORT_H_

#include <cstdint>
#include <string>

#include "benchmark/benchmark.h"

namespace microthread::benchmarks {

// Whether any benchmark of this program has failed: main() returns 1 then.
inline bool any_failed = false;

// Reports the time of one `operation`, of which an iteration does `count`, in
// the column of that name and, inverted, as items_per_second.
inline void ReportTimePer(const char* operation, benchmark::State& state,
                          int64_t count = 1) {
  const int64_t operations = state.iterations() * count;
  state.SetItemsProcessed(operations);
  state.counters[operation] = benchmark::Counter(
      static_cast<double>(operations),
      benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

// Fails the benchmark unless the two are equal. Call it after the loop, before
// reporting.
inline void CheckEqual(benchmark::State& state, const char* what,
                       int64_t actual, int64_t expected) {
  if (actual == expected) return;
  any_failed = true;
  const std::string text = std::string("wrong ") + what + ": " +
                           std::to_string(actual) + " instead of " +
                           std::to_string(expected);
  state.SkipWithError(text.c_str());
}

}  // namespace microthread::benchmarks

#endif  // MICROTHREAD_BENCHMARKS_REPORT_H_
