// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0

#include "microthread/greenlet/internal/ref_count.h"

#include <atomic>
#include <cstdint>

#include "microthread/greenlet/internal/thread.h"

MICROTHREAD_NAMESPACE_BEGIN
namespace internal {

bool Counted::MergeLastLocal() {
  if (kind_.before_merge != nullptr) {
    kind_.before_merge(this);
    if (local_ != 0) return false;
  }
  owner_.store(ThreadToken::kMerged, std::memory_order_relaxed);
  int32_t before = shared_.fetch_or(kMerged, std::memory_order_acq_rel);
  // A queued object still has the reference that its inbox owns.
  return (before & ~kMerged) == 0;
}

bool Counted::DropShared() {
  int32_t before = shared_.load(std::memory_order_relaxed);
  int32_t after;
  bool hand_over;
  do {
    hand_over = before == 0;
    after = hand_over ? kQueued : before - kOne;
  } while (!shared_.compare_exchange_weak(
      before, after, std::memory_order_acq_rel, std::memory_order_relaxed));
  if (!hand_over) return after == kMerged;
  ThreadToken owner = owner_.load(std::memory_order_relaxed);
  Thread& thread = ThreadOf(owner);
  bool dead = false;
  if (thread.inbox.PushOr(*this, owner, [&] { dead = MergeQueued(); })) {
    thread.RequestAttention(kAttentionInbox);
  }
  return dead;
}

bool Counted::TryAddReference(ThreadToken me) {
  if (owner_.load(std::memory_order_relaxed) == me) {
    ++local_;
    return true;
  }
  int32_t before = shared_.load(std::memory_order_relaxed);
  do {
    if (before == kMerged) return false;
  } while (!shared_.compare_exchange_weak(before, before + kOne,
                                          std::memory_order_acquire,
                                          std::memory_order_relaxed));
  return true;
}

bool Counted::HandOver(ThreadToken owner) {
  owner_.store(ThreadToken::kMerged, std::memory_order_relaxed);
  shared_.fetch_or(kMerged | kQueued, std::memory_order_release);
  shared_.fetch_add(kOne, std::memory_order_release);
  Thread& thread = ThreadOf(owner);
  bool dead = false;
  if (!thread.inbox.PushOr(*this, owner, [&] { dead = MergeQueued(); })) {
    return !dead;
  }
  thread.RequestAttention(kAttentionInbox);
  return true;
}

bool Counted::MergeQueued() {
  if (kind_.before_merge != nullptr) kind_.before_merge(this);
  // Less the inbox's own, which HandOver() has counted in the shared word.
  int32_t local = static_cast<int32_t>(local_) - 1;
  local_ = 0;
  owner_.store(ThreadToken::kMerged, std::memory_order_relaxed);
  int32_t before = shared_.load(std::memory_order_relaxed);
  int32_t after;
  do {
    after = ((before & ~(kMerged | kQueued)) + local * kOne) | kMerged;
  } while (!shared_.compare_exchange_weak(
      before, after, std::memory_order_acq_rel, std::memory_order_relaxed));
  return after == kMerged;
}

}  // namespace internal
MICROTHREAD_NAMESPACE_END
