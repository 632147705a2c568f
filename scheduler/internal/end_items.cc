// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// Unwinding: of one item that nobody refers to, and of all items of a thread.

#include <sched.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <utility>
#include <vector>

#include "microthread/greenlet/internal/greenlet_record.h"
#include "microthread/greenlet/internal/throw.h"
#include "microthread/scheduler/error.h"
#include "microthread/scheduler/internal/dispatch_inl.h"
#include "microthread/scheduler/internal/remote.h"
#include "microthread/scheduler/internal/scheduler_state.h"

MICROTHREAD_NAMESPACE_BEGIN
namespace internal {
namespace {

// How often an item is asked to end.
constexpr int kMaxExits = 10;

// Lowers the thread's switch trap while something must be unwound.
class WithoutSwitchTrap {
 public:
  explicit WithoutSwitchTrap(Scheduler& scheduler)
      : scheduler_(scheduler),
        level_(std::exchange(scheduler.switch_trap, 0)) {}
  ~WithoutSwitchTrap() { scheduler_.switch_trap += level_; }

 private:
  Scheduler& scheduler_;
  int level_;
};

// Finds who is to be ended next: the youngest first, and then those who came
// into being meanwhile.
class Victims {
 public:
  explicit Victims(Thread& thread) : thread_(thread) {}

  // Empty if there is none.
  Ref<Item> Next() {
    for (;;) {
      while (!left_.empty()) {
        const Candidate candidate = left_.back();
        left_.pop_back();
        // It may have ended since it was listed, by the end of another.
        auto* item = static_cast<Item*>(candidate.stack->user());
        if (item == nullptr || item->id != candidate.id) continue;
        if (item->TryAddReference(thread_.token)) return Ref<Item>::Adopt(item);
        found_dead_ = true;
      }
      if (std::exchange(found_dead_, false)) {
        // By other threads, which will hand them over any moment.
        sched_yield();
        DrainInbox(thread_);
      }
      List();
      if (left_.empty()) return {};
    }
  }

  // Passes over one that refuses to end.
  void Except(Ref<Item> item) { refused_.push_back(std::move(item)); }
  ~Victims() {
    // Never freed: they still have something on their stacks.
    for (Ref<Item>& item : refused_) (void)item.Release();
  }

 private:
  struct Candidate {
    const Stack* stack;
    uint64_t id;
  };

  void List() {
    for (const Item* item : StartedItems(thread_)) {
      const bool refused = std::any_of(
          refused_.begin(), refused_.end(),
          [item](const Ref<Item>& other) { return other.get() == item; });
      if (item == thread_.current || refused) continue;
      left_.push_back({item->stack, item->id});
    }
  }

  Thread& thread_;
  std::vector<Candidate> left_;
  std::vector<Ref<Item>> refused_;
  bool found_dead_ = false;
};

// Takes an item out of the ring, if it stands there.
void TakeOut(Thread& thread, Item& item) {
  AwaitArrival(thread, item);
  if (item.waits() || !item.linked()) return;
  Pause(thread, item);
  if (item.DropReference(thread.token)) item.Unreferenced();
}

// Takes one that has not started out of the ring, and it is gone with that.
// Returns false if there is none.
bool TakeOutUnstarted(Thread& thread) {
  Item& me = CurrentItem(thread);
  for (Item* item = me.next; item != &me; item = item->next) {
    if (item->started()) continue;  // main
    TakeOut(thread, *item);
    return true;
  }
  return false;
}

void ReportException(Item& me, const char* of_what) {
  me.flags &= ~kItemErrorWaiting;
  std::fprintf(stderr, "microthread: an exception came at the end of %s: %s\n",
               of_what,
               DescribeException(std::exchange(me.error, nullptr)).c_str());
}

// Lets everybody in the ring run once: one who may not be thrown into waits for
// something that they can give.
void TurnOnce(Thread& thread, const char* of_what) {
  Item& me = CurrentItem(thread);
#if MICROTHREAD_EXCEPTIONS
  try {
    Schedule();
  } catch (...) {
    SetError(me, std::current_exception());
    ReportException(me, of_what);
  }
#else
  (void)me;
  (void)of_what;
  Schedule();
#endif
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

void ReportRefusal(const Item& item, const char* of_what) {
  std::fprintf(stderr,
               "microthread: %s refused %d times to end at the end of %s and "
               "is left behind, %s: let TaskletExit leave its function\n",
               DescribeItem(item).c_str(), kMaxExits, of_what,
               DescribeState(item).c_str());
}

}  // namespace

bool IsShielded(const Item& item) {
  if (!item.started()) return false;
  const GreenletRecord* greenlet = item.current;
  // Not always up to the item's own root: an unborn ancestor may have been
  // moved elsewhere.
  for (; greenlet != nullptr && !greenlet->is_root;
       greenlet = greenlet->parent.get()) {
    if (greenlet->stack != nullptr && greenlet->stack->shielded()) return true;
  }
  return item.stack->shielded();
}

void Defer(Thread& thread, Item& item, std::exception_ptr error) {
  if ((item.flags & kItemDeferred) == 0) AddDeferred(thread, 1);
  item.flags |= kItemDeferred;
  item.Extras().deferred = std::move(error);
}

std::exception_ptr TakeDeferred(Thread& thread, Item& item) {
  if ((item.flags & kItemDeferred) == 0) return nullptr;
  AddDeferred(thread, -1);
  item.flags &= ~kItemDeferred;
  return std::exchange(item.Extras().deferred, nullptr);
}

void ThrowWithoutThrowing(Thread& thread, Item& victim) {
  WithoutSwitchTrap no_trap(*thread.scheduler);
#if MICROTHREAD_EXCEPTIONS
  try {
    ThrowIntoItem(victim, std::make_exception_ptr(TaskletExit()), true, false);
  } catch (...) {
    // Meant for the caller, who is not in a place where it may throw: it waits
    // until the caller gives control away again.
    SetError(CurrentItem(thread), std::current_exception());
  }
#else
  ThrowIntoItem(victim, nullptr, true, false);
#endif
}

MICROTHREAD_COLD bool Item::EndAbandoned() {
  if (home != current_token && HandOver(home)) return false;
  return !started() || UnwindAbandoned(*this);
}

std::vector<Item*> StartedItems(const Thread& thread) {
  std::vector<Item*> items;
  thread.stacks.ForEachUser(
      [&items](Strand& user) { items.push_back(static_cast<Item*>(&user)); });
  std::sort(items.begin(), items.end(),
            [](const Item* a, const Item* b) { return a->id < b->id; });
  return items;
}

void EndAllItems(Thread& thread, const char* of_what) {
  Item& me = CurrentItem(thread);
  Victims victims(thread);
  for (;;) {
    Ref<Item> victim = victims.Next();
    if (!victim) {
      if (TakeOutUnstarted(thread)) continue;
      break;
    }
    for (int i = 0; i < kMaxExits && victim->alive(); ++i) {
      TakeOut(thread, *victim);  // so that nobody behind it runs too
      ThrowWithoutThrowing(thread, *victim);
      if ((me.flags & kItemErrorWaiting) != 0) ReportException(me, of_what);
      if (victim->alive() && IsShielded(*victim)) TurnOnce(thread, of_what);
    }
    if (!victim->alive()) continue;
    ReportRefusal(*victim, of_what);
    TakeOut(thread, *victim);
    victims.Except(std::move(victim));
  }
}

}  // namespace internal
MICROTHREAD_NAMESPACE_END
