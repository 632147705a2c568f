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
#include <cstdint>
#include <mutex>
#include <optional>
#include <utility>

#include "microthread/greenlet/config.h"
#include "microthread/greenlet/internal/ref_count.h"
#include "microthread/greenlet/internal/relaxed.h"

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

// The owner is woken when the lock has been left: it would run into that at
// once, and have to sleep again, where the two share a processor.
class alignas(64) Inbox {
 public:
  static constexpr auto kForEver = std::chrono::nanoseconds::max();

  // Leaves `object` for the thread that `owner` stands for and returns true; if
  // that has ended, calls `otherwise` under the lock and returns false.
  template <class F>
  bool PushOr(Counted& object, ThreadToken owner, F otherwise) {
    bool wake;
    {
      std::lock_guard lock(mutex_);
      if (owner_ != owner) {
        otherwise();
        return false;
      }
      object.next_in_inbox = dropped_;
      dropped_ = &object;
      wake = CountAsAwakeLocked();
    }
    if (wake) Wake();
    return true;
  }

  // The same for a letter; says what the owner was doing.
  enum class Found { kEnded, kAwake, kAsleep };
  Found Post(Letter& letter, ThreadToken owner);

  // For the owner, who looks without the lock first: what it does not see yet
  // is announced to it later.

  // Takes all dropped objects, newest first.
  Counted* TakeDropped() {
    if (!has_dropped()) return nullptr;
    std::lock_guard lock(mutex_);
    Counted* const newest = dropped_;
    dropped_ = nullptr;
    return newest;
  }
  bool has_dropped() const { return dropped_ != nullptr; }

  // Takes the oldest letter; null if there is none. What a letter does may be
  // to take those that came after it.
  Letter* TakeLetter() {
    if (taken_ == nullptr && newest_letter_ != nullptr) TakeLetters();
    Letter* const letter = taken_;
    if (letter != nullptr) taken_ = letter->next_letter;
    return letter;
  }

  // The processor on which the last letter was posted; -1: unknown.
  int sender_processor() const { return sender_processor_; }

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
    return {owner_, owner_id_, asleep_ != 0};
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
    std::optional<std::chrono::nanoseconds> patience;
    {
      std::lock_guard lock(mutex_);
      if (!EmptyLocked()) return true;
      patience = fall_asleep();
      if (!patience.has_value()) return false;
      asleep_.store(1, std::memory_order_relaxed);
    }
    AwaitWaking(*patience);
    return true;
  }

  // Around a fork(). In the child process all threads but one are gone: what
  // was left for them stays where it is.
  void LockForFork() { mutex_.lock(); }
  void UnlockAfterFork() { mutex_.unlock(); }
  bool CloseAfterFork() {  // returns whether somebody had it
    asleep_ = 0;
    return std::exchange(owner_, ThreadToken::kNone) != ThreadToken::kNone;
  }

  // Wakes the owner if it sleeps, with nothing for it.
  bool Rouse() {
    bool wake;
    {
      std::lock_guard lock(mutex_);
      wake = CountAsAwakeLocked();
    }
    if (wake) Wake();
    return wake;
  }

 private:
  bool EmptyLocked() const {
    return dropped_ == nullptr && newest_letter_ == nullptr;
  }
  // Returns whether it was asleep.
  bool CountAsAwakeLocked() {
    if (asleep_.load(std::memory_order_relaxed) == 0) return false;
    sleeping_threads.fetch_sub(1);
    asleep_.store(0, std::memory_order_release);
    return true;
  }
  void AwaitWaking(std::chrono::nanoseconds patience);
  // The owner may already have woken by itself, and sleep again: a sleeper that
  // is woken in vain sleeps on.
  void Wake();
  void TakeLetters();

  // First what a letter passes through: one cache line, or little more.
  std::mutex mutex_;
  std::atomic<uint32_t> asleep_{0};  // changed under the lock; a futex
  Relaxed<int> sender_processor_ = -1;
  ThreadToken owner_ = ThreadToken::kNone;  // kNone: closed
  Relaxed<Letter*> newest_letter_ = nullptr;
  Relaxed<Counted*> dropped_ = nullptr;
  Letter* taken_ = nullptr;  // the owner's: taken out, not yet delivered
  uint64_t owner_id_ = 0;
};

}  // namespace internal
MICROTHREAD_NAMESPACE_END

#endif  // MICROTHREAD_GREENLET_INTERNAL_INBOX_H_
