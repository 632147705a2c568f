// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// File: testing.h
//
// Hooks for tests of programs that use the library: count what is alive before
// and after, and make the next stack fail to be had.
//
//   testing::LiveObjects before = testing::CountLiveObjects();
//   RunMyProgram();
//   EXPECT_EQ(testing::CountLiveObjects(), before);

#ifndef MICROTHREAD_GREENLET_TESTING_H_
#define MICROTHREAD_GREENLET_TESTING_H_

#include <cstdint>
#include <iosfwd>

#include "microthread/greenlet/config.h"

MICROTHREAD_NAMESPACE_BEGIN
namespace testing {

// Of the whole process. The main greenlets and main tasklets of OS threads are
// not counted.
struct LiveObjects {
  int64_t greenlets = 0;  // also dead ones to which there are handles
  int64_t tasklets = 0;   // likewise
  int64_t channels = 0;
  int64_t stacks = 0;  // in use by something that has started and not ended

  friend bool operator==(const LiveObjects&, const LiveObjects&) = default;
};

std::ostream& operator<<(std::ostream& out, const LiveObjects& live);

// Exact when no other thread is using the library meanwhile.
LiveObjects CountLiveObjects();

// The next `count` greenlets or tasklets that start on this thread find no
// stack.
void FailNextStack(int count = 1);

}  // namespace testing
MICROTHREAD_NAMESPACE_END

#endif  // MICROTHREAD_GREENLET_TESTING_H_
