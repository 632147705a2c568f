// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0

#include "microthread/tasklet/thread_info.h"

#include <algorithm>
#include <vector>

#include "microthread/greenlet/internal/inbox.h"
#include "microthread/greenlet/internal/thread.h"

MICROTHREAD_NAMESPACE_BEGIN

std::vector<ThreadInfo> Threads() {
  std::vector<ThreadInfo> threads;
  internal::ForEachThread(
      [](internal::Thread& thread, void* argument) {
        const internal::Inbox::Owner owner = thread.inbox.owner();
        if (owner.token == internal::ThreadToken::kNone) return;
        static_cast<std::vector<ThreadInfo>*>(argument)->push_back(
            {.id = owner.id,
             .calling = owner.token == internal::current_token,
             .sleeping = owner.asleep});
      },
      &threads);
  std::sort(
      threads.begin(), threads.end(),
      [](const ThreadInfo& a, const ThreadInfo& b) { return a.id < b.id; });
  return threads;
}

MICROTHREAD_NAMESPACE_END
