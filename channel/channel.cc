// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0

#include "microthread/channel/channel.h"

#include <exception>
#include <string>
#include <string_view>
#include <utility>

#include "microthread/channel/error.h"
#include "microthread/channel/internal/channel_core.h"
#include "microthread/channel/internal/transfer_inl.h"
#include "microthread/greenlet/internal/throw.h"
#include "microthread/scheduler/internal/invariants.h"
#include "microthread/scheduler/internal/scheduler_state.h"

MICROTHREAD_NAMESPACE_BEGIN
namespace internal {
namespace {

std::string DescribeWait(const WaitQueue& queue, int32_t direction) {
  const auto& channel = static_cast<const ChannelCore&>(queue);
  return (direction < 0 ? "receiving on " : "sending on ") +
         DescribeChannel(channel);
}

void ChannelUnreferenced(Counted* object) {
  static_cast<ChannelCore*>(object)->Unreferenced();
}

std::exception_ptr DestroyedError(const ChannelCore& channel,
                                  const Item& waiter) {
  return std::make_exception_ptr(ChannelClosedError(
      "the last handle to " + DescribeChannel(channel) + " was dropped while " +
      DescribeItem(waiter) +
      " waited on it: keep a handle (capture the channel by value) where you "
      "wait"));
}

}  // namespace

ChannelCore::ChannelCore(Thread& maker)
    : WaitQueue(&DescribeWait),
      Counted(maker.token, &ChannelUnreferenced),
      id(maker.NewId()) {}

void ChannelCore::Unreferenced() {
  Thread& thread = SchedulingThread();
  while (head() != nullptr) {
    Item& waiter = *head();
    Remove(waiter);
    waiter.next = waiter.prev = nullptr;
    SetError(waiter, DestroyedError(*this, waiter));
    --thread.scheduler->linked;
    if (waiter.DropReference(thread.token))
      waiter.Unreferenced();  // the queue's
  }
  thread.live_channels.Add(-1);
  delete this;
}

Ref<ChannelCore> NewChannel(std::string_view name) {
  Thread& thread = CurrentThread();
  auto channel = Ref<ChannelCore>::Adopt(new ChannelCore(thread));
  thread.live_channels.Add(1);
  if (!name.empty()) channel->name = name;
  return channel;
}

std::string DescribeChannel(const ChannelCore& channel) {
  return Quote("channel", channel.name, channel.id);
}

void Enter(Thread& thread, ChannelCore& channel) {
  Thread* owner = nullptr;
  channel.owner.compare_exchange_strong(owner, &thread);
  if (TryEnter(thread, channel)) return;
  Throw(WrongThreadError(
      DescribeChannel(channel) +
      " belongs to another thread, the first that used it: use it there only"));
}

std::exception_ptr EndOfChannelError(const ChannelCore& channel) {
  return std::make_exception_ptr(
      EndOfChannel(DescribeChannel(channel) +
                   " is finished: no further values will come; a loop over it "
                   "ends here, a plain Receive() must catch EndOfChannel"));
}

bool AtEnd(ChannelCore& channel) {
  return channel.closing && channel.balance() <= 0;
}

void FinishChannel(ChannelCore& channel) {
  Thread& thread = SchedulingThread();
  {
    Entered entered(thread, channel);
    channel.closing = channel.finished = true;
    while (channel.balance() < 0) {
      Item& receiver = *channel.head();
      SetError(receiver, EndOfChannelError(channel));
      Unblock(thread, receiver);
    }
  }
  CheckInvariants(thread);
}

void CloseChannel(ChannelCore& channel) {
  Entered entered(SchedulingThread(), channel);
  channel.closing = true;
}

void OpenChannel(ChannelCore& channel) {
  if (channel.finished) {
    Throw(ChannelClosedError(DescribeChannel(channel) +
                             " is finished and cannot be opened again: make a "
                             "new channel"));
  }
  Entered entered(SchedulingThread(), channel);
  channel.closing = false;
}

void SetPreference(ChannelCore& channel, int8_t preference) {
  Entered entered(SchedulingThread(), channel);
  channel.preference = preference;
}

void SetScheduleAll(ChannelCore& channel, bool on) {
  Entered entered(SchedulingThread(), channel);
  channel.schedule_all = on;
}

}  // namespace internal
MICROTHREAD_NAMESPACE_END
