// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// What the benchmarks share: how they report the time or the memory of one
// operation, and how they fail when what they measured did not do its work.

#ifndef MICROTHREAD_BENCHMARKS_REPORT_H_
#define MICROTHREAD_BENCHMARKS_REPORT_H_

#include <cstdint>
#include <string>

#include "benchmark/benchmark.h"

namespace microthread::benchmarks {

// Whether any benchmark of this program has failed: main() returns 1 then.
inline bool any_failed = false;

// Reports the seconds that one operation took, of which an iteration does
// `count`, as the counter "time".
inline void ReportTime(benchmark::State& state, int64_t count = 1) {
  state.counters["time"] = benchmark::Counter(
      static_cast<double>(state.iterations() * count),
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

// Counts how often it is destroyed, which a kill has to do.
class Witness {
 public:
  explicit Witness(int64_t* destroyed) : destroyed_(destroyed) {}
  Witness(const Witness&) = delete;
  Witness& operator=(const Witness&) = delete;
  ~Witness() { ++*destroyed_; }

 private:
  int64_t* destroyed_;
};

// What the system says of this process, in bytes.
struct ProcessMemory {
  int64_t resident;
  int64_t peak;  // of `resident`
  int64_t page_tables;
  int64_t mappings;  // their number
};
ProcessMemory ReadProcessMemory();

// Reports by how many bytes the process has grown since `before`, divided by
// `count`, as the counter "memory"; and beside it what that leaves out.
void ReportGrowth(benchmark::State& state, const ProcessMemory& before,
                  const ProcessMemory& after, int64_t count);

// Reports how large the process has been at most, as the counter "memory".
void ReportPeak(benchmark::State& state);

}  // namespace microthread::benchmarks

#endif  // MICROTHREAD_BENCHMARKS_REPORT_H_
