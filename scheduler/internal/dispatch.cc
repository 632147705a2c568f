// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// The operations of the scheduler that are rare, and the rare halves of those
// that are not.

#include <cstdio>
#include <exception>
#include <memory>
#include <string>
#include <utility>

#include "microthread/greenlet/internal/greenlet_record.h"
#include "microthread/greenlet/internal/terminate_report.h"
#include "microthread/greenlet/internal/throw.h"
#include "microthread/scheduler/error.h"
#include "microthread/scheduler/internal/dispatch_inl.h"
#include "microthread/scheduler/internal/hooks.h"
#include "microthread/scheduler/internal/idle.h"
#include "microthread/scheduler/internal/invariants.h"
#include "microthread/scheduler/internal/joiners.h"
#include "microthread/scheduler/internal/limit.h"
#include "microthread/scheduler/internal/remote.h"
#include "microthread/scheduler/internal/scheduler_state.h"

MICROTHREAD_NAMESPACE_BEGIN
namespace internal {
namespace {

void RequireRunnable(const Item& item) {
  if (item.waits()) {
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

[[noreturn]] void ThrowDeadlock(Thread& thread, const WaitQueue* queue,
                                int32_t direction) {
  const Item& me = CurrentItem(thread);
  const Item& heir = Fallback(thread);
  Throw(DeadlockError(
      "deadlock: " + DescribeItem(me) + " cannot go on " +
      (queue == nullptr ? "pausing" : queue->Describe(direction)) +
      ": no other tasklet of this thread can run" +
      (&heir == &me
           ? ""
           : ", and " + DescribeItem(heir) + " is " + DescribeState(heir)) +
      "; let the other side run first"));
}

// The fallback, if it is paused and so can go on; or null.
Item* FloatingFallback(Thread& thread) {
  Item& heir = Fallback(thread);
  return &heir == &CurrentItem(thread) || heir.linked() ? nullptr : &heir;
}

// Undoes LeaveRing() for an item that was alone.
void StayInRing(Thread& thread, Item& me) {
  me.next = me.prev = &me;
  thread.current = &me;
}

}  // namespace

constinit thread_local Thread* scheduling_thread = nullptr;

Scheduler::~Scheduler() {
  while (spare != nullptr) delete std::exchange(spare, spare->next.load());
}

MICROTHREAD_COLD Thread& AttachScheduler() {
  Thread& thread = CurrentThread();
  auto* scheduler = new Scheduler(thread);
  Item& main = *scheduler->main;
  // The thread's own strand becomes that of the main item.
  main.TakeOver(thread.own);
  main.Extras().name = thread.own.name();
  if (main.root != nullptr) main.root->strand = &main;
  main.flags = kItemMain | kItemAlive;
  main.context.resume_at = reinterpret_cast<void*>(&microthread_entry);
  main.next = main.prev = &main;
  main.AddReference(thread.token);  // the ring's
  thread.current = &main;
  thread.scheduler = scheduler;
  scheduling_thread = &thread;
  thread.end_scheduler = &EndScheduler;
  WatchThreadEnds();
  AskNewThread(thread);
  return thread;
}

void EndScheduler(Thread& thread) {
  ForgetRunningItem(thread);
  EndAllItems(thread, "its thread");
  for (const Item* refused : StartedItems(thread)) refused->stack->ForgetUser();
  Scheduler* scheduler = std::exchange(thread.scheduler, nullptr);
  scheduling_thread = nullptr;
  Item& main = *scheduler->main;
  thread.own.TakeOver(main);
  if (thread.own.root != nullptr) thread.own.root->strand = &thread.own;
  thread.current = &thread.own;
  main.flags &= ~kItemAlive;
  main.context = Context();
  main.next = main.prev = nullptr;
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
  if (to == &me) {
    LandIfNeeded(me);
  } else {
    SwitchItems(thread, me, *to);
  }
}

MICROTHREAD_COLD void Land(Item& me) {
  if ((me.flags & kItemReleaseWaiting) != 0) {
    me.flags &= ~kItemReleaseWaiting;
    // Destroying it may unwind an item, and so switch.
    Thread& thread = ThreadOf(me.home);
    Ref<Item> release = std::move(thread.scheduler->release);
  }
  if ((me.flags & kItemErrorWaiting) != 0) {
    me.flags &= ~kItemErrorWaiting;
    Rethrow(std::exchange(me.error, nullptr));
  }
}

void MakeRunnable(Thread& thread, Item& item) {
  if (!item.linked()) {
    Append(thread, item);
    return;
  }
  if (TakeOutOfQueue(thread, item)) {
    LinkBefore(item, CurrentItem(thread));
  } else {
    AwaitArrival(thread, item);
  }
}

Item* LeaveRing(Thread& thread) {
  Item& me = CurrentItem(thread);
  Item* next = me.next;
  if (next == &me) {
    Item* heir = FloatingFallback(thread);
    const bool sleeps = heir != nullptr && (heir->flags & kItemBlocksThread);
    next = sleeps ? nullptr : heir;
    if (next != nullptr) Append(thread, *next);
  }
  Unlink(me);
  me.next = me.prev = nullptr;
  return next;
}

Item* WhoGoesOn(Thread& thread) {
  if (Item* next = WaitForWork(thread)) return next;
  Item* heir = FloatingFallback(thread);
  if (heir != nullptr) LinkAlone(thread, *heir);
  return heir;
}

void PauseCurrent(Thread& thread, Item& next) {
  Item& me = CurrentItem(thread);
  thread.scheduler->release = Ref<Item>::Adopt(&me);
  next.flags |= kItemReleaseWaiting;
  Pause(thread, me);
}

void PauseUntilInserted() {
  Thread& thread = SchedulingThread();
  AttendIfNeeded(thread);
  Item& me = CurrentItem(thread);
  if (me.next == &me && &Fallback(thread) == &me) return;
  RequireMayLeaveRing(thread, nullptr, 0);
  Item* next = LeaveRing(thread);
  --thread.scheduler->linked;
  if (next == nullptr) next = WhoGoesOn(thread);
  if (next == nullptr) {
    StayInRing(thread, me);
    ++thread.scheduler->linked;
    ThrowDeadlock(thread, nullptr, 0);
  }
  thread.scheduler->release = Ref<Item>::Adopt(&me);
  next->flags |= kItemReleaseWaiting;
  GiveControl<Path::kBook>(thread, me, *next);
}

void RequireMayLeaveRing(Thread& thread, const WaitQueue* queue,
                         int32_t direction) {
  if (thread.scheduler->switch_trap == 0) return;
  const Item& me = CurrentItem(thread);
  const bool would_sleep =
      me.next == &me && FloatingFallback(thread) == nullptr;
  if (would_sleep && !HelpMayCome(thread)) {
    ThrowDeadlock(thread, queue, direction);
  }
  RequireNoTrap(thread);
}

void RequireNoBlockTrap(Thread& thread, const WaitQueue& queue,
                        int32_t direction) {
  const Item& me = CurrentItem(thread);
  if ((me.flags & kItemBlockTrap) == 0) return;
  Throw(BlockTrapError(DescribeItem(me) + " would wait, " +
                       queue.Describe(direction) +
                       ", but its block trap is set: make sure that the other "
                       "side waits already, or clear the trap"));
}

void WaitIn(Thread& thread, WaitQueue& queue, int32_t direction,
            QueueLock& lock) {
  Item& me = CurrentItem(thread);
  Item* next = LeaveRing(thread);
  queue.Push(me, direction);
  lock.Unlock();
  while (next == nullptr) {
    next = WhoGoesOn(thread);
    if (next != nullptr) break;
    if (!TakeOutOfQueue(thread, me)) continue;  // somebody has come after all
    StayInRing(thread, me);
    break;
  }
  if (next == nullptr) ThrowDeadlock(thread, &queue, direction);
  GiveControl<Path::kBook>(thread, me, *next);
}

void RequireOwnThread(const Item& target, const char* operation) {
  if (target.home == current_token) return;
  Throw(WrongThreadError(DescribeItem(target) +
                         " belongs to another thread: " + operation +
                         " works only on the thread of the tasklet"));
}

void RunItem(Item& target, bool pause_caller) {
  Thread& thread = SchedulingThread();
  if (pause_caller) RequireOwnThread(target, "Switch");
  AttendIfNeeded(thread);
  RequireRunnable(target);
  if (IsForeign(thread, target)) {
    PostRequest(target, Request::kRun);
    return;
  }
  Item& me = CurrentItem(thread);
  if (&target == &me) return;
  RequireNoTrap(thread);
  MakeRunnable(thread, target);
  if (pause_caller) PauseCurrent(thread, target);
  GiveControl<Path::kBook>(thread, me, target);
}

void InsertItem(Item& target) {
  Thread& thread = SchedulingThread();
  RequireRunnable(target);
  if (IsForeign(thread, target)) {
    PostRequest(target, Request::kInsert);
  } else {
    MakeRunnable(thread, target);
  }
  CheckInvariants(thread);
}

void RemoveItem(Item& target) {
  Thread& thread = SchedulingThread();
  if (target.waits()) {
    Throw(TaskletBlockedError(
        DescribeItem(target) + " cannot be removed: it is " +
        DescribeState(target) + " and not in the ring; use Kill or Throw"));
  }
  if (IsForeign(thread, target)) {
    PostRequest(target, Request::kRemove);
    return;
  }
  if (&target == &CurrentItem(thread)) {
    Throw(CurrentTaskletError(DescribeItem(target) +
                              " cannot remove itself: use ScheduleRemove"));
  }
  AwaitArrival(thread, target);
  if (!target.linked()) return;
  Pause(thread, target);
  if (target.DropReference(thread.token)) target.Unreferenced();
  CheckInvariants(thread);
}

[[noreturn]] void ThrowDead(const Item& target) {
  Throw(DeadTaskletError("cannot throw into " + DescribeItem(target) +
                         ": it has ended or was never given a function"));
}

void ThrowIntoItem(Item& target, std::exception_ptr error, bool is_exit,
                   bool pending) {
  Thread& thread = SchedulingThread();
  AttendIfNeeded(thread);
  if (IsForeign(thread, target)) {
    ThrowIntoForeignItem(thread, target, std::move(error), is_exit);
    return;
  }
  Item& me = CurrentItem(thread);
  if (&target == &me) Rethrow(std::move(error));
  if (!target.alive()) {
    if (is_exit || IsExit(error)) return;
    ThrowDead(target);
  }
#if !MICROTHREAD_EXCEPTIONS
  if (target.started() && (is_exit || IsExit(error))) {
    AbandonItem(thread, target);
    return;
  }
#endif
  const bool shielded = IsShielded(target);
  // One that waits in the middle of unwinding needs what it waits for.
  const bool stays = shielded && target.waits();
  if (!pending && !stays) RequireNoTrap(thread);
  if (shielded) Defer(thread, target, std::move(error));
  if (stays) return;
  MakeRunnable(thread, target);
  if (!shielded) {
    InstallTerminateReport();
    SetError(target, std::move(error));
  }
  if (!pending) GiveControl<Path::kBook>(thread, me, target);
  CheckInvariants(thread);
}

Ref<Item> NextOf(const Item& item) {
  WaitLock lock(CurrentThread(), item);
  const bool visible =
      lock.queue() != nullptr || (item.home == current_token && item.linked());
  return Ref<Item>(visible ? item.next.load() : nullptr);
}

Ref<Item> PrevOf(const Item& item) {
  WaitLock lock(CurrentThread(), item);
  const bool visible =
      lock.queue() != nullptr || (item.home == current_token && item.linked());
  return Ref<Item>(visible ? item.prev.load() : nullptr);
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
  std::unique_ptr<Joiners>& joiners = target.Extras().joiners;
  if (joiners == nullptr) joiners = std::make_unique<Joiners>(target);
  RequireNoBlockTrap(thread, *joiners, -1);
  RequireMayLeaveRing(thread, joiners.get(), -1);
  QueueLock lock(thread, *joiners);
  WaitIn(thread, *joiners, -1, lock);
}

}  // namespace internal
MICROTHREAD_NAMESPACE_END
