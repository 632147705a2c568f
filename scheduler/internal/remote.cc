// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0

#include "microthread/scheduler/internal/remote.h"

#include <sched.h>

#include <exception>
#include <memory>
#include <utility>

#include "microthread/greenlet/internal/throw.h"
#include "microthread/scheduler/error.h"
#include "microthread/scheduler/internal/scheduler_state.h"
#include "microthread/scheduler/internal/wait_queue.h"

MICROTHREAD_NAMESPACE_BEGIN
namespace internal {
namespace {

struct RequestLetter : Letter {
  Item* target = nullptr;  // with a reference of the letter's own
  Request request = Request::kInsert;
  std::exception_ptr error;
};

void Insert(Thread& thread, Item& item) {
  if (item.alive() && !item.linked()) Append(thread, item);
}

// As in Stackless: a running thread takes it next, so that the latest request
// is the first to be granted.
void RunNext(Thread& thread, Item& item) {
  Item& me = CurrentItem(thread);
  Insert(thread, item);
  if (item.wait != kNotWaiting || !item.linked() || &item == &me) return;
  Unlink(item);
  LinkAfter(item, me);
}

// A letter may not run code of the user: what nobody refers to any more goes
// into the thread's own inbox.
void Drop(Thread& thread, Item& item) {
  if (item.DropReference(thread.token) && !item.HandOver(item.home)) {
    item.Unreferenced();
  }
}

void Remove(Thread& thread, Item& item) {
  const bool in_ring = item.wait == kNotWaiting && item.linked();
  if (!in_ring || &item == &CurrentItem(thread)) return;
  Pause(thread, item);
  Drop(thread, item);
}

void ThrowInto(Thread& thread, Item& item, std::exception_ptr error) {
  if (!item.alive()) return;
  AwaitArrival(thread, item);
  const bool is_running = thread.current == &item;
#if !MICROTHREAD_EXCEPTIONS
  if (!is_running && item.started() && IsExit(error)) {
    AbandonItem(thread, item);
    return;
  }
#endif
  if (is_running || IsShielded(item)) {
    Defer(thread, item, std::move(error));  // until it switches, at the latest
    if (!is_running && !item.waits()) MakeRunnable(thread, item);
    return;
  }
  MakeRunnable(thread, item);  // from now on no other thread can claim it
  SetError(item, std::move(error));
}

void Deliver(Thread& thread, Letter& letter) {
  std::unique_ptr<RequestLetter> mine(static_cast<RequestLetter*>(&letter));
  Item& item = *mine->target;
  if (thread.scheduler != nullptr) {
    switch (mine->request) {
      case Request::kInsert:
        Insert(thread, item);
        break;
      case Request::kRun:
        RunNext(thread, item);
        break;
      case Request::kRemove:
        Remove(thread, item);
        break;
      case Request::kThrow:
        ThrowInto(thread, item, mine->error);
        break;
    }
  }
  Drop(thread, item);
}

void DeliverClaimed(Thread& thread, Letter& letter) {
  Item& item = static_cast<Item&>(letter);
  if (thread.scheduler == nullptr) return;  // it was left behind
  item.wait = kNotWaiting;
  if (item.error != nullptr) item.flags |= kItemErrorWaiting;
  LinkBefore(item, CurrentItem(thread));
#if !MICROTHREAD_EXCEPTIONS
  if (item.error != nullptr && IsExit(item.error)) {
    item.error = nullptr;
    AbandonItem(thread, item);
  }
#endif
}

}  // namespace

void PostRequest(Item& target, Request request, std::exception_ptr error) {
  auto letter = std::make_unique<RequestLetter>();
  letter->deliver = &Deliver;
  letter->target = Ref<Item>(&target).Release();
  letter->request = request;
  letter->error = std::move(error);
  if (PostLetter(target.home, *letter)) {
    (void)letter.release();
    return;
  }
  Ref<Item>::Adopt(&target);
  Throw(WrongThreadError(DescribeItem(target) +
                         " belongs to a thread that has ended: nobody can run "
                         "it; give it to this thread by BindThread first"));
}

void LetRun(Thread& thread, Item& item, std::exception_ptr error) {
  if (!IsForeign(thread, item)) {
    if (error != nullptr) SetError(item, std::move(error));
    LinkBefore(item, CurrentItem(thread));
    return;
  }
  if (error != nullptr) item.error = std::move(error);
  item.deliver = &DeliverClaimed;
  // If its thread has ended, it was left behind there for good.
  (void)PostLetter(item.home, item);
}

void AwaitArrival(Thread& thread, const Item& item) {
  while (item.in_transit()) {
    if (!DeliverLetters(thread)) sched_yield();
  }
}

void ThrowIntoForeignItem(Thread& thread, Item& target,
                          std::exception_ptr error, bool is_exit) {
  if (!target.alive()) {
    if (is_exit) return;
    ThrowDead(target);
  }
  {
    WaitLock lock(thread, target);
    if (lock.queue() != nullptr && !IsShielded(target)) {
      lock.queue()->Remove(thread, target);
      LetRun(thread, target, std::move(error));
      return;
    }
  }
  if (is_exit && !ThreadOf(target.home).inbox.IsOpenFor(target.home)) {
    target.flags &= ~kItemAlive;  // it has not started, and never will
    target.run.Reset();
  } else {
    PostRequest(target, Request::kThrow, std::move(error));
  }
}

void MoveItemHere(Item& target) {
  Thread& thread = SchedulingThread();
  if (!IsForeign(thread, target)) return;
  const char* reason =
      target.started()  ? "it has started, and runs only where its stack is"
      : target.linked() ? "it stands in the ring of its own; remove it from "
                          "there first"
                        : nullptr;
  if (reason != nullptr) {
    Throw(WrongThreadError(DescribeItem(target) +
                           " cannot move to this thread: " + reason));
  }
  target.home = thread.token;
}

}  // namespace internal
MICROTHREAD_NAMESPACE_END
