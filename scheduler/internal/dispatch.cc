// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// The operations of the scheduler that are rare, and the rare halves of those
// that are not.

#include <cstdio>
#include <exception>
#include <string>
#include <utility>

#include "microthread/greenlet/internal/greenlet_record.h"
#include "microthread/greenlet/internal/terminate_report.h"
#include "microthread/greenlet/internal/throw.h"
#include "microthread/scheduler/error.h"
#include "microthread/scheduler/internal/dispatch_inl.h"
#include "microthread/scheduler/internal/hooks.h"
#include "microthread/scheduler/internal/invariants.h"
#include "microthread/scheduler/internal/joiners.h"
#include "microthread/scheduler/internal/limit.h"
#include "microthread/scheduler/internal/scheduler_state.h"

MICROTHREAD_NAMESPACE_BEGIN
namespace internal {
namespace {

void RequireRunnable(const Item& item) {
  if (item.blocked != 0) {
    Throw(TaskletBlockedError(
        DescribeItem(item) + " cannot be run: it is " + DescribeState(item) +
        "; give it what it waits for, or use Kill or Throw"));
  }
  if (!item.alive()) {
    Throw(DeadTaskletError(DescribeItem(item) +
                           " cannot be run: it has ended or was never given a "
                           "function; use Bind first"));
  }
}

}  // namespace

MICROTHREAD_COLD Thread& AttachScheduler() {
  Thread& thread = CurrentThread();
  auto* scheduler = new Scheduler(thread);
  Item& main = *scheduler->main;
  // The thread's own strand becomes that of the main item.
  static_cast<Strand&>(main) = thread.own;
  if (main.root != nullptr) main.root->strand = &main;
  main.flags = kItemMain | kItemAlive;
  main.context.resume_at = reinterpret_cast<void*>(&microthread_entry);
  main.next = main.prev = &main;
  main.AddReference(thread.token);  // the ring's
  thread.current = &main;
  thread.scheduler = scheduler;
  thread.end_scheduler = &EndScheduler;
  AskNewThread(thread);
  return thread;
}

void EndScheduler(Thread& thread) {
  ForgetRunningItem(thread);
  EndAllItems(thread, "its thread");
  Scheduler* scheduler = std::exchange(thread.scheduler, nullptr);
  Item& main = *scheduler->main;
  thread.own = static_cast<Strand&>(main);
  if (thread.own.root != nullptr) thread.own.root->strand = &thread.own;
  thread.current = &thread.own;
  main.flags &= ~kItemAlive;
  main.context = Context();
  main.next = main.prev = nullptr;
  main.root = main.current = nullptr;
  if (main.DropReference(thread.token)) main.Unreferenced();  // the ring's
  delete scheduler;
}

Item& Fallback(Thread& thread) {
  const Scheduler& scheduler = *thread.scheduler;
  return scheduler.watchers.empty() ? *scheduler.main
                                    : *scheduler.watchers.back();
}

MICROTHREAD_COLD void Attend(Thread& thread) {
  CheckInvariants(thread);
  if ((thread.attention.load() & kAttentionInbox) != 0) DrainInbox(thread);
  Item& me = CurrentItem(thread);
  if ((me.flags & kItemDeferred) != 0 && !RunningCodeIsShielded(thread) &&
      !IsShielded(me)) {
    Rethrow(TakeDeferred(thread, me));
  }
}

int ChangeSwitchTrap(Thread& thread, int delta) {
  const int before = thread.scheduler->switch_trap;
  thread.scheduler->switch_trap = before + delta;
  if (before + delta != 0) {
    thread.RequestAttention(kAttentionSwitchTrap);
  } else {
    thread.ClearAttention(kAttentionSwitchTrap);
  }
  return before;
}

void RequireNoTrap(Thread& thread) {
  if (thread.scheduler->switch_trap == 0) return;
  Throw(SwitchTrapError(
      DescribeItem(CurrentItem(thread)) +
      " would switch to another tasklet, but the thread's switch trap is at " +
      std::to_string(thread.scheduler->switch_trap) +
      ": do not block or schedule here, or lower the trap first"));
}

MICROTHREAD_COLD void ScheduleByTheBook(Thread& thread) {
  Attend(thread);
  Item& me = CurrentItem(thread);
  if (me.next != &me) {
    RequireNoTrap(thread);
  } else if (thread.limit == nullptr || !thread.limit->soft_pending) {
    return;
  }
  GiveControl<Path::kBook>(thread, me, *me.next);
}

MICROTHREAD_COLD Item& BeforeSwitch(Thread& thread, Item& me, Item& next,
                                    Handover handover) {
  Item* to =
      handover == Handover::kPartner ? &next : &InterruptSoftly(thread, next);
  if (!to->started()) to = &StartOrPassOver(thread, *to);
  if (to == &me) return me;
  RestartSlice(thread);
  // Whatever the callback does to the ring, it finds its head there.
  thread.current = to;
  CheckInvariants(thread);
  if ((thread.attention.load() & kAttentionScheduleCallback) != 0) {
    WithSwitchTrap trap(thread);
    hooks.before_switch.load()(me, *to);
  }
  return *to;
}

MICROTHREAD_COLD void SwitchItemsByTheBook(Thread& thread, Item& me, Item& next,
                                           Handover handover) {
  Item* to = &next;
  if (thread.needs_attention()) {
    to = &BeforeSwitch(thread, me, next, handover);
  }
  SwitchItems(thread, me, *to);
}

MICROTHREAD_COLD void Land(Item& me) {
  if ((me.flags & kItemReleaseWaiting) != 0) {
    me.flags &= ~kItemReleaseWaiting;
    // Destroying it may unwind an item, and so switch.
    Ref<Item> release = std::move(me.thread->scheduler->release);
  }
  if ((me.flags & kItemErrorWaiting) != 0) {
    me.flags &= ~kItemErrorWaiting;
    Rethrow(std::exchange(me.error, nullptr));
  }
}

MICROTHREAD_COLD void PrepareToLeaveRing(Thread& thread, const WaitQueue* queue,
                                         int32_t direction) {
  Item& me = CurrentItem(thread);
  if (me.next != &me) {
    RequireNoTrap(thread);
    return;
  }
  Item& heir = Fallback(thread);
  if (queue == nullptr && &heir == &me) return;
  if (&heir == &me || heir.blocked != 0) {
    Throw(DeadlockError(
        "deadlock: " + DescribeItem(me) + " cannot go on " +
        (queue == nullptr ? "pausing" : queue->Describe(direction)) +
        ": no other tasklet of this thread can run" +
        (&heir == &me
             ? ""
             : ", and " + DescribeItem(heir) + " is " + DescribeState(heir)) +
        "; let the other side run first"));
  }
  RequireNoTrap(thread);
  Append(thread, heir);
}

void PauseCurrent(Thread& thread, Item& next) {
  Item& me = CurrentItem(thread);
  // If nobody else refers to it, it ends as soon as it has been left.
  thread.scheduler->release = Ref<Item>::Adopt(&me);
  next.flags |= kItemReleaseWaiting;
  Pause(thread, me);
}

void RequireOwnThread(const Item& target, const char* operation) {
  if (target.thread == current_thread) [[likely]]
    return;
  Throw(WrongThreadError(DescribeItem(target) +
                         " belongs to another thread: " + operation +
                         " works only on the thread that made the tasklet"));
}

void RunItem(Item& target, bool pause_caller) {
  Thread& thread = SchedulingThread();
  RequireOwnThread(target, pause_caller ? "Switch" : "Run");
  AttendIfNeeded(thread);
  RequireRunnable(target);
  Item& me = CurrentItem(thread);
  if (&target == &me) return;
  RequireNoTrap(thread);
  MakeRunnable(thread, target);
  if (pause_caller) PauseCurrent(thread, target);
  GiveControl<Path::kBook>(thread, me, target);
}

void InsertItem(Item& target) {
  Thread& thread = SchedulingThread();
  RequireOwnThread(target, "Insert");
  RequireRunnable(target);
  MakeRunnable(thread, target);
  CheckInvariants(thread);
}

void RemoveItem(Item& target) {
  Thread& thread = SchedulingThread();
  RequireOwnThread(target, "Remove");
  if (target.blocked != 0) {
    Throw(TaskletBlockedError(
        DescribeItem(target) + " cannot be removed: it is " +
        DescribeState(target) + " and not in the ring; use Kill or Throw"));
  }
  if (&target == &CurrentItem(thread)) {
    Throw(CurrentTaskletError(DescribeItem(target) +
                              " cannot remove itself: use ScheduleRemove"));
  }
  if (!target.linked()) return;
  Pause(thread, target);
  if (target.DropReference(thread.token)) target.Unreferenced();
  CheckInvariants(thread);
}

void ThrowIntoItem(Item& target, std::exception_ptr error, bool is_exit,
                   bool pending) {
  Thread& thread = SchedulingThread();
  RequireOwnThread(target, is_exit ? "Kill" : "Throw");
  AttendIfNeeded(thread);
  Item& me = CurrentItem(thread);
  if (&target == &me) Rethrow(std::move(error));
  if (!target.alive()) {
    if (is_exit || IsExit(error)) return;
    Throw(DeadTaskletError("cannot throw into " + DescribeItem(target) +
                           ": it has ended or was never given a function"));
  }
  const bool shielded = IsShielded(target);
  if (!pending && !(shielded && target.blocked != 0)) {
    RequireNoTrap(thread);
  }
  if (!shielded) {
    InstallTerminateReport();
    SetError(target, std::move(error));
  } else {
    Defer(thread, target, std::move(error));
    if (target.blocked != 0) return;  // it needs what it waits for
  }
  MakeRunnable(thread, target);
  if (!pending) GiveControl<Path::kBook>(thread, me, target);
  CheckInvariants(thread);
}

void JoinItem(Item& target) {
  Thread& thread = SchedulingThread();
  RequireOwnThread(target, "Join");
  AttendIfNeeded(thread);
  Item& me = CurrentItem(thread);
  if (&target == &me) {
    Throw(CurrentTaskletError(DescribeItem(target) +
                              " cannot join itself: it would wait for ever"));
  }
  if (target.is_main()) {
    Throw(MainTaskletError(DescribeItem(target) +
                           " cannot be joined: it ends with its thread"));
  }
  if (!target.alive()) return;
  Ref<Item> hold(&target);
  if (target.joiners == nullptr) target.joiners = new Joiners(target);
  RequireNoBlockTrap(me, *target.joiners, -1);
  PrepareToLeaveRing(thread, target.joiners, -1);
  Block<Path::kBook>(thread, *target.joiners, -1, [] {});
}

MICROTHREAD_COLD void ThrowBlockTrap(const Item& me, const WaitQueue& queue,
                                     int32_t direction) {
  Throw(BlockTrapError(DescribeItem(me) + " would wait, " +
                       queue.Describe(direction) +
                       ", but its block trap is set: make sure that the other "
                       "side waits already, or clear the trap"));
}

}  // namespace internal
MICROTHREAD_NAMESPACE_END
