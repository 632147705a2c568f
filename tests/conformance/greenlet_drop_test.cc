// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/conformance/trace_file_suite.h"

namespace microthread::conformance {
namespace {

INSTANTIATE_TEST_SUITE_P(
    GreenletDrop, TraceFileTest,
    ::testing::Values(TraceFile{"greenlet-drop", 250, false},
                      TraceFile{"greenlet-drop", 250, true}),
    PlaceName);

}  // namespace
}  // namespace microthread::conformance
