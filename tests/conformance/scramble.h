// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// File: scramble.h
//
// Makes expectations wrong, to prove that wrong ones are refused.

#ifndef MICROTHREAD_TESTS_CONFORMANCE_SCRAMBLE_H_
#define MICROTHREAD_TESTS_CONFORMANCE_SCRAMBLE_H_

#include <random>
#include <string>
#include <vector>

#include "tests/conformance/program.h"

namespace microthread::conformance {

enum class Scrambling {
  kSwapNeighbors,  // two neighboring events that differ change places
  kRotate,         // the last event comes first
  kAlterOne,       // one character of one event is another
  kDropOne,        // one event is missing
  kDropLast,       // the last event is missing
  kRepeatOne,      // one event comes twice
};

inline constexpr Scrambling kAllScramblings[] = {
    Scrambling::kSwapNeighbors, Scrambling::kRotate,   Scrambling::kAlterOne,
    Scrambling::kDropOne,       Scrambling::kDropLast, Scrambling::kRepeatOne};

// The traces with wrong expectations: each differs from what it was. Every
// trace must have an expectation with two events that differ.
std::vector<Trace> Scramble(std::vector<Trace> traces, Scrambling scrambling,
                            std::mt19937& random);

}  // namespace microthread::conformance

#endif  // MICROTHREAD_TESTS_CONFORMANCE_SCRAMBLE_H_
