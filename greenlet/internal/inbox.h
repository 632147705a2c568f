// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// Where foreign threads leave what only the owner of a record may deal with:
// objects to be unwound, and letters. The owner looks at it before it would
// switch, and sleeps in it when it has nothing to run.

#ifndef MICROTHREAD_GREENLET_INTERNAL_INBOX_H_
#define MICROTHREAD_GREENLET_INTERNAL_INBOX_H_

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <new>
#include <optional>
#include <utility>

#include "microthread/greenlet/config.h"
#include "microthread/greenlet/internal/ref_count.h"

MICROTHREAD_NAMESPACE_BEGIN
namespace internal {

// An operation of one thread on something of another. `deliver` is called by
// the owner, in the order in which letters came; it must not run code of the
// user.
struct Letter {
  Letter* next_letter = nullptr;
  void (*deliver)(Thread& thread, Letter& letter) = nullptr;
};

// How many threads sleep in their inboxes. A thread counts as awake again as
// soon as somebody has left something for it.
inline constinit std::atomic<int> sleeping_threads{0};

class Inbox {
 public:
  static constexpr auto kForEver = std::chrono::nanoseconds::max();

  // Leaves `object` for the thread that `owner` stands for and returns true; if
  // that has ended, calls `otherwise` under the lock and returns false.
  template <class F>
  bool PushOr(Counted& object, ThreadToken owner, F otherwise) {
    std::lock_guard lock(mutex_);
    if (owner_ != owner) {
      otherwise();
      return false;
    }
    object.next_in_inbox = dropped_;
    dropped_ = &object;
    WakeLocked();
    return true;
  }

  // The same for a letter; false if that thread has ended.
  bool Post(Letter& letter, ThreadToken owner);

  // Takes all dropped objects, newest first.
  Counted* TakeDropped() {
    std::lock_guard lock(mutex_);
    return std::exchange(dropped_, nullptr);
  }
  bool has_dropped() {
    std::lock_guard lock(mutex_);
    return dropped_ != nullptr;
  }

  // For the owner: takes the oldest letter; null if there is none. What a
  // letter does may be to take those that came after it.
  Letter* TakeLetter() {
    if (taken_ == nullptr) {
      std::lock_guard lock(mutex_);
      last_letter_ = nullptr;
      taken_ = std::exchange(first_letter_, nullptr);
    }
    Letter* const letter = taken_;
    if (letter != nullptr) taken_ = letter->next_letter;
    return letter;
  }

  // `owner_id` is the id of the owner's main greenlet.
  void Open(ThreadToken owner, uint64_t owner_id) {
    std::lock_guard lock(mutex_);
    owner_ = owner;
    owner_id_ = owner_id;
  }

  // False if that thread has ended.
  bool IsOpenFor(ThreadToken owner) {
    std::lock_guard lock(mutex_);
    return owner_ == owner;
  }

  struct Owner {
    ThreadToken token;  // kNone: nobody
    uint64_t id;
    bool asleep;
  };
  Owner owner() {
    std::lock_guard lock(mutex_);
    return {owner_, owner_id_, asleep_};
  }

  // From now on nothing is accepted; returns false, and goes on accepting, if
  // something is there.
  bool CloseIfEmpty() {
    std::lock_guard lock(mutex_);
    if (!EmptyLocked()) return false;
    owner_ = ThreadToken::kNone;
    return true;
  }

  // For the owner: sleeps until something is there, until Rouse(), or for as
  // long as `fall_asleep` says. That is called under the lock if there is
  // nothing yet; it must count the thread as sleeping, or return nothing, so
  // that it does not sleep. Returns whether it was allowed to sleep.
  template <class F>
  bool Sleep(F fall_asleep) {
    std::unique_lock lock(mutex_);
    if (!EmptyLocked()) return true;
    const std::optional<std::chrono::nanoseconds> patience = fall_asleep();
    if (!patience.has_value()) return false;
    asleep_ = true;
    if (*patience == kForEver) {
      awake_.wait(lock, [this] { return !asleep_; });
    } else if (!awake_.wait_for(lock, *patience, [this] { return !asleep_; })) {
      CountAsAwakeLocked();
    }
    return true;
  }

  // Around a fork(). In the child process all threads but one are gone: what
  // was left for them stays where it is.
  void LockForFork() { mutex_.lock(); }
  void UnlockAfterFork() { mutex_.unlock(); }
  bool CloseAfterFork() {  // returns whether somebody had it
    asleep_ = false;
    new (&awake_) std::condition_variable;  // its sleeper is gone, too
    return std::exchange(owner_, ThreadToken::kNone) != ThreadToken::kNone;
  }

  // Wakes the owner if it sleeps, with nothing for it.
  bool Rouse() {
    std::lock_guard lock(mutex_);
    return WakeLocked();
  }

 private:
  bool EmptyLocked() const {
    return dropped_ == nullptr && first_letter_ == nullptr;
  }
  void CountAsAwakeLocked() {
    asleep_ = false;
    sleeping_threads.fetch_sub(1);
  }
  bool WakeLocked() {
    if (!asleep_) return false;
    CountAsAwakeLocked();
    awake_.notify_one();
    return true;
  }

  std::mutex mutex_;
  std::condition_variable awake_;
  bool asleep_ = false;
  Counted* dropped_ = nullptr;
  Letter* first_letter_ = nullptr;
  Letter* last_letter_ = nullptr;
  Letter* taken_ = nullptr;  // the owner's: taken out, not yet delivered
  ThreadToken owner_ = ThreadToken::kNone;  // kNone: closed
  uint64_t owner_id_ = 0;
};

}  // namespace internal
MICROTHREAD_NAMESPACE_END

#endif  // MICROTHREAD_GREENLET_INTERNAL_INBOX_H_
