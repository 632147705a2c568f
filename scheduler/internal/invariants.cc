// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0

#include "microthread/scheduler/internal/invariants.h"

#include <cstddef>
#include <cstdint>

#include "microthread/greenlet/internal/throw.h"
#include "microthread/scheduler/internal/item.h"
#include "microthread/scheduler/internal/limit.h"
#include "microthread/scheduler/internal/scheduler_state.h"
#include "microthread/scheduler/internal/wait_queue.h"

MICROTHREAD_NAMESPACE_BEGIN
namespace internal {
namespace {

void Require(bool holds, const Item& item, const char* what) {
  if (holds) return;
  Die("broken invariant: " + DescribeItem(item) + " " + what);
}

// What was found in the ring or among the items that have started.
struct Count {
  size_t all = 0;
  size_t started = 0;  // main is not counted
};

Count CheckRing(const Thread& thread) {
  Count ring;
  const Item& head = static_cast<const Item&>(*thread.current);
  const Item* item = &head;
  do {
    Require(item->next != nullptr && item->next->prev == item, *item,
            "and its successor in the ring do not point to each other");
    Require(item->wait == kNotWaiting, *item, "is in the ring and blocked");
    Require(item->alive(), *item, "is in the ring and dead");
    Require(item->home == thread.token, *item, "is in another thread's ring");
    Require(++ring.all <= thread.scheduler->linked, *item,
            "is in a ring of more tasklets than there are");
    if (item->started() && !item->is_main()) ++ring.started;
    item = item->next;
  } while (item != &head);
  return ring;
}

// The queue of one that waits at its head.
void CheckQueue(const Item& head) {
  const WaitQueue& queue = *head.queue;
  Require(queue.head() == &head, head, "is first in a queue with another head");
  int64_t balance = 0;
  for (const Item* item = &head; item != nullptr; item = item->next) {
    Require(item->queue == &queue, *item,
            "is in a queue that it does not know");
    Require(item->wait == head.wait.load(), *item,
            "waits for the opposite of the first in its queue");
    Require(item->next == nullptr || item->next->prev == item, *item,
            "and its successor in the queue do not point to each other");
    balance += item->wait;
  }
  Require(queue.balance() == balance, head,
          "is in a queue whose balance is not its length");
}

void CheckWaiter(Thread& thread, const Item& item) {
  Require(item.alive(), item, "is blocked and dead");
  // One that has just been claimed by another thread is not there any more.
  WaitLock lock(thread, item);
  if (lock.queue() != nullptr && item.prev == nullptr) CheckQueue(item);
}

void CheckWatchers(const Thread& thread) {
  bool has_limit = thread.limit == nullptr;
  for (const Ref<Item>& watcher : thread.scheduler->watchers) {
    Require(watcher->wait == kNotWaiting, *watcher,
            "is inside Run() and blocked");
    has_limit = has_limit || thread.limit->watcher == watcher.get();
  }
  if (!has_limit) Die("broken invariant: a limit without its Run()");
}

}  // namespace

void CheckInvariantsOf(Thread& thread) {
  const Scheduler& scheduler = *thread.scheduler;
  const Count ring = CheckRing(thread);
  const Item& main = *scheduler.main;
  Count listed;
  size_t blocked = 0;
  const auto check = [&](const Item& item) {
    if (item.wait == kNotWaiting) return;
    ++blocked;
    CheckWaiter(thread, item);
  };
  thread.stacks.ForEachUser([&](const Strand& user) {
    const Item& item = static_cast<const Item&>(user);
    Require(item.started() && item.alive(), item,
            "has a stack and is not alive");
    if (item.wait == kNotWaiting && item.linked()) ++listed.started;
    check(item);
  });
  check(main);
  const Item& head = static_cast<const Item&>(*thread.current);
  Require(listed.started == ring.started, head,
          "runs in a ring that not all belong to who think so");
  Require(ring.all + blocked == scheduler.linked, head,
          "runs, and the count of the scheduled is wrong");
  CheckWatchers(thread);
}

}  // namespace internal
MICROTHREAD_NAMESPACE_END
