// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/conformance/trace_file_suite.h"

namespace microthread::conformance {
namespace {

INSTANTIATE_TEST_SUITE_P(StacklessChannel, TraceFileTest,
                         ::testing::Values(TraceFile{"stackless-channel", 230}),
                         PlaceName);

}  // namespace
}  // namespace microthread::conformance
