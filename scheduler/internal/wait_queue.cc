// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// The long way into a queue.
//
// To lock the queue in which some item waits one has to find it first, and it
// could be destroyed meanwhile. So those who look for a queue hold one mutex of
// the process, `finding`, and a queue's end passes through it. A thread need
// not, for its own items and queues, as long as no thread has ever touched what
// another one uses; that is told like a change of owner, by a mark and a
// barrier.

#include "microthread/scheduler/internal/wait_queue.h"

#include <linux/membarrier.h>
#include <pthread.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <mutex>

#include "microthread/greenlet/internal/throw.h"
#include "microthread/scheduler/error.h"
#include "microthread/scheduler/internal/scheduler_state.h"

MICROTHREAD_NAMESPACE_BEGIN
namespace internal {
namespace {

// The owner of what is shared. Never dereferenced.
Thread* const kShared = reinterpret_cast<Thread*>(1);

// The number of fork()s between the first process and this one. Queues that
// other threads used in an older process may have been copied in the middle of
// an operation.
constinit uint32_t generation = 0;

std::mutex& Finding() {
  static std::mutex& mutex = *new std::mutex;
  static const int fork_handlers [[maybe_unused]] =
      pthread_atfork([] { mutex.lock(); }, [] { mutex.unlock(); },
                     [] {
                       ++generation;
                       mutex.unlock();
                     });
  return mutex;
}

// Whether any thread has touched what another one uses.
constinit std::atomic<bool> sharing{false};

int MemBarrier(int command) {
  return static_cast<int>(syscall(SYS_membarrier, command, 0, 0));
}

// Whether this system can make all threads of the process pass a barrier.
// Without that no queue has an owner: all are born shared.
bool HaveBarrier() {
  static const bool have =
      MemBarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED) == 0;
  return have;
}

// Everything that this thread has stored is seen by whoever enters a queue
// afterwards; returns when none of `thread`'s owner's visits from before is
// still going on.
void WaitUntilSeenBy(Thread& thread) {
  MemBarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED);
  while (thread.busy.load(std::memory_order_acquire) != 0) sched_yield();
}

// Whether the calling thread may take it that nobody looks for its queues;
// true: until it leaves.
bool EnterWithoutFinding(Thread& thread) {
  thread.busy.store(1, std::memory_order_relaxed);
  std::atomic_signal_fence(std::memory_order_seq_cst);
  if (!sharing.load(std::memory_order_relaxed) && HaveBarrier()) return true;
  WaitQueue::Leave(thread);
  return false;
}

}  // namespace

WaitQueue::~WaitQueue() {
  Thread& thread = CurrentThread();
  if (EnterWithoutFinding(thread)) {
    Leave(thread);
  } else {
    std::lock_guard wait_for_those_who_look(Finding());
  }
}

bool WaitQueue::usable() const {
  return owner_.load(std::memory_order_acquire) != kShared ||
         generation_ == generation;
}

void WaitQueue::ThrowForked() const {
  Throw(WrongThreadError(
      Describe(0) +
      " was used by another thread before this process was forked: that may "
      "have been in the middle of an operation; make a new one"));
}

void WaitQueue::Remove(Thread& thread, Item& item) {
  Item* const before = item.prev;
  Item* const after = item.next;
  if (before == nullptr) {
    head_ = after;
  } else {
    before->next = after;
  }
  if (after == nullptr) {
    tail_ = before;
  } else {
    after->prev = before;
  }
  balance_ -= item.wait.load(std::memory_order_relaxed);
  item.wait.store(item.home == thread.token ? kNotWaiting : kInTransit,
                  std::memory_order_release);
}

// The caller holds Finding(), which every change to "shared" does.
void WaitQueue::BecomeShared() {
  Thread* owner = owner_.load(std::memory_order_acquire);
  if (owner == kShared) return;
  // Others see the mark at once, and must not come in before the owner is out.
  std::lock_guard keep_others_out(mutex_);
  sharing.store(true);
  const bool left = owner != nullptr && owner->left_by_fork;
  generation_ = left ? generation - 1 : generation;
  owner_.store(kShared);
  if (owner != nullptr) WaitUntilSeenBy(*owner);
}

QueueLock::QueueLock(Thread& thread, WaitQueue& queue)
    : thread_(thread), queue_(&queue), shared_(false) {
  while (!queue.TryEnter(thread)) {
    Thread* owner = queue.owner_.load(std::memory_order_acquire);
    if (owner == nullptr && HaveBarrier() &&
        queue.owner_.compare_exchange_strong(owner, &thread,
                                             std::memory_order_acq_rel)) {
      continue;
    }
    if (owner != kShared) {
      std::lock_guard lock(Finding());
      queue.BecomeShared();
    }
    if (!queue.usable()) queue.ThrowForked();
    shared_ = true;
    queue.mutex_.lock();
    return;
  }
}

void QueueLock::Unlock() {
  if (queue_ == nullptr) return;
  if (shared_) {
    queue_->mutex_.unlock();
  } else {
    WaitQueue::Leave(thread_);
  }
  queue_ = nullptr;
}

WaitLock::WaitLock(Thread& thread, const Item& item) : thread_(thread) {
  if (item.home == thread.token && EnterWithoutFinding(thread)) {
    if (item.waits()) {
      queue_ = item.queue;
    } else {
      WaitQueue::Leave(thread);
    }
    return;
  }
  finding_ = std::unique_lock(Finding());
  if (item.home != thread.token) {
    // Its own thread may not yet know that somebody looks for its queues.
    sharing.store(true);
    WaitUntilSeenBy(ThreadOf(item.home));
  }
  Find(item);
  if (queue_ == nullptr) finding_.unlock();
}

void WaitLock::Find(const Item& item) {
  if (!item.waits()) return;
  WaitQueue* queue = item.queue;
  if (queue->TryEnter(thread_)) {
    queue_ = queue;  // its own thread's, and nobody can change that now
    return;
  }
  queue->BecomeShared();
  if (!queue->usable()) return;
  queue->mutex_.lock();
  if (item.waits() && item.queue == queue) {
    queue_ = queue;
    shared_ = true;
  } else {
    queue->mutex_.unlock();  // a partner came
  }
}

WaitLock::~WaitLock() {
  if (queue_ == nullptr) return;
  if (shared_) {
    queue_->mutex_.unlock();
  } else {
    WaitQueue::Leave(thread_);
  }
}

bool TakeOutOfQueue(Thread& thread, Item& item) {
  WaitLock lock(thread, item);
  if (lock.queue() != nullptr) {
    lock.queue()->Remove(thread, item);
    return true;
  }
  if (!item.waits()) return false;
  item.wait.store(kNotWaiting);  // in a queue that nobody can use any more
  return true;
}

}  // namespace internal
MICROTHREAD_NAMESPACE_END
