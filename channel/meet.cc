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

void MeetPartner(Thread& thread, ChannelCore& channel, int32_t direction,
                 void* slot, MoveFunction move) {
  const Handover handover = HandoverOf(channel, direction);
  if (handover != Handover::kNone && thread.scheduler->switch_trap != 0) {
    Leave(thread);
    RequireNoTrap(thread);
  }
  Item& me = CurrentItem(thread);
  Item& partner = channel.Pop();
  Leave(thread);
  if (direction == kSending) {
    std::exception_ptr error = HandOver(me, slot, partner.slot, move);
    if (error != nullptr) SetError(partner, std::move(error));
    Resume<Path::kBook>(thread, partner, handover);
    CheckInvariants(thread);
  } else {
    std::exception_ptr error = HandOver(partner, partner.slot, slot, move);
    Resume<Path::kBook>(thread, partner, handover);
    CheckInvariants(thread);
    if (error != nullptr) Rethrow(std::move(error));
  }
}

}  // namespace

MICROTHREAD_COLD void Meet(Thread& thread, ChannelCore& channel,
                           int32_t direction, void* slot, MoveFunction move) {
  AttendIfNeeded(thread);
  if ((thread.attention.load() & kAttentionChannelCallback) != 0) {
    TellChannelCallback(thread, channel, direction);
  }
  Enter(thread, channel);
  if (channel.balance() * direction < 0) {
    MeetPartner(thread, channel, direction, slot, move);
    return;
  }
  Leave(thread);
  Item& me = CurrentItem(thread);
  RequireNoBlockTrap(me, channel, direction);
  if (channel.closing) ThrowClosed(thread, channel, direction);
  PrepareToLeaveRing(thread, &channel, direction);
  Enter(thread, channel);
  me.slot = slot;
  Block<Path::kBook>(thread, channel, direction, [&] { Leave(thread); });
}

void SendException(ChannelCore& channel, std::exception_ptr error) {
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
