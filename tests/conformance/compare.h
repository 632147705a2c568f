// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// File: compare.h
//
// Judges the events of a program: by its expectation, or without one.

#ifndef MICROTHREAD_TESTS_CONFORMANCE_COMPARE_H_
#define MICROTHREAD_TESTS_CONFORMANCE_COMPARE_H_

#include <optional>
#include <string>
#include <vector>

#include "tests/conformance/program.h"

namespace microthread::conformance {

// "event 3: expected "A end", got "A yield"" for the first event that differs,
// counted from 1; nothing if the two are equal.
std::optional<std::string> FirstDifference(
    const Expectation& expectation, const std::vector<std::string>& events);

// What is wrong with the events of a program of tasklets that has no
// expectation; nothing if it ran to its end: M begins, each other body begins
// before it does anything, and M has reported on every channel and body.
std::optional<std::string> FirstDefect(const Program& program,
                                       const std::vector<std::string>& events);

}  // namespace microthread::conformance

#endif  // MICROTHREAD_TESTS_CONFORMANCE_COMPARE_H_
