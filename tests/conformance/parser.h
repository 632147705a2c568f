// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// File: parser.h
//
// Reads trace files; format.md describes them.

#ifndef MICROTHREAD_TESTS_CONFORMANCE_PARSER_H_
#define MICROTHREAD_TESTS_CONFORMANCE_PARSER_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tests/conformance/program.h"

namespace microthread::conformance {

// The programs in `text`, in order, at least one. `file` is for messages; in a
// file whose name contains "crashers" an empty list of events means that there
// is no expectation.
//
// Errors: kInvalidArgument, "FILE:LINE: what is wrong there".
absl::StatusOr<std::vector<Trace>> ParseTraces(const std::string& text,
                                               const std::string& file);

// The same for the contents of a file.
//
// Errors: also kNotFound if it cannot be read.
absl::StatusOr<std::vector<Trace>> ReadTraces(const std::string& file);

}  // namespace microthread::conformance

#endif  // MICROTHREAD_TESTS_CONFORMANCE_PARSER_H_
