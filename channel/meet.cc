// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// Sending and receiving by the book: every case, in the order that the model
// demands. The short path in transfer_inl.h leaves to it whatever is rare.

#include <cstdint>
#include <exception>
#include <utility>

#include "microthread/channel/error.h"
#include "microthread/channel/internal/channel_core.h"
#include "microthread/channel/internal/transfer_inl.h"
#include "microthread/greenlet/internal/throw.h"
#include "microthread/scheduler/internal/dispatch_inl.h"
#include "microthread/scheduler/internal/invariants.h"
#include "microthread/scheduler/internal/remote.h"

MICROTHREAD_NAMESPACE_BEGIN
namespace internal {
namespace {

// A receiver's end, or that nobody may wait any more.
[[noreturn]] void ThrowClosed(Thread& thread, const ChannelCore& channel,
                              int32_t direction) {
  if (channel.finished && direction == kReceiving) {
    Rethrow(EndOfChannelError(channel));
  }
  Throw(ChannelClosedError(
      DescribeItem(CurrentItem(thread)) +
      (direction == kReceiving ? " cannot receive on " : " cannot send on ") +
      DescribeChannel(channel) +
      (channel.finished ? ": it is finished; send before Finish() is called"
                        : ": it is closed, and nobody waits at the other side; "
                          "use Open(), or come before it is closed")));
}

// Hands over what `from` sends to a receiver: the value to its slot `to`, or an
// exception. Returns the exception.
std::exception_ptr HandOver(const Item& sender, void* from, void* to,
                            MoveFunction move) {
  if ((sender.flags & kItemSendsError) != 0) {
    return std::move(*static_cast<std::exception_ptr*>(from));
  }
  move(from, to);
  return nullptr;
}

// A partner of another thread goes on there; the caller does not switch.
void MeetPartner(Thread& thread, ChannelCore& channel, int32_t direction,
                 void* slot, MoveFunction move, QueueLock& lock) {
  Item& me = CurrentItem(thread);
  Item& partner = *channel.head();
  const bool foreign = IsForeign(thread, partner);
  Handover handover = Handover::kNone;
  if (!foreign) {
    handover =
        direction == kSending ? channel.sender_meets : channel.receiver_meets;
  }
  if (handover != Handover::kNone && thread.scheduler->switch_trap != 0) {
    lock.Unlock();
    RequireNoTrap(thread);
  }
  channel.Remove(thread, partner);
  lock.Unlock();
  std::exception_ptr error = direction == kSending
                                 ? HandOver(me, slot, partner.slot, move)
                                 : HandOver(partner, partner.slot, slot, move);
  if (!MustBeThrown(error)) error = nullptr;
  std::exception_ptr for_partner;
  if (direction == kSending) for_partner = std::exchange(error, nullptr);
  if (foreign) {
    LetRun(thread, partner, std::move(for_partner));
  } else {
    if (for_partner != nullptr) SetError(partner, std::move(for_partner));
    Resume<Path::kBook>(thread, CurrentItem(thread), partner, handover);
  }
  CheckInvariants(thread);
  if (error != nullptr) Rethrow(std::move(error));
}

}  // namespace

MICROTHREAD_COLD void Meet(Thread& thread, ChannelCore& channel,
                           int32_t direction, void* slot, MoveFunction move) {
  AttendIfNeeded(thread);
  if ((thread.attention.load() & kAttentionChannelCallback) != 0) {
    TellChannelCallback(thread, channel, direction);
  }
  const bool trapped = thread.scheduler->switch_trap != 0 ||
                       (CurrentItem(thread).flags & kItemBlockTrap) != 0;
  // Who is not trapped needs no second look. Who is, and then is not refused
  // after all, may meet a partner that has come between the two.
  for (bool may_wait = !trapped;; may_wait = true) {
    QueueLock lock(thread, channel);
    if (channel.balance() * direction < 0) {
      MeetPartner(thread, channel, direction, slot, move, lock);
      return;
    }
    const bool closed = channel.closing != 0;
    if (may_wait && !closed) {
      CurrentItem(thread).slot = slot;
      WaitIn(thread, channel, direction, lock);
      return;
    }
    lock.Unlock();
    RequireNoBlockTrap(thread, channel, direction);
    if (closed) ThrowClosed(thread, channel, direction);
    RequireMayLeaveRing(thread, &channel, direction);
  }
}

void SendException(ChannelCore& channel, std::exception_ptr error) {
  RequireException(error, channel, DescribeChannel);
  Thread& thread = SchedulingThread();
  // Taken off by the sender itself, whatever becomes of it.
  struct Mark {
    explicit Mark(Item& me) : sender(me) { sender.flags |= kItemSendsError; }
    ~Mark() { sender.flags &= ~kItemSendsError; }
    Item& sender;
  } mark(CurrentItem(thread));
  Meet(thread, channel, kSending, &error, nullptr);
}

}  // namespace internal
MICROTHREAD_NAMESPACE_END
