// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0

#include "microthread/channel/channel_callback.h"

#include <utility>

#include "microthread/channel/error.h"
#include "microthread/channel/internal/channel_core.h"
#include "microthread/greenlet/internal/throw.h"
#include "microthread/scheduler/internal/hooks.h"
#include "microthread/scheduler/internal/scheduler_state.h"

MICROTHREAD_NAMESPACE_BEGIN

namespace internal {
namespace {

SharedFunction<ChannelCallback>& TheChannelCallback() {
  static auto& callback =
      *new SharedFunction<ChannelCallback>(kAttentionChannelCallback);
  return callback;
}

// Marks the running item as being inside the callback.
class InCallback {
 public:
  explicit InCallback(Item& item) : item_(item) {
    item.flags |= kItemInChannelCallback;
  }
  InCallback(const InCallback&) = delete;
  InCallback& operator=(const InCallback&) = delete;
  ~InCallback() { item_.flags &= ~kItemInChannelCallback; }

 private:
  Item& item_;
};

}  // namespace

void TellChannelCallback(Thread& thread, ChannelCore& channel,
                         int32_t direction) {
  Item& me = CurrentItem(thread);
  if ((me.flags & kItemInChannelCallback) != 0) {
    Throw(ChannelCallbackError(
        DescribeItem(me) +
        (direction == kReceiving ? " cannot receive on " : " cannot send on ") +
        DescribeChannel(channel) +
        " inside the channel callback: let a tasklet that the callback spawns "
        "do it"));
  }
  const auto callback = TheChannelCallback().get();
  if (callback == nullptr) return;
  const auto tasklet = TaskletAccess::Make<Tasklet>(Ref<Item>(&me));
  InCallback in_callback(me);
  WithSwitchTrap trap(thread);
  (*callback)({.channel = &channel,
               .channel_name = channel.name,
               .tasklet = tasklet,
               .sending = direction == kSending,
               .will_block = channel.balance() * direction >= 0});
}

}  // namespace internal

ChannelCallback SetChannelCallback(ChannelCallback callback) {
  return internal::TheChannelCallback().Exchange(std::move(callback));
}

MICROTHREAD_NAMESPACE_END
