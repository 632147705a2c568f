// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// Biased reference counts, for greenlets, tasklets and channels alike.
//
// Nearly all handles are copied and dropped by the thread that made the object,
// and an atomic increment costs more than a whole spawn. So the owner counts in
// a plain word, and all other threads in an atomic one (the scheme of Python's
// PEP 703). The object is dead when both are zero; the rules that find this
// out:
//
//   * The owner's last drop looks at the shared word. Zero: nobody else has a
//     reference, the object is dead. Otherwise it marks the word "merged": from
//     then on there is no owner, and all count in the shared word.
//   * A foreign drop that would take the shared word below zero gives back a
//     reference that the owner has counted. Only the owner can settle that, so
//     the reference is handed over: the object goes into the owner's inbox (it
//     has the link for it, nothing is allocated), is marked "queued", and the
//     owner merges the two words when it looks into its inbox.
//   * Some know an object without having a reference: the lists of what a
//     thread must unwind when it ends, and weak handles. They try to take one,
//     which fails for an object that was found dead.
//   * When the owner has ended, nobody counts in the plain word any more, and
//     whoever has to settle something does it under the inbox's lock.
//
// Owners are known by a token that is new for each OS thread, not by the record
// of the thread, which is recycled.

#ifndef MICROTHREAD_GREENLET_INTERNAL_REF_COUNT_H_
#define MICROTHREAD_GREENLET_INTERNAL_REF_COUNT_H_

#include <atomic>
#include <cstdint>
#include <utility>

#include "microthread/greenlet/config.h"

MICROTHREAD_NAMESPACE_BEGIN
namespace internal {

struct Thread;

// A thread's record and the number of its life, in one word; see thread.h.
enum class ThreadToken : uintptr_t { kNone = 0, kMerged = 1 };

// Of the calling thread; kNone before its first use of the library.
extern constinit thread_local ThreadToken current_token
    __attribute__((tls_model("initial-exec")));

class Counted;

// What a kind of objects does.
struct CountedKind {
  // Called, on the thread that finds it out, when no reference is left.
  void (*unreferenced)(Counted* object);
  // Called by the owner before it ceases to be that: what it has not counted
  // must be counted from then on. May be null.
  void (*before_merge)(Counted* object) = nullptr;
};

class Counted {
 public:
  // Starts with one reference, which the caller owns. The owner is the caller's
  // thread.
  Counted(ThreadToken owner, const CountedKind& kind)
      : owner_(owner), kind_(kind) {}
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;

  // Begins anew, for an object that was dead and has been kept for reuse.
  void Renew(ThreadToken owner) {
    owner_.store(owner, std::memory_order_relaxed);
    local_ = 1;
    shared_.store(0, std::memory_order_relaxed);
  }

  MICROTHREAD_ALWAYS_INLINE void AddReference(ThreadToken me) {
    if (owner_.load(std::memory_order_relaxed) == me) [[likely]] {
      ++local_;
    } else {
      shared_.fetch_add(kOne, std::memory_order_relaxed);
    }
  }

  // The same for one that the caller has just made.
  void AddReferenceOfOwner() { ++local_; }

  // Returns true when this was the last reference: the caller must then see to
  // the object's end.
  [[nodiscard]] MICROTHREAD_ALWAYS_INLINE bool DropReference(ThreadToken me) {
    if (owner_.load(std::memory_order_relaxed) == me) [[likely]] {
      if (--local_ != 0) return false;
      if (shared_.load(std::memory_order_acquire) == 0) [[likely]]
        return true;
      return MergeLastLocal();
    }
    return DropShared();
  }

  // Whether the caller, who has a reference, is the only one, and `me` counts
  // it. Then the object may be used anew as if it had just been made.
  bool HasOneReference(ThreadToken me) const {
    return owner_.load(std::memory_order_relaxed) == me && local_ == 1 &&
           shared_.load(std::memory_order_acquire) == 0;
  }

  // For those who have no reference, but a link that the object's end removes:
  // returns false if it was found dead, and then whoever found it goes on. An
  // object that was found dead by its owner looks alive to other threads until
  // MergeLastLocal().
  [[nodiscard]] bool TryAddReference(ThreadToken me);

  // From now on there is no owner, who has no reference any more (unless there
  // were some that had not been counted). Returns whether nobody has one.
  [[nodiscard]] bool MergeLastLocal();

  // For an object that was found dead and is to live on (it resurrected itself,
  // or is looked at once more before its end): takes the first reference anew.
  void Revive(ThreadToken me) {
    local_ = 1;
    owner_.store(me, std::memory_order_relaxed);
    // Other threads may be trying to take a reference.
    shared_.fetch_and(~kMerged, std::memory_order_relaxed);
  }

  // For an object that was found dead, but that only the thread `owner` may
  // end: gives it a reference that belongs to the owner's inbox, and leaves it
  // there. Returns false if the owner has ended, perhaps only now and after it
  // has taken the object up and changed it, and nobody else has a reference.
  [[nodiscard]] bool HandOver(ThreadToken owner);

  // The owner's part of a foreign drop, for each object found in the inbox.
  // Returns true when no reference is left.
  [[nodiscard]] bool MergeQueued();

  void Unreferenced() { kind_.unreferenced(this); }

  bool IsOwnedBy(ThreadToken thread) const {
    return owner_.load(std::memory_order_relaxed) == thread;
  }

  Counted* next_in_inbox = nullptr;

 private:
  static constexpr int32_t kMerged = 1;
  static constexpr int32_t kQueued = 2;
  static constexpr int32_t kOne = 4;

  bool DropShared();

  std::atomic<ThreadToken> owner_;
  uint32_t local_ = 1;
  std::atomic<int32_t> shared_{0};  // count * kOne + marks
  const CountedKind& kind_;
};

// An owning pointer to a Counted object. `T::Unreferenced()` ends the object.
template <class T>
class Ref {
 public:
  Ref() = default;
  // Shares the object.
  explicit Ref(T* object) : object_(object) {
    if (object_ != nullptr) object_->AddReference(current_token);
  }
  // Takes over a reference that the caller owns.
  static Ref Adopt(T* object) {
    Ref ref;
    ref.object_ = object;
    return ref;
  }
  Ref(const Ref& other) : Ref(other.object_) {}
  Ref(Ref&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
  Ref& operator=(Ref other) noexcept {
    std::swap(object_, other.object_);
    return *this;
  }
  ~Ref() {
    if (object_ != nullptr && object_->DropReference(current_token)) {
      object_->Unreferenced();
    }
  }

  T* get() const { return object_; }
  T* operator->() const { return object_; }
  T& operator*() const { return *object_; }
  explicit operator bool() const { return object_ != nullptr; }

  // Gives the reference to the caller.
  [[nodiscard]] T* Release() { return std::exchange(object_, nullptr); }

 private:
  T* object_ = nullptr;
};

}  // namespace internal
MICROTHREAD_NAMESPACE_END

#endif  // MICROTHREAD_GREENLET_INTERNAL_REF_COUNT_H_
