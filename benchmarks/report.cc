// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0

#include "benchmarks/report.h"

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <map>
#include <string>

#include "benchmark/benchmark.h"

namespace microthread::benchmarks {

ProcessMemory ReadProcessMemory() {
  // Lines as "VmRSS:      1234 kB"; of those without a number the rest is
  // skipped.
  std::map<std::string, int64_t> kilobytes;
  std::ifstream status("/proc/self/status");
  for (std::string key, rest; status >> key; std::getline(status, rest)) {
    if (key.rfind("Vm", 0) == 0) status >> kilobytes[key];
  }
  std::ifstream maps("/proc/self/maps");
  const std::istreambuf_iterator<char> begin(maps), end;
  return {.resident = kilobytes["VmRSS:"] * 1024,
          .peak = kilobytes["VmHWM:"] * 1024,
          .page_tables = kilobytes["VmPTE:"] * 1024,
          .mappings = std::count(begin, end, '\n')};
}

void ReportGrowth(benchmark::State& state, const ProcessMemory& before,
                  const ProcessMemory& after, int64_t count) {
  const auto divisor = static_cast<double>(count);
  state.counters["memory"] =
      static_cast<double>(after.resident - before.resident) / divisor;
  state.counters["page_tables"] =
      static_cast<double>(after.page_tables - before.page_tables) / divisor;
  state.counters["mappings"] = static_cast<double>(after.mappings);
}

void ReportPeak(benchmark::State& state) {
  const ProcessMemory memory = ReadProcessMemory();
  state.counters["memory"] = static_cast<double>(memory.peak);
  state.counters["page_tables"] = static_cast<double>(memory.page_tables);
  state.counters["mappings"] = static_cast<double>(memory.mappings);
}

}  // namespace microthread::benchmarks
