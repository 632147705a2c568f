// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// The state of one thread's scheduler, and the moves on its ring.
//
// The ring is a doubly linked circle of the items that can run. There is no
// pointer to it: the running item, `Thread::current`, is its head. To give
// control to another member is to make that the head, so the circle turns by
// itself; "at the end" is before the head.

#ifndef MICROTHREAD_SCHEDULER_INTERNAL_SCHEDULER_STATE_H_
#define MICROTHREAD_SCHEDULER_INTERNAL_SCHEDULER_STATE_H_

#include <cstddef>
#include <cstdint>
#include <exception>
#include <utility>
#include <vector>

#include "microthread/greenlet/config.h"
#include "microthread/greenlet/internal/ref_count.h"
#include "microthread/greenlet/internal/thread.h"
#include "microthread/scheduler/internal/item.h"
#include "microthread/scheduler/internal/wait_queue.h"

MICROTHREAD_NAMESPACE_BEGIN
namespace internal {

struct Scheduler {
  explicit Scheduler(Thread& owner)
      : main(Ref<Item>::Adopt(new Item(owner))), idle(owner) {}
  ~Scheduler();

  Ref<Item> main;     // the thread's own code
  Item idle;          // stands for the head of the ring while that is empty
  size_t linked = 1;  // in the ring or in a queue
  int switch_trap = 0;
  std::vector<Ref<Item>> watchers;  // inside Run(), the innermost last
  Item* spare = nullptr;            // dead ones, kept for reuse
  Ref<Item> release;                // to be dropped after the switch under way
  bool absent = false;              // does not count in the census
  bool may_spin = false;            // as it was found lately
  uint32_t idle_count = 0;
  int64_t sleeps_to_come = 0;  // before it gives way to others again
  size_t unchecked = 0;        // operations since the invariants were checked
};

// Adds to the level of the switch trap; returns the one before.
int ChangeSwitchTrap(Thread& thread, int delta);

// While in scope, nothing of the thread may switch.
class WithSwitchTrap {
 public:
  explicit WithSwitchTrap(Thread& thread) : thread_(thread) {
    (void)ChangeSwitchTrap(thread_, 1);
  }
  WithSwitchTrap(const WithSwitchTrap&) = delete;
  WithSwitchTrap& operator=(const WithSwitchTrap&) = delete;
  ~WithSwitchTrap() { (void)ChangeSwitchTrap(thread_, -1); }

 private:
  Thread& thread_;
};

// Makes the scheduler of the calling thread.
Thread& AttachScheduler();

// The OS thread is being ended (pthread_exit) while a tasklet runs: control has
// left its stack and is on the thread's own, where Run() is no more.
void ForgetRunningItem(Thread& thread);

// Ends it with its thread.
void EndScheduler(Thread& thread);

// Who gets control when nobody can run, and the errors that nobody catches: the
// innermost in Run(), or else main.
Item& Fallback(Thread& thread);

// Kills all items of the thread but main and the running one, and reports those
// that refuse. `of_what` names the occasion.
void EndAllItems(Thread& thread, const char* of_what);

// Whether an exception that came to `item` from elsewhere would pass a frame
// that is being unwound or shielded: that of the running greenlet or of one
// that it would be passed on to.
bool IsShielded(const Item& item);

#if !MICROTHREAD_EXCEPTIONS
// Ends a suspended item where it is, without unwinding its stack.
void AbandonItem(Thread& thread, Item& victim);
#endif

// An exception for an item that cannot be thrown into now waits; a later one
// takes its place. Taking it back gives null if there is none.
void Defer(Thread& thread, Item& item, std::exception_ptr error);
std::exception_ptr TakeDeferred(Thread& thread, Item& item);

// Throws an exit into `victim` and lets it run. An error that comes back waits
// for the caller's next switch.
void ThrowWithoutThrowing(Thread& thread, Item& victim);

// The calling thread's record if it has a scheduler, else null.
extern constinit thread_local Thread* scheduling_thread
    __attribute__((tls_model("initial-exec")));

// The calling thread, which has a scheduler from now on.
MICROTHREAD_ALWAYS_INLINE Thread& SchedulingThread() {
  Thread* thread = scheduling_thread;
  if (thread == nullptr) [[unlikely]]
    return AttachScheduler();
  return *thread;
}

MICROTHREAD_ALWAYS_INLINE Item& CurrentItem(Thread& thread) {
  return static_cast<Item&>(*thread.current);
}

// Puts `item`, which is in no list, before or after a member of the ring.
MICROTHREAD_ALWAYS_INLINE void LinkBefore(Item& item, Item& member) {
  Item* const before = member.prev;
  item.next = &member;
  item.prev = before;
  before->next = &item;
  member.prev = &item;
}
MICROTHREAD_ALWAYS_INLINE void LinkAfter(Item& item, Item& member) {
  // Where two hand control to and fro, the member is alone, and what it would
  // read of itself was written a moment ago by the other, with what that had
  // read here. That chain would be the longest of an exchange; a branch cuts
  // it, if the compiler cannot see that it is for nothing. (A function with
  // assembly in it gets no fake stack from ASan.)
  Item* after = &member;
#if !MICROTHREAD_SANITIZER
  asm("" : "+r"(after));
#endif
  if (member.next != &member) after = member.next;
  item.prev = &member;
  item.next = after;
  after->prev = &item;
  member.next = &item;
}

MICROTHREAD_ALWAYS_INLINE void MakeNeighbors(Item& before, Item& after) {
  before.next = &after;
  after.prev = &before;
}

// Takes a member out of the ring; its own links stay as they were.
MICROTHREAD_ALWAYS_INLINE void Unlink(Item& item) {
  MakeNeighbors(*item.prev, *item.next);
}

// Puts a paused item at the end of the ring, which takes a reference to it.
MICROTHREAD_ALWAYS_INLINE void Append(Thread& thread, Item& item) {
  LinkBefore(item, CurrentItem(thread));
  item.AddReference(thread.token);
  ++thread.scheduler->linked;
}

// Makes a paused item the only member of the ring, which is empty.
inline void LinkAlone(Thread& thread, Item& item) {
  item.next = item.prev = &item;
  item.AddReference(thread.token);
  ++thread.scheduler->linked;
}

// Makes a member of the ring paused. The caller takes over the ring's
// reference.
MICROTHREAD_ALWAYS_INLINE void Pause(Thread& thread, Item& item) {
  Unlink(item);
  item.next = item.prev = nullptr;
  --thread.scheduler->linked;
}

// All items that have started and not ended, but main; the oldest first.
std::vector<Item*> StartedItems(const Thread& thread);

// Wherever it stands, it is in the ring afterwards.
void MakeRunnable(Thread& thread, Item& item);

// It will throw `error` when it runs. An error that it has not thrown yet is
// replaced.
inline void SetError(Item& item, std::exception_ptr error) {
  item.error = std::move(error);
  item.flags |= kItemErrorWaiting;
}

}  // namespace internal
MICROTHREAD_NAMESPACE_END

#endif  // MICROTHREAD_SCHEDULER_INTERNAL_SCHEDULER_STATE_H_
