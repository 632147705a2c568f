// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/conformance/trace_file_suite.h"

namespace microthread::conformance {
namespace {

INSTANTIATE_TEST_SUITE_P(
    GreenletParent, TraceFileTest,
    ::testing::Values(TraceFile{"greenlet-parent", 260, false},
                      TraceFile{"greenlet-parent", 260, true}),
    PlaceName);

}  // namespace
}  // namespace microthread::conformance
