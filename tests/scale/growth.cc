// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/scale/growth.h"

#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>

namespace microthread_test {

Footprint ReadFootprint() {
  Footprint now;
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    if (word == "VmRSS:") status >> now.resident;
    if (word == "VmPTE:") status >> now.page_tables;
  }
  now.resident *= 1024;
  now.page_tables *= 1024;
  std::ifstream maps("/proc/self/maps");
  now.mappings = std::count(std::istreambuf_iterator<char>(maps), {}, '\n');
  return now;
}

Footprint ReportGrowth(const char* what, const Footprint& before,
                       int64_t count) {
  const Footprint now = ReadFootprint();
  const Footprint growth{.resident = now.resident - before.resident,
                         .page_tables = now.page_tables - before.page_tables,
                         .mappings = now.mappings};
  const auto divisor = static_cast<double>(count);
  std::printf("%-24s %6.1f bytes each, page tables %5.1f; %ld mappings\n", what,
              static_cast<double>(growth.resident) / divisor,
              static_cast<double>(growth.page_tables) / divisor,
              static_cast<long>(growth.mappings));
  return growth;
}

double Seconds() {
  timespec used;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return static_cast<double>(used.tv_sec) +
         static_cast<double>(used.tv_nsec) * 1e-9;
}

double SecondsToTouch(int64_t pages) {
  const int64_t page_size = sysconf(_SC_PAGESIZE);
  const auto size = static_cast<size_t>(pages * page_size);
  void* memory = mmap(nullptr, size, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) return 0;
  madvise(memory, size, MADV_NOHUGEPAGE);
  auto* const bytes = static_cast<volatile char*>(memory);
  const double begin = Seconds();
  for (int64_t i = 0; i < pages; ++i) bytes[i * page_size] = 1;
  const double end = Seconds();
  munmap(memory, size);
  return end - begin;
}

}  // namespace microthread_test
