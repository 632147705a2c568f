// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0

#include "microthread/greenlet/internal/inbox.h"

#include <linux/futex.h>
#include <sched.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <mutex>

MICROTHREAD_NAMESPACE_BEGIN
namespace internal {
namespace {

using std::chrono::nanoseconds;
using std::chrono::steady_clock;

constexpr nanoseconds kSecond = std::chrono::seconds(1);

// Returns early for many reasons. `time` null: without a limit.
void WaitWhileOne(std::atomic<uint32_t>& word, const timespec* time) {
  syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 1, time);
}

}  // namespace

Inbox::Found Inbox::Post(Letter& letter, ThreadToken owner) {
  const int processor = sched_getcpu();
  bool wake;
  {
    std::lock_guard lock(mutex_);
    if (owner_ != owner) return Found::kEnded;
    letter.next_letter = newest_letter_;
    newest_letter_ = &letter;
    sender_processor_ = processor;
    wake = CountAsAwakeLocked();
  }
  if (!wake) return Found::kAwake;
  Wake();
  return Found::kAsleep;
}

void Inbox::TakeLetters() {
  Letter* newest;
  {
    std::lock_guard lock(mutex_);
    newest = newest_letter_;
    newest_letter_ = nullptr;
  }
  while (newest != nullptr) {
    Letter* const older = newest->next_letter;
    newest->next_letter = taken_;
    taken_ = newest;
    newest = older;
  }
}

void Inbox::AwaitWaking(nanoseconds patience) {
  if (patience == kForEver) {
    while (asleep_.load(std::memory_order_acquire) != 0) {
      WaitWhileOne(asleep_, nullptr);
    }
    return;
  }
  const auto end = steady_clock::now() + patience;
  while (asleep_.load(std::memory_order_acquire) != 0) {
    const nanoseconds left = end - steady_clock::now();
    if (left <= nanoseconds::zero()) {
      std::lock_guard lock(mutex_);
      CountAsAwakeLocked();
      return;
    }
    const timespec time = {.tv_sec = left / kSecond,
                           .tv_nsec = (left % kSecond).count()};
    WaitWhileOne(asleep_, &time);
  }
}

void Inbox::Wake() { syscall(SYS_futex, &asleep_, FUTEX_WAKE_PRIVATE, 1); }

}  // namespace internal
MICROTHREAD_NAMESPACE_END
