// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// Giving control to another item, and the operations built on it that must be
// fast: the scheduler's own and those that wait queues need. They are compiled
// into the caller; whatever is rare lies in dispatch.cc.
//
// The order of the steps is the law of the model: what could refuse is tested
// before anything is changed, links are changed before control moves, and no
// code of the user runs in between.

#ifndef MICROTHREAD_SCHEDULER_INTERNAL_DISPATCH_INL_H_
#define MICROTHREAD_SCHEDULER_INTERNAL_DISPATCH_INL_H_

#include <cstdint>

#include "microthread/greenlet/config.h"
#include "microthread/greenlet/internal/greenlet_inl.h"
#include "microthread/greenlet/internal/switch_inl.h"
#include "microthread/greenlet/internal/thread.h"
#include "microthread/scheduler/internal/item.h"
#include "microthread/scheduler/internal/scheduler_state.h"
#include "microthread/scheduler/internal/wait_queue.h"

MICROTHREAD_NAMESPACE_BEGIN
namespace internal {

// Does what the attention word asks for, and throws what waits for the running
// item.
MICROTHREAD_COLD void Attend(Thread& thread);

// What every operation that may switch does first: one test of one word. Those
// that have a short path leave it if anything is asked for.
MICROTHREAD_ALWAYS_INLINE void AttendIfNeeded(Thread& thread) {
  if (thread.needs_attention()) [[unlikely]]
    Attend(thread);
}

// Throws SwitchTrapError if switches are trapped.
void RequireNoTrap(Thread& thread);

// Gives an item its stack. If there is none the item ends without having run,
// and its heir is tried, and so on: returns one that can be resumed.
MICROTHREAD_COLD Item& StartOrPassOver(Thread& thread, Item& item);

// What an item does on getting control, if a flag says that there is something:
// releases what the switch left over, and throws the error that waits.
MICROTHREAD_COLD void Land(Item& me);

// Who gets control when two have met.
enum class Handover { kNone, kPartner, kNext };

// Gives control to `next`, a member of the ring; `me` has been put where it
// shall be. Returns when `me` is given control again, or throws the error that
// waits for it then.
MICROTHREAD_ALWAYS_INLINE void SwitchItems(Thread& thread, Item& me,
                                           Item& next) {
  Item* to = &next;
  if (!to->started()) [[unlikely]] {
    to = &StartOrPassOver(thread, *to);
  }
  if (to != &me) [[likely]] {
    thread.current = to;
    SwitchStacks(
        thread, me.context, to->context, [&] { return StackInUse(me); },
        [&] { return StackInUse(*to); });
  }
  if ((me.flags & kItemLanding) != 0) [[unlikely]] {
    Land(me);
  }
}

// The same by the book, with what somebody wants to be done before a switch.
MICROTHREAD_COLD void SwitchItemsByTheBook(Thread& thread, Item& me, Item& next,
                                           Handover handover);

// What somebody wants to be done before `me` loses control to `next`. Returns
// who gets it.
MICROTHREAD_COLD Item& BeforeSwitch(Thread& thread, Item& me, Item& next,
                                    Handover handover);

// Which of the two an operation takes.
enum class Path { kShort, kBook };

template <Path path>
MICROTHREAD_ALWAYS_INLINE void GiveControl(
    Thread& thread, Item& me, Item& next,
    [[maybe_unused]] Handover handover = Handover::kNext) {
  if constexpr (path == Path::kShort) {
    SwitchItems(thread, me, next);
  } else {
    SwitchItemsByTheBook(thread, me, next, handover);
  }
}

// schedule() of Stackless.
MICROTHREAD_COLD void ScheduleByTheBook(Thread& thread);

MICROTHREAD_ALWAYS_INLINE void Schedule() {
  Thread& thread = SchedulingThread();
  if (thread.needs_attention()) [[unlikely]] {
    ScheduleByTheBook(thread);
    return;
  }
  Item& me = CurrentItem(thread);
  if (me.next != &me) SwitchItems(thread, me, *me.next);
}

// Before the running item leaves the ring, by the book. Throws SwitchTrapError;
// or, if it is alone in the ring, puts the fallback into it to go on then, or
// throws DeadlockError if that waits too. `queue` is where the running item
// wants to wait; null: it wants to pause, and stays alone if it is the fallback
// itself.
MICROTHREAD_COLD void PrepareToLeaveRing(Thread& thread, const WaitQueue* queue,
                                         int32_t direction);

[[noreturn]] MICROTHREAD_COLD void ThrowBlockTrap(const Item& me,
                                                  const WaitQueue& queue,
                                                  int32_t direction);

inline void RequireNoBlockTrap(const Item& me, const WaitQueue& queue,
                               int32_t direction) {
  if ((me.flags & kItemBlockTrap) != 0) {
    ThrowBlockTrap(me, queue, direction);
  }
}

// Waits in `queue`, which is to be left by `leave_queue` when it has been
// changed and before control moves. The running item may leave the ring.
template <Path path = Path::kShort, class LeaveQueue>
MICROTHREAD_ALWAYS_INLINE void Block(Thread& thread, WaitQueue& queue,
                                     int32_t direction,
                                     LeaveQueue leave_queue) {
  Item& me = CurrentItem(thread);
  Item& next = *me.next;
  Unlink(me);
  queue.Push(me, direction);
  leave_queue();
  GiveControl<path>(thread, me, next);
}

// Lets `partner`, which has been taken out of its queue and has its value, go
// on.
template <Path path = Path::kShort>
MICROTHREAD_ALWAYS_INLINE void Resume(Thread& thread, Item& partner,
                                      Handover handover) {
  Item& me = CurrentItem(thread);
  if (handover == Handover::kPartner) {
    LinkAfter(partner, me);
    GiveControl<path>(thread, me, partner, handover);
    return;
  }
  LinkBefore(partner, me);
  if (handover == Handover::kNext) GiveControl<path>(thread, me, *me.next);
}

// Takes the running item out of the ring; control must go to `next` then, which
// gives back the ring's reference.
void PauseCurrent(Thread& thread, Item& next);

// The operations on other items that are not in anybody's inner loop.
void RunItem(Item& target, bool pause_caller);
void InsertItem(Item& target);
void RemoveItem(Item& target);
void ThrowIntoItem(Item& target, std::exception_ptr error, bool is_exit,
                   bool pending);
void JoinItem(Item& target);

// Errors that items of another thread get.
void RequireOwnThread(const Item& target, const char* operation);

}  // namespace internal
MICROTHREAD_NAMESPACE_END

#endif  // MICROTHREAD_SCHEDULER_INTERNAL_DISPATCH_INL_H_
