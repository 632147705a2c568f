// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// File: grammar.h
//
// Which operations there are and what they take: one table for both systems.

#ifndef MICROTHREAD_TESTS_CONFORMANCE_GRAMMAR_H_
#define MICROTHREAD_TESTS_CONFORMANCE_GRAMMAR_H_

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tests/conformance/program.h"

namespace microthread::conformance {

struct ParsedOperation {
  Operation operation;
  std::set<System> systems;  // those that have it in this form; never empty
};

// The operation that a line of words spells, in a program with that many
// channels. The message of an error names no file or line.
absl::StatusOr<ParsedOperation> ParseOperation(
    const std::vector<std::string>& words, int channels);

// Whether it may name a body: a letter, then letters, digits and underscores.
bool IsName(const std::string& word);

// The integer that the whole word spells, with or without a sign.
std::optional<int> ParseInteger(const std::string& word);

}  // namespace microthread::conformance

#endif  // MICROTHREAD_TESTS_CONFORMANCE_GRAMMAR_H_
