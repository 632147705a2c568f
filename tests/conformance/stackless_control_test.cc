// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/conformance/trace_file_suite.h"

namespace microthread::conformance {
namespace {

INSTANTIATE_TEST_SUITE_P(StacklessControl, TraceFileTest,
                         ::testing::Values(TraceFile{"stackless-control", 257}),
                         PlaceName);

}  // namespace
}  // namespace microthread::conformance
