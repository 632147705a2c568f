// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// One function, compiled with and without -fstack-clash-protection, whose frame
// is larger than a stack and its guard together.

#ifndef MICROTHREAD_TESTS_GREENLET_BIG_FRAME_H_
#define MICROTHREAD_TESTS_GREENLET_BIG_FRAME_H_

#include <cstdint>

namespace microthread_test {

// Writes one byte at the far end of its frame; returns where that was.
uintptr_t BigFrameWithProbes();
uintptr_t BigFrameWithoutProbes();

}  // namespace microthread_test

#endif  // MICROTHREAD_TESTS_GREENLET_BIG_FRAME_H_
