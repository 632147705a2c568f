// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// The life of an item: made, run on its stack, ended, freed. That is one file
// because it is one hot path: an item that ends makes way for the next on the
// same stack, and all of that is compiled into ItemMain().

#include "microthread/scheduler/internal/item.h"

#include <cxxabi.h>

#include <cstdio>
#include <exception>
#include <string>
#include <utility>

#include "microthread/greenlet/internal/greenlet_record.h"
#include "microthread/greenlet/internal/prefetch.h"
#include "microthread/greenlet/internal/throw.h"
#include "microthread/scheduler/error.h"
#include "microthread/scheduler/internal/dispatch_inl.h"
#include "microthread/scheduler/internal/hooks.h"
#include "microthread/scheduler/internal/idle.h"
#include "microthread/scheduler/internal/joiners.h"
#include "microthread/scheduler/internal/limit.h"
#include "microthread/scheduler/internal/remote.h"
#include "microthread/scheduler/internal/scheduler_state.h"
#include "microthread/scheduler/internal/spawn_inl.h"
#include "microthread/scheduler/internal/wait_queue.h"

MICROTHREAD_NAMESPACE_BEGIN
namespace internal {
namespace {

std::exception_ptr TakeError(Item& item) {
  item.flags &= ~kItemErrorWaiting;
  return std::exchange(item.error, nullptr);
}

// A million items are far apart in memory, and so are their stacks: it pays to
// fetch what comes next. (Not where items do not end but go on, nor where all
// of them fit into the nearest cache.)
constexpr size_t kManyItems = 64;

// Puts a dead item, which is as good as new, at the disposal of the next spawn.
MICROTHREAD_ALWAYS_INLINE void KeepForReuse(Thread& thread,
                                            Scheduler& scheduler, Item& item) {
  thread.live_tasklets -= 1;
  item.next = std::exchange(scheduler.spare, &item);
}

std::exception_ptr NoStackError(const Item& item) {
  const ItemExtras* const extras = item.extras_if_any();
  const size_t size = extras == nullptr || extras->stack_size == 0
                          ? kDefaultStackSize
                          : extras->stack_size;
  return std::make_exception_ptr(ResourceExhaustedError(
      DescribeItem(item) + " could not start: no memory for its stack of " +
      std::to_string(size) +
      " bytes; let fewer tasklets live at a time, or raise the limit on "
      "address space"));
}

std::exception_ptr LastEndedError(const Item& waiter) {
  return std::make_exception_ptr(DeadlockError(
      "deadlock: " + DescribeItem(waiter) + " is " + DescribeState(waiter) +
      ", and the last tasklet that could have come has ended: let somebody "
      "come, or do not wait"));
}

// Lets all who wait for the item's end go on.
MICROTHREAD_COLD void ReleaseJoiners(Thread& thread, Item& item) {
  if (item.extras_if_any()->joiners == nullptr) return;
  Joiners& joiners = *item.extras_if_any()->joiners;
  QueueLock lock(thread, joiners);
  while (joiners.head() != nullptr) {
    Item& joiner = *joiners.head();
    joiners.Remove(thread, joiner);
    LetRun(thread, joiner);
  }
}

// The ring is empty because the last item in it has ended: returns who goes on.
MICROTHREAD_COLD Item& HeirOfTheLast(Thread& thread) {
  for (;;) {
    Item& heir = Fallback(thread);
    if (!heir.linked()) {
      thread.current = &heir;
      LinkAlone(thread, heir);
      return heir;
    }
    Item* next = WaitForWork(thread);
    if (next != nullptr) return *next;
    std::exception_ptr error = LastEndedError(heir);
    if (!TakeOutOfQueue(thread, heir)) continue;  // somebody has come after all
    thread.current = &heir;
    heir.next = heir.prev = &heir;
    SetError(heir, std::move(error));
    return heir;
  }
}

// Who gets the error with which an item has ended.
MICROTHREAD_COLD Item& HeirOfError(Thread& thread, Item& failed) {
  Item& heir = Fallback(thread);
  MakeRunnable(thread, heir);
  SetError(heir, std::exchange(failed.error, nullptr));
  return heir;
}

// Takes an item that ends out of the scheduler's books and hands on the control
// that it has. Returns who goes on.
Item& EndItem(Thread& thread, Item& me) {
  me.flags &= ~(kItemAlive | kItemErrorWaiting | kItemBlockTrap | kItemAtomic);
  if (me.extras_if_any() != nullptr) ReleaseJoiners(thread, me);
  Item* heir = me.next;
  if (me.error != nullptr) heir = &HeirOfError(thread, me);
  const bool last = heir == &me;
  Pause(thread, me);
  return last ? HeirOfTheLast(thread) : *heir;
}

// Lets the program see the error with which an item has ended, and change it.
MICROTHREAD_COLD void ShowError(Item& me) {
  auto* on_error = hooks.on_error.load();
  if (on_error == nullptr) return;
  me.error = on_error(std::exchange(me.error, nullptr));
}

// The function has ended by an error, or by an exit: that is null.
MICROTHREAD_COLD void KeepError(Item& me, std::exception_ptr error) {
  me.flags &= ~kItemErrorWaiting;
  me.error = std::move(error);
}

// The function has ended by an error, or ended while one waited.
MICROTHREAD_COLD void SettleError(Item& me) {
  if ((me.flags & kItemErrorWaiting) != 0) {
    TakeError(me);  // too late
  } else {
    ShowError(me);
  }
}

// Calls the function; leaves in `me.error` the exception that came out of it,
// unless that is an exit, or one that waited in vain.
MICROTHREAD_ALWAYS_INLINE void RunBody(Item& me) {
#if MICROTHREAD_EXCEPTIONS
  try {
    if ((me.flags & kItemLanding) != 0) [[unlikely]]
      Land(me);
    me.run();
  } catch (const TaskletExit&) {
    KeepError(me, nullptr);
  } catch (abi::__forced_unwind&) {
    throw;  // The thread is being ended: the C library wants to go on.
  } catch (...) {
    KeepError(me, std::current_exception());
  }
#else
  const bool killed = (me.flags & kItemErrorWaiting) != 0;
  std::exception_ptr error = TakeError(me);
  if ((me.flags & kItemLanding) != 0) Land(me);
  if (!killed) {
    me.run();
    TakeError(me);
  } else if (!IsExit(error)) {
    me.error = std::move(error);
  }
#endif
}

// Of those who come after `heir`, the first will look for its stack soon, and
// the second for itself.
MICROTHREAD_ALWAYS_INLINE void PrefetchFollowers(const Item& heir) {
  const Item& first = *heir.next.load();
  Prefetch(first.context.stack_pointer);
  Prefetch(first.context.stack_pointer, kCacheLine);
  Prefetch(first.stack);
  const Item* const second = first.next;
  for (size_t line = 0; line < sizeof(Item); line += kCacheLine) {
    Prefetch(second, static_cast<intptr_t>(line));
  }
}

void ItemMain(void* argument);

MICROTHREAD_ALWAYS_INLINE void GiveStack(Item& item, Stack* stack) {
  stack->set_user(&item);
  item.stack = stack;
  item.context = NewContext(stack->top(), &ItemMain, &item);
}

// Whether the end of `me` is the usual one: nobody waits for it but `next` in
// the ring, nobody has a handle, and it has nothing that few items have.
MICROTHREAD_ALWAYS_INLINE bool EndsPlainly(const Thread& thread, const Item& me,
                                           const Item& next) {
  if (MICROTHREAD_SANITIZER || &next == &me) return false;
  // One test for both.
  const uintptr_t rarities = reinterpret_cast<uintptr_t>(me.root) |
                             reinterpret_cast<uintptr_t>(me.extras_if_any());
  return rarities == 0 && !thread.needs_attention() &&
         me.HasOneReference(thread.token) && !thread.stacks.look_is_due();
}

// Whether `next`, which has not started, may have the stack of one that ends
// plainly.
MICROTHREAD_ALWAYS_INLINE bool MayInherit(const Thread& thread,
                                          const Item& next) {
  return next.extras_if_any() == nullptr && !thread.stacks.fails_next();
}

struct Departure {
  Item* to;
  Stack* from;
};

// Ends an item in the general case: all but leaving its stack.
MICROTHREAD_NOINLINE Departure EndByTheBook(Item& me) {
  Thread& thread = *scheduling_thread;
  if (me.error != nullptr) SettleError(me);
  me.run.Finish();
  EndStrand(thread, me);
  TakeDeferred(thread, me);  // too late
  Item* heir = &EndItem(thread, me);
  Stack* const stack = std::exchange(me.stack, nullptr);
  stack->ForgetUser();
  if (thread.needs_attention()) {
    heir = &BeforeSwitch(thread, me, *heir, Handover::kNext);
  }
  me.context = Context();
  if (!heir->started()) heir = &StartOrPassOver(thread, *heir);
  thread.current = heir;
  if (me.DropReference(thread.token)) me.Unreferenced();  // the ring's
  thread.stacks.Return(stack);
  return {heir, stack};
}

// The first function on an item's stack, and also that of those who start where
// the one before has just ended: then nothing needs to be switched. Nothing
// that needs a destructor may be alive in its frame when it leaves. (What is
// alive across a call that it makes costs a store in the beginning, so that is
// one variable. And no call may be left without a return: the processor would
// mispredict the next one.)
void ItemMain(void* argument) {
  Item* me = static_cast<Item*>(argument);
#if MICROTHREAD_SANITIZER
  AfterSwitch(*me->stack);
#else
  // Aligns the frames: below its return address and the saved registers, the
  // first locals of an item's function lie in one cache line instead of two.
  alignas(kCacheLine) char line_start;
  asm volatile("" : : "r"(&line_start));
#endif
  for (;;) {
    RunBody(*me);
    if (me->error != nullptr) [[unlikely]]
      break;
    me->run.Finish();
    Thread& thread = *scheduling_thread;
    Item& next = *me->next;
    const bool starts = !next.started();
    if (!EndsPlainly(thread, *me, next) ||
        (starts && !MayInherit(thread, next))) [[unlikely]] {
      break;
    }
    Scheduler& scheduler = *thread.scheduler;
    MakeNeighbors(*me->prev, next);
    --scheduler.linked;
    Stack* const stack = me->stack;
    me->context.resume_at = nullptr;
    thread.current = &next;
    KeepForReuse(thread, scheduler, *me);  // with the ring's reference
    if (scheduler.linked > kManyItems) PrefetchFollowers(next);
    if (!starts) {
      thread.stacks.ReturnWithoutLook(stack);
      LeaveStack(next.context, nullptr, nullptr);
    }
    GiveStack(next, stack);
    me = &next;
  }
  const Departure departure = EndByTheBook(*me);
  LeaveStack(departure.to->context, departure.from, StackInUse(*departure.to));
}

// Returns false if there is no memory for a stack.
bool TakeStack(Thread& thread, Item& item) {
  const ItemExtras* const extras = item.extras_if_any();
  Stack* stack = extras == nullptr ? thread.stacks.Take(0, 0)
                                   : thread.stacks.Take(extras->stack_size,
                                                        extras->guard_size);
  if (stack == nullptr) return false;
  GiveStack(item, stack);
  return true;
}

}  // namespace

bool IsExit(const std::exception_ptr& error) {
  // Without exceptions, an exit that has been taken notice of is null.
  return (!MICROTHREAD_EXCEPTIONS && error == nullptr) ||
         Holds<TaskletExit>(error);
}

#if !MICROTHREAD_EXCEPTIONS
void AbandonItem(Thread& thread, Item& victim) {
  if (victim.is_main()) {
    Die(DescribeItem(victim) +
        " cannot be ended in a build without exceptions: it is the thread's "
        "own code");
  }
  WarnOfAbandoned(DescribeItem(victim));
  Ref<Item> hold(&victim);
  std::erase_if(thread.scheduler->watchers, [&victim](const Ref<Item>& item) {
    return item.get() == &victim;
  });
  DisarmLimit(thread, victim);
  MakeRunnable(thread, victim);
  victim.error = nullptr;
  EndItem(thread, victim);
  TakeDeferred(thread, victim);
  if (victim.current != victim.root) AskToEnd(thread, *victim.current);
  thread.stacks.Return(std::exchange(victim.stack, nullptr));
  victim.context = Context();
  victim.run.Reset();
  EndStrand(thread, victim);
  if (victim.DropReference(thread.token)) victim.Unreferenced();  // the ring's
}
#endif

void ForgetRunningItem(Thread& thread) {
  Item& gone = CurrentItem(thread);
  Item& main = *thread.scheduler->main;
  if (&gone == &main) return;
  thread.scheduler->watchers.clear();
  thread.limit = nullptr;
  thread.ClearAttention(kAttentionLimit);
  MakeRunnable(thread, main);
  if (gone.current != gone.root) {
    // Only a greenlet of the tasklet is gone; the tasklet itself waits in the
    // switch to it, and can be unwound from there.
    gone.context = gone.root->context;
    ForgetRunning(thread, std::make_exception_ptr(TaskletExit()));
    thread.current = &main;
    ThrowWithoutThrowing(thread, gone);
    return;
  }
  EndStrand(thread, gone);
  gone.flags &= ~kItemAlive;
  TakeDeferred(thread, gone);
  Pause(thread, gone);
  thread.stacks.Return(std::exchange(gone.stack, nullptr));
  gone.context = Context();
  thread.current = &main;
  if (gone.DropReference(thread.token)) gone.Unreferenced();
}

ItemExtras::ItemExtras() = default;
ItemExtras::~ItemExtras() = default;

MICROTHREAD_COLD void Item::FreeExtras() {
  delete extras_if_any();
  extras.store(nullptr, std::memory_order_relaxed);
}

ItemExtras& Item::Extras() {
  if (extras_if_any() == nullptr) {
    extras.store(new ItemExtras(), std::memory_order_release);
  }
  return *extras_if_any();
}

constexpr CountedKind Item::kKind = {
    [](Counted* object) { static_cast<Item*>(object)->Unreferenced(); }};

void Item::Unreferenced() {
  if (started() && !EndAbandoned()) [[unlikely]]
    return;
  Thread& thread = CurrentThread();
  // A sanitizer finds a use after the end only in memory that it got back.
  // Only what was spawned here is kept here: others spawn anew.
  if (MICROTHREAD_SANITIZER || thread.scheduler == nullptr || is_main() ||
      home != thread.token) {
    if (!is_main()) thread.live_tasklets -= 1;
    delete this;
    return;
  }
  Clear();
  Renew(thread.token);
  KeepForReuse(thread, *thread.scheduler, *this);
}

std::string DescribeItem(const Item& item) { return DescribeStrand(item); }

std::string DescribeState(const Item& item) {
  if (!item.alive()) return "dead";
  {
    WaitLock lock(CurrentThread(), item);
    if (lock.queue() != nullptr) return lock.queue()->Describe(item.wait);
  }
  if (item.home != current_token) return "of another thread";
  if (current_thread->current == &item) return "running";
  return item.linked() ? "ready" : "paused";
}

MICROTHREAD_COLD void SetOptions(Item& item, std::string_view name,
                                 size_t stack_size, size_t guard_size) {
  ItemExtras& extras = item.Extras();
  extras.name = name;
  extras.stack_size = stack_size;
  extras.guard_size = guard_size;
}

namespace {

// Ends an item that found no stack; returns its heir.
Item& EndWithoutStack(Thread& thread, Item& failed) {
  Ref<Item> ring_reference = Ref<Item>::Adopt(&failed);
  thread.current = &failed;
  if ((failed.flags & kItemErrorWaiting) == 0) {
    failed.error = NoStackError(failed);
  } else if (IsExit(failed.error)) {
    failed.error = nullptr;
  }
  failed.run.Reset();
  Item& heir = EndItem(thread, failed);
  // What the item would have done on landing, its heir must do.
  heir.flags |= failed.flags & kItemReleaseWaiting;
  failed.flags &= ~kItemReleaseWaiting;
  return heir;
}

MICROTHREAD_NOINLINE Item& StartSlowly(Thread& thread, Item& item) {
  if (TakeStack(thread, item)) return item;
  Item* next = &item;
  do {
    next = &EndWithoutStack(thread, *next);
  } while (!next->started() && !TakeStack(thread, *next));
  thread.current = next;
  return *next;
}

}  // namespace

Ref<Item> NewItem(Thread& thread, std::string_view name, size_t stack_size,
                  size_t guard_size) {
  Ref<Item> item = TakeItem(thread, name, stack_size, guard_size);
  item->flags = 0;
  item->next = nullptr;
  return item;
}

MICROTHREAD_NOINLINE Item& StartOrPassOver(Thread& thread, Item& item) {
  if (item.extras_if_any() == nullptr) [[likely]] {
    Stack* stack = thread.stacks.TakeReady();
    if (stack != nullptr) [[likely]] {
      if (thread.scheduler->linked > kManyItems) thread.stacks.PrefetchReady();
      GiveStack(item, stack);
      return item;
    }
  }
  return StartSlowly(thread, item);
}

}  // namespace internal
MICROTHREAD_NAMESPACE_END
