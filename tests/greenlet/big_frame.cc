// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// MICROTHREAD_TEST_BIG_FRAME is the name of the function to define.

#include "tests/greenlet/big_frame.h"

#include <cstdint>

namespace microthread_test {

__attribute__((noinline)) uintptr_t MICROTHREAD_TEST_BIG_FRAME() {
  volatile char frame[100 * 1024];
  frame[0] = 1;
  return reinterpret_cast<uintptr_t>(&frame[0]);
}

}  // namespace microthread_test
