// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// The life of an item: made, run on its stack, ended, freed.

#include "microthread/scheduler/internal/item.h"

#include <cxxabi.h>

#include <cstdio>
#include <exception>
#include <string>
#include <utility>

#include "microthread/greenlet/internal/greenlet_record.h"
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

// How often an abandoned item is asked to end.
constexpr int kMaxExits = 10;

std::exception_ptr TakeError(Item& item) {
  item.flags &= ~kItemErrorWaiting;
  return std::exchange(item.error, nullptr);
}

std::exception_ptr NoStackError(const Item& item) {
  const size_t size =
      item.stack_size == 0 ? kDefaultStackSize : item.stack_size;
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
void ReleaseJoiners(Thread& thread, Item& item) {
  if (item.joiners == nullptr) return;
  QueueLock lock(thread, *item.joiners);
  while (item.joiners->head() != nullptr) {
    Item& joiner = *item.joiners->head();
    item.joiners->Remove(thread, joiner);
    LetRun(thread, joiner);
  }
}

// The ring is empty because the last item in it has ended: returns who goes on.
Item& HeirOfTheLast(Thread& thread) {
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

// Takes an item that ends out of the scheduler's books and hands on the control
// that it has. Returns who goes on.
Item& EndItem(Thread& thread, Item& me, std::exception_ptr error) {
  me.flags &= ~(kItemAlive | kItemErrorWaiting | kItemBlockTrap | kItemAtomic);
  ReleaseJoiners(thread, me);
  Item* heir = me.next;
  if (error != nullptr) {
    heir = &Fallback(thread);
    MakeRunnable(thread, *heir);
    SetError(*heir, std::move(error));
  }
  const bool last = heir == &me;
  Pause(thread, me);
  return last ? HeirOfTheLast(thread) : *heir;
}

void UnlistStarted(Item& item) {
  Item*& head = ThreadOf(item.home).scheduler->started;
  (item.prev_started == nullptr ? head : item.prev_started->next_started) =
      item.next_started;
  if (item.next_started != nullptr) {
    item.next_started->prev_started = item.prev_started;
  }
  item.next_started = item.prev_started = nullptr;
}

void ListStarted(Item& item) {
  Item*& head = ThreadOf(item.home).scheduler->started;
  item.next_started = head;
  if (head != nullptr) head->prev_started = &item;
  head = &item;
}

// Calls the function; returns the exception that left it, unless it is an exit.
std::exception_ptr RunBody(Thread& thread, Item& me) {
  std::exception_ptr error;
#if MICROTHREAD_EXCEPTIONS
  try {
    if ((me.flags & kItemLanding) != 0) Land(me);
    me.run();
  } catch (const TaskletExit&) {
  } catch (abi::__forced_unwind&) {
    throw;  // The thread is being ended: the C library wants to go on.
  } catch (...) {
    error = std::current_exception();
  }
  auto* on_error = hooks.on_error.load();
  if (error != nullptr && on_error != nullptr) {
    error = on_error(std::move(error));
  }
#else
  const bool killed = (me.flags & kItemErrorWaiting) != 0;
  error = TakeError(me);
  if (IsExit(error)) error = nullptr;
  if ((me.flags & kItemLanding) != 0) Land(me);
  if (!killed) me.run();
#endif
  me.run.Reset();
  EndStrand(thread, me);
  TakeDeferred(thread, me);  // too late
  return error;
}

// The first function on an item's stack. Nothing that needs a destructor may be
// alive in its frame when it leaves.
void ItemMain(void* argument) {
  Item& me = *static_cast<Item*>(argument);
  Thread& thread = ThreadOf(me.home);
#if MICROTHREAD_SANITIZER
  AfterSwitch(*me.stack);
#endif
  Item* heir = &EndItem(thread, me, RunBody(thread, me));
  UnlistStarted(me);
  if (thread.needs_attention()) {
    heir = &BeforeSwitch(thread, me, *heir, Handover::kNext);
  }
  Stack* stack = std::exchange(me.stack, nullptr);
  me.context = Context();
  if (!heir->started()) heir = &StartOrPassOver(thread, *heir);
  thread.current = heir;
  if (me.DropReference(thread.token)) me.Unreferenced();  // the ring's
  Stack* next_stack = StackInUse(*heir);
  thread.stacks.Return(stack);
  LeaveStack(thread, heir->context, stack, next_stack);
}

bool TakeStack(Thread& thread, Item& item) {
  Stack* stack = thread.stacks.Take(item.stack_size, item.guard_size);
  if (stack == nullptr) return false;
  item.stack = stack;
  item.context = NewContext(stack->top(), &ItemMain, &item);
  ListStarted(item);
  return true;
}

void ItemUnreferenced(Counted* object) {
  static_cast<Item*>(object)->Unreferenced();
}

// Unwinds a paused item that nobody refers to. Returns false if it is referred
// to again: it lives on.
bool UnwindAbandoned(Item& victim) {
  Thread& thread = ThreadOf(victim.home);
  for (int i = 0; i < kMaxExits; ++i) {
    victim.Revive(thread.token);
    ThrowWithoutThrowing(thread, victim);
    if (!victim.DropReference(thread.token)) return false;
    if (!victim.started()) return true;
  }
  Die(DescribeItem(victim) + " was dropped while paused and refused " +
      std::to_string(kMaxExits) +
      " times to end: let TaskletExit leave its function");
}

}  // namespace

bool IsExit(const std::exception_ptr& error) {
#if MICROTHREAD_EXCEPTIONS
  try {
    std::rethrow_exception(error);
  } catch (const TaskletExit&) {
    return true;
  } catch (...) {
    return false;
  }
#else
  void* object = nullptr;
  return error == nullptr ||
         HoldsException(error, typeid(TaskletExit), &object);
#endif
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
  EndItem(thread, victim, nullptr);
  TakeDeferred(thread, victim);
  UnlistStarted(victim);
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
  UnlistStarted(gone);
  thread.stacks.Return(std::exchange(gone.stack, nullptr));
  gone.context = Context();
  thread.current = &main;
  if (gone.DropReference(thread.token)) gone.Unreferenced();
}

Item::Item(Thread& maker)
    : Counted(maker.token, &ItemUnreferenced), home(maker.token) {}

Item::~Item() { delete joiners; }

void Item::Unreferenced() {
  if (started() && home != current_token && HandOver(home)) return;
  if (started() && !UnwindAbandoned(*this)) return;
  if (!is_main()) CurrentThread().live_tasklets -= 1;
  delete this;
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

Item& NewItem(Thread& thread, std::string_view name, size_t stack_size,
              size_t guard_size) {
  auto* item = new Item(thread);
  thread.live_tasklets += 1;
  item->id = thread.NewId();
  item->stack_size = stack_size;
  item->guard_size = guard_size;
  if (!name.empty()) item->name = name;
  return *item;
}

MICROTHREAD_COLD Item& StartOrPassOver(Thread& thread, Item& item) {
  Item* next = &item;
  while (!next->started() && !TakeStack(thread, *next)) {
    Item& failed = *next;
    Ref<Item> ring_reference = Ref<Item>::Adopt(&failed);
    thread.current = &failed;
    std::exception_ptr error = (failed.flags & kItemErrorWaiting) != 0
                                   ? TakeError(failed)
                                   : NoStackError(failed);
    failed.run.Reset();
    next = &EndItem(thread, failed, IsExit(error) ? nullptr : std::move(error));
    // What the item would have done on landing, its heir must do.
    next->flags |= failed.flags & kItemReleaseWaiting;
    failed.flags &= ~kItemReleaseWaiting;
  }
  thread.current = next;
  return *next;
}

}  // namespace internal
MICROTHREAD_NAMESPACE_END
