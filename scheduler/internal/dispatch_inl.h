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
MICROTHREAD_NOINLINE Item& StartOrPassOver(Thread& thread, Item& item);

// What an item does on getting control, if a flag says that there is something:
// releases what the switch left over, and throws the error that waits.
MICROTHREAD_COLD void Land(Item& me);

MICROTHREAD_ALWAYS_INLINE void LandIfNeeded(Item& me) {
  if ((me.flags & kItemLanding) != 0) [[unlikely]]
    Land(me);
}

// Gives control to `to`, a member of the ring that has started; `me` has been
// put where it shall be. Returns when `me` is given control again, or throws
// the error that waits for it then.
MICROTHREAD_ALWAYS_INLINE void SwitchToStarted(Thread& thread, Item& me,
                                               Item& to) {
  thread.current = &to;
  SwitchStacks(
      thread, me.context, to.context, [&] { return StackInUse(me); },
      [&] { return StackInUse(to); });
  LandIfNeeded(me);
}

// The same with `next`, which may yet have to be started; it is not `me`.
MICROTHREAD_ALWAYS_INLINE void SwitchItems(Thread& thread, Item& me,
                                           Item& next) {
  Item* to = &next;
  if (next.started() || (to = &StartOrPassOver(thread, next)) != &me)
      [[likely]] {
    SwitchToStarted(thread, me, *to);
  } else {
    LandIfNeeded(me);
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
    if (handover == Handover::kPartner) {
      SwitchToStarted(thread, me, next);  // it has waited
    } else {
      SwitchItems(thread, me, next);
    }
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
  Item& next = *me.next;
  if (&next != &me) SwitchItems(thread, me, next);
}

// Lets the running item `me` wait in `queue`, which has been entered and is
// left by `leave_queue` before control moves to `next`, the next in the ring
// and somebody else. (Whatever the caller knows is not read again: reading back
// what was written a moment ago is what the time goes into.)
template <class LeaveQueue>
MICROTHREAD_ALWAYS_INLINE void Block(Thread& thread, Item& me, Item& next,
                                     WaitQueue& queue, int32_t direction,
                                     LeaveQueue leave_queue) {
  MakeNeighbors(*me.prev, next);
  queue.Push(me, direction);
  leave_queue();
  SwitchItems(thread, me, next);
}

// The same by the book, in three steps. Throws BlockTrapError.
void RequireNoBlockTrap(Thread& thread, const WaitQueue& queue,
                        int32_t direction);

// Throws SwitchTrapError; or DeadlockError if the running item is alone in the
// ring, and nobody can come. `queue` is where it wants to wait; null: it
// pauses.
void RequireMayLeaveRing(Thread& thread, const WaitQueue* queue,
                         int32_t direction);

// Waits; `lock` is left before control moves. Throws DeadlockError if nobody is
// left who could come.
void WaitIn(Thread& thread, WaitQueue& queue, int32_t direction,
            QueueLock& lock);

// The running item leaves the ring, and is in no list then. Returns who is next
// in the ring; if it was alone, the fallback, which is in the ring from now on;
// null: that waits, too.
Item* LeaveRing(Thread& thread);

// The same after LeaveRing() has returned null: sleeps until somebody can run.
// Null: nobody ever will.
Item* WhoGoesOn(Thread& thread);

// Lets `partner`, which has been taken out of its queue and has its value, go
// on.
template <Path path = Path::kShort>
MICROTHREAD_ALWAYS_INLINE void Resume(Thread& thread, Item& me, Item& partner,
                                      Handover handover) {
  if (handover == Handover::kPartner) {
    LinkAfter(partner, me);
    GiveControl<path>(thread, me, partner, handover);
    return;
  }
  LinkBefore(partner, me);
  if (handover == Handover::kNext) GiveControl<path>(thread, me, *me.next);
}

// Takes the running item out of the ring; control must go to `next` then. If
// nobody else refers to the item, it ends as soon as it has been left.
void PauseCurrent(Thread& thread, Item& next);

// schedule_remove() of Stackless.
void PauseUntilInserted();

// The operations on other items that are not in anybody's inner loop.
void RunItem(Item& target, bool pause_caller);
void InsertItem(Item& target);
void RemoveItem(Item& target);
void ThrowIntoItem(Item& target, std::exception_ptr error, bool is_exit,
                   bool pending);
void JoinItem(Item& target);

// Makes an item that has not started one of the calling thread's.
void MoveItemHere(Item& target);

// The neighbors of an item in the ring or in its queue; null if it has none, or
// if it stands in the ring of another thread.
Ref<Item> NextOf(const Item& item);
Ref<Item> PrevOf(const Item& item);

// Throws WrongThreadError.
void RequireOwnThread(const Item& target, const char* operation);

}  // namespace internal
MICROTHREAD_NAMESPACE_END

#endif  // MICROTHREAD_SCHEDULER_INTERNAL_DISPATCH_INL_H_
