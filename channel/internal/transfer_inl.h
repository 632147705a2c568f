// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// Send and receive: how two meet and how the value moves, straight from the
// sender's frame into the receiver's. Here is the short path, compiled into the
// caller; whatever is rare is left to Meet(), which does all of it by the book.
//
// A waiting item's `slot` says where the value is or goes: a sender's points to
// the value itself (or to an exception, if kItemSendsError is set), a
// receiver's to an empty ValueRoom in its frame.

#ifndef MICROTHREAD_CHANNEL_INTERNAL_TRANSFER_INL_H_
#define MICROTHREAD_CHANNEL_INTERNAL_TRANSFER_INL_H_

#include <cstdint>
#include <exception>
#include <utility>

#include "microthread/channel/error.h"
#include "microthread/channel/internal/channel_core.h"
#include "microthread/channel/internal/value_room.h"
#include "microthread/greenlet/config.h"
#include "microthread/greenlet/internal/thread.h"
#include "microthread/greenlet/internal/throw.h"
#include "microthread/scheduler/internal/dispatch_inl.h"

MICROTHREAD_NAMESPACE_BEGIN
namespace internal {

// What a Channel<void> passes.
struct Unit {};

// Moves a value from a sender's slot to a receiver's.
using MoveFunction = void (*)(void* from, void* to);

template <class T>
void MoveValue(void* from, void* to) {
  static_cast<ValueRoom<T>*>(to)->emplace(std::move(*static_cast<T*>(from)));
}

// Sends or receives by the book.
MICROTHREAD_COLD void Meet(Thread& thread, ChannelCore& channel,
                           int32_t direction, void* slot, MoveFunction move);

// Whether the running item may wait for a partner just like that. `next` is the
// next in the ring.
MICROTHREAD_ALWAYS_INLINE bool MayWait(const Item& me, const Item* next,
                                       const ChannelCore& channel) {
  return ((me.flags | channel.closing) & kItemBlockTrap) == 0 && next != &me;
}

template <class T>
MICROTHREAD_ALWAYS_INLINE void Send(ChannelCore& channel, T&& value) {
  Thread& thread = SchedulingThread();
  if (!thread.needs_attention() && channel.TryEnter(thread)) [[likely]] {
    Item& me = CurrentItem(thread);
    if (channel.balance() < 0) {
      const Handover handover = channel.sender_meets;
      Item& receiver = channel.Pop(kReceiving);
      WaitQueue::Leave(thread);
      MoveValue<T>(&value, receiver.slot);
      Resume(thread, me, receiver, handover);
      return;
    }
    Item* const next = me.next;
    if (MayWait(me, next, channel)) [[likely]] {
      me.slot = &value;
      Block(thread, me, *next, channel, kSending,
            [&] { WaitQueue::Leave(thread); });
      return;
    }
    WaitQueue::Leave(thread);
  }
  Meet(thread, channel, kSending, &value, &MoveValue<T>);
}

// The value goes into `value`, which is empty.
template <class T>
MICROTHREAD_ALWAYS_INLINE void ReceiveInto(ChannelCore& channel,
                                           ValueRoom<T>& value) {
  Thread& thread = SchedulingThread();
  if (!thread.needs_attention() && channel.TryEnter(thread)) [[likely]] {
    Item& me = CurrentItem(thread);
    if (channel.balance() > 0) {
      if ((channel.head()->flags & kItemSendsError) == 0) [[likely]] {
        const Handover handover = channel.receiver_meets;
        Item& sender = channel.Pop(kSending);
        WaitQueue::Leave(thread);
        MoveValue<T>(sender.slot, &value);
        Resume(thread, me, sender, handover);
        return;
      }
    } else {
      Item* const next = me.next;
      if (MayWait(me, next, channel)) [[likely]] {
        me.slot = &value;
        Block(thread, me, *next, channel, kReceiving,
              [&] { WaitQueue::Leave(thread); });
        return;
      }
    }
    WaitQueue::Leave(thread);
  }
  Meet(thread, channel, kReceiving, &value, &MoveValue<T>);
}

template <class T>
MICROTHREAD_ALWAYS_INLINE T Receive(ChannelCore& channel) {
  ValueRoom<T> value;
  ReceiveInto<T>(channel, value);
#if !MICROTHREAD_EXCEPTIONS
  if (!value.has_value()) Rethrow(EndOfChannelError(channel));
#endif
  return *std::move(value);
}

// The steps of a loop over a channel.
bool AtEnd(ChannelCore& channel);

// Returns whether a value has come.
template <class T>
bool ReceiveNext(ChannelCore& channel, ValueRoom<T>& value) {
  value.reset();
  if (AtEnd(channel)) return false;
#if MICROTHREAD_EXCEPTIONS
  try {
    ReceiveInto<T>(channel, value);
    return true;
  } catch (const EndOfChannel&) {
    value.reset();
    return false;
  }
#else
  ReceiveInto<T>(channel, value);
  return value.has_value();
#endif
}

}  // namespace internal
MICROTHREAD_NAMESPACE_END

#endif  // MICROTHREAD_CHANNEL_INTERNAL_TRANSFER_INL_H_
