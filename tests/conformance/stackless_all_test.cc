// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/conformance/trace_file_suite.h"

namespace microthread::conformance {
namespace {

INSTANTIATE_TEST_SUITE_P(StacklessAll, TraceFileTest,
                         ::testing::Values(TraceFile{"stackless-all", 248}),
                         PlaceName);

}  // namespace
}  // namespace microthread::conformance
