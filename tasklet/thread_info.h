// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// File: thread_info.h
//
// Which OS threads use the library: for dumps, and to see who sleeps.
//
// Example:
//
//   for (const ThreadInfo& thread : Threads()) {
//     std::cerr << "thread " << thread.id
//               << (thread.sleeping ? " sleeps\n" : " is awake\n");
//   }
//
// What is in another thread's ring is known to that thread only, because the
// ring changes while one looks. Of its own thread a tasklet knows it by
// `Tasklet::Main()`, `Tasklet::Current()` and `RunCount()`.

#ifndef MICROTHREAD_TASKLET_THREAD_INFO_H_
#define MICROTHREAD_TASKLET_THREAD_INFO_H_

#include <cstdint>
#include <vector>

#include "microthread/greenlet/config.h"

MICROTHREAD_NAMESPACE_BEGIN

struct ThreadInfo {
  uint64_t id;    // of its main tasklet; never used again
  bool calling;   // it is the calling thread
  bool sleeping;  // none of its tasklets can run, and it waits for others
};

// All OS threads that have used the library and have not ended, by their ids.
// What it says may be history when it is read.
//
// Blocks: never. Thread-safe.
std::vector<ThreadInfo> Threads();

MICROTHREAD_NAMESPACE_END

#endif  // MICROTHREAD_TASKLET_THREAD_INFO_H_
