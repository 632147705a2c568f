// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// By how much the process has grown, and what it does with its time.

#ifndef MICROTHREAD_TESTS_SCALE_GROWTH_H_
#define MICROTHREAD_TESTS_SCALE_GROWTH_H_

#include <cstdint>

namespace microthread_test {

// What the system says of this process.
struct Footprint {
  int64_t resident = 0;     // bytes
  int64_t page_tables = 0;  // bytes, which are not among the resident ones
  int64_t mappings = 0;     // their number
};
Footprint ReadFootprint();

// Prints by how much the process has grown since `before`, for each of `count`;
// the mappings are all that it has.
Footprint ReportGrowth(const char* what, const Footprint& before,
                       int64_t count);

// Seconds of processor time that this process has used.
double Seconds();

// How many seconds it takes to touch so many new pages in a plain loop.
double SecondsToTouch(int64_t pages);

}  // namespace microthread_test

#endif  // MICROTHREAD_TESTS_SCALE_GROWTH_H_
