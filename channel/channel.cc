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
#include "microthread/scheduler/internal/remote.h"
#include "microthread/scheduler/internal/scheduler_state.h"

MICROTHREAD_NAMESPACE_BEGIN
namespace internal {
namespace {

std::string DescribeWait(const WaitQueue& queue, int32_t direction) {
  const auto& channel = static_cast<const ChannelCore&>(queue);
  return (direction < 0   ? "receiving on "
          : direction > 0 ? "sending on "
                          : "") +
         DescribeChannel(channel);
}

constexpr CountedKind kChannelKind = {
    [](Counted* object) { static_cast<ChannelCore*>(object)->Unreferenced(); }};

std::exception_ptr DestroyedError(const ChannelCore& channel,
                                  const Item& waiter) {
  return std::make_exception_ptr(ChannelClosedError(
      "the last handle to " + DescribeChannel(channel) + " was dropped while " +
      DescribeItem(waiter) +
      " waited on it: keep a handle (capture the channel by value) where you "
      "wait"));
}

Handover HandoverFor(const ChannelCore& channel, int32_t direction) {
  if (channel.schedule_all) return Handover::kNext;
  return channel.preference == -direction ? Handover::kPartner
                                          : Handover::kNone;
}

void UpdateHandovers(ChannelCore& channel) {
  channel.sender_meets = HandoverFor(channel, kSending);
  channel.receiver_meets = HandoverFor(channel, kReceiving);
}

}  // namespace

ChannelCore::ChannelCore(Thread& maker)
    : WaitQueue(&DescribeWait),
      Counted(maker.token, kChannelKind),
      id(maker.NewId()) {}

void ChannelCore::Unreferenced() {
  if (!usable()) return;
  Thread& thread = SchedulingThread();
  for (;;) {
    Item* orphan;
    {
      QueueLock lock(thread, *this);
      orphan = head();
      if (orphan == nullptr) break;
      Remove(thread, *orphan);
      std::exception_ptr error = DestroyedError(*this, *orphan);
      if (IsForeign(thread, *orphan)) {
        LetRun(thread, *orphan, std::move(error));
        continue;
      }
      SetError(*orphan, std::move(error));
    }
    orphan->next = orphan->prev = nullptr;
    --thread.scheduler->linked;
    if (orphan->DropReference(thread.token)) orphan->Unreferenced();
  }
  thread.live_channels -= 1;
  delete this;
}

Ref<ChannelCore> NewChannel(std::string_view name) {
  Thread& thread = CurrentThread();
  auto channel = Ref<ChannelCore>::Adopt(new ChannelCore(thread));
  thread.live_channels += 1;
  if (!name.empty()) channel->name = name;
  return channel;
}

std::string DescribeChannel(const ChannelCore& channel) {
  return Quote("channel", channel.name, channel.id);
}

std::exception_ptr EndOfChannelError(const ChannelCore& channel) {
  return std::make_exception_ptr(
      EndOfChannel(DescribeChannel(channel) +
                   " is finished: no further values will come; a loop over it "
                   "ends here, a plain Receive() must catch EndOfChannel"));
}

bool MustBeThrown(const std::exception_ptr& error) {
#if MICROTHREAD_EXCEPTIONS
  return error != nullptr;
#else
  return error != nullptr && !Holds<EndOfChannel>(error);
#endif
}

bool AtEnd(ChannelCore& channel) {
  return channel.closing != 0 && channel.balance() <= 0;
}

Ref<Item> FirstWaiter(ChannelCore& channel) {
  QueueLock lock(SchedulingThread(), channel);
  return Ref<Item>(channel.head());
}

void FinishChannel(ChannelCore& channel) {
  Thread& thread = SchedulingThread();
  {
    QueueLock lock(thread, channel);
    channel.closing = kItemBlockTrap;
    channel.finished = true;
    while (channel.balance() < 0) {
      Item& receiver = *channel.head();
      channel.Remove(thread, receiver);
      std::exception_ptr error = EndOfChannelError(channel);
      if (!MustBeThrown(error)) error = nullptr;
      LetRun(thread, receiver, std::move(error));
    }
  }
  CheckInvariants(thread);
}

void CloseChannel(ChannelCore& channel) {
  QueueLock lock(SchedulingThread(), channel);
  channel.closing = kItemBlockTrap;
}

void OpenChannel(ChannelCore& channel) {
  QueueLock lock(SchedulingThread(), channel);
  if (!channel.finished) {
    channel.closing = 0;
    return;
  }
  lock.Unlock();
  Throw(ChannelClosedError(DescribeChannel(channel) +
                           " is finished and cannot be opened again: make a "
                           "new channel"));
}

void SetPreference(ChannelCore& channel, int8_t preference) {
  QueueLock lock(SchedulingThread(), channel);
  channel.preference = preference;
  UpdateHandovers(channel);
}

void SetScheduleAll(ChannelCore& channel, bool on) {
  QueueLock lock(SchedulingThread(), channel);
  channel.schedule_all = on;
  UpdateHandovers(channel);
}

}  // namespace internal
MICROTHREAD_NAMESPACE_END
