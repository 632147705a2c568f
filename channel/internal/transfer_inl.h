// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// Send and receive: how two meet and how the value moves, straight from the
// sender's frame into the receiver's.
//
// A waiting item's `slot` says where the value is or goes: a sender's points to
// the value itself (or to an exception, if kItemSendsError is set), a
// receiver's to an empty std::optional in its frame.

#ifndef MICROTHREAD_CHANNEL_INTERNAL_TRANSFER_INL_H_
#define MICROTHREAD_CHANNEL_INTERNAL_TRANSFER_INL_H_

#include <cstdint>
#include <exception>
#include <optional>
#include <utility>

#include "microthread/channel/error.h"
#include "microthread/channel/internal/channel_core.h"
#include "microthread/greenlet/config.h"
#include "microthread/greenlet/internal/thread.h"
#include "microthread/greenlet/internal/throw.h"
#include "microthread/scheduler/internal/dispatch_inl.h"

MICROTHREAD_NAMESPACE_BEGIN
namespace internal {

// What a Channel<void> passes.
struct Unit {};

inline constexpr int32_t kReceiving = -1;
inline constexpr int32_t kSending = 1;

// Leaves the channel and throws: ChannelClosedError, or EndOfChannel for a
// receiver on a finished channel.
[[noreturn]] MICROTHREAD_COLD void ThrowClosed(Thread& thread,
                                               ChannelCore& channel,
                                               int32_t direction);

// Takes over what an item that sends an exception sends.
MICROTHREAD_COLD std::exception_ptr TakeSentError(Item& sender);

// Who gets control when the caller, going in `direction`, meets a partner.
MICROTHREAD_ALWAYS_INLINE Handover HandoverOf(const ChannelCore& channel,
                                              int32_t direction) {
  if (channel.schedule_all) [[unlikely]]
    return Handover::kNext;
  return channel.preference == -direction ? Handover::kPartner
                                          : Handover::kNone;
}

// Whether somebody waits for one who goes in `direction`.
MICROTHREAD_ALWAYS_INLINE bool HasPartner(const ChannelCore& channel,
                                          int32_t direction) {
  return direction == kSending ? channel.balance() < 0 : channel.balance() > 0;
}

// Takes the partner out of the queue: from now on it belongs to the caller.
MICROTHREAD_ALWAYS_INLINE Item& Claim(Thread& thread, bool trapped,
                                      ChannelCore& channel, Handover handover) {
  if (trapped && handover != Handover::kNone) [[unlikely]] {
    Leave(thread);
    ThrowSwitchTrap(thread);
  }
  Item& partner = channel.Pop();
  Leave(thread);
  return partner;
}

// Waits for a partner; `slot` lies in the caller's frame.
MICROTHREAD_ALWAYS_INLINE void WaitForPartner(Thread& thread, bool trapped,
                                              ChannelCore& channel,
                                              int32_t direction, void* slot) {
  Item& me = CurrentItem(thread);
  if (((me.flags & kItemBlockTrap) | channel.closing) != 0) [[unlikely]] {
    Leave(thread);
    RequireNoBlockTrap(me, channel, direction);
    ThrowClosed(thread, channel, direction);
  }
  if (!MayLeaveRing(thread, trapped)) [[unlikely]] {
    Leave(thread);
    PrepareToLeaveRing(thread, trapped, &channel, direction);
    Enter(thread, channel);
  }
  me.slot = slot;
  Block(thread, channel, direction, [&] { Leave(thread); });
}

template <class T>
MICROTHREAD_ALWAYS_INLINE void Send(ChannelCore& channel, T&& value) {
  Thread& thread = SchedulingThread();
  const bool trapped = AttendIfNeeded(thread);
  Enter(thread, channel);
  if (!HasPartner(channel, kSending)) {
    WaitForPartner(thread, trapped, channel, kSending, &value);
    return;
  }
  const Handover handover = HandoverOf(channel, kSending);
  Item& receiver = Claim(thread, trapped, channel, handover);
  static_cast<std::optional<T>*>(receiver.slot)->emplace(std::move(value));
  Resume(thread, receiver, handover);
}

// The value goes into `value`, which is empty.
template <class T>
MICROTHREAD_ALWAYS_INLINE void ReceiveInto(ChannelCore& channel,
                                           std::optional<T>& value) {
  Thread& thread = SchedulingThread();
  const bool trapped = AttendIfNeeded(thread);
  Enter(thread, channel);
  if (!HasPartner(channel, kReceiving)) {
    WaitForPartner(thread, trapped, channel, kReceiving, &value);
    return;
  }
  const Handover handover = HandoverOf(channel, kReceiving);
  Item& sender = Claim(thread, trapped, channel, handover);
  if ((sender.flags & kItemSendsError) != 0) [[unlikely]] {
    std::exception_ptr error = TakeSentError(sender);
    Resume(thread, sender, handover);
    Rethrow(std::move(error));
  }
  value.emplace(std::move(*static_cast<T*>(sender.slot)));
  Resume(thread, sender, handover);
}

template <class T>
MICROTHREAD_ALWAYS_INLINE T Receive(ChannelCore& channel) {
  std::optional<T> value;
  ReceiveInto(channel, value);
  return *std::move(value);
}

// The steps of a loop over a channel.
bool AtEnd(ChannelCore& channel);

template <class T>
void ReceiveNext(ChannelCore& channel, std::optional<T>& value) {
  if (AtEnd(channel)) return;
#if MICROTHREAD_EXCEPTIONS
  try {
    ReceiveInto(channel, value);
  } catch (const EndOfChannel&) {
    value.reset();
  }
#else
  ReceiveInto(channel, value);
#endif
}

}  // namespace internal
MICROTHREAD_NAMESPACE_END

#endif  // MICROTHREAD_CHANNEL_INTERNAL_TRANSFER_INL_H_
