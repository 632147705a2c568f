// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0

#include "microthread/greenlet/testing.h"

#include <ostream>

#include "microthread/greenlet/internal/thread.h"

MICROTHREAD_NAMESPACE_BEGIN
namespace testing {

std::ostream& operator<<(std::ostream& out, const LiveObjects& live) {
  return out << live.greenlets << " greenlets, " << live.tasklets
             << " tasklets, " << live.channels << " channels, " << live.stacks
             << " stacks";
}

LiveObjects CountLiveObjects() {
  LiveObjects live;
  internal::ForEachThread(
      [](internal::Thread& thread, void* argument) {
        auto& sum = *static_cast<LiveObjects*>(argument);
        sum.greenlets += thread.live_greenlets.load();
        sum.tasklets += thread.live_tasklets.load();
        sum.channels += thread.live_channels.load();
        sum.stacks += static_cast<int64_t>(thread.stacks.in_use());
      },
      &live);
  return live;
}

void FailNextStack(int count) {
  internal::CurrentThread().stacks.FailNext(count);
}

}  // namespace testing
MICROTHREAD_NAMESPACE_END
