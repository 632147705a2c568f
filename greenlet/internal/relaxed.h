// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// A word that one thread changes at a time, while others may look at it. Loads
// and stores cost what they cost for a plain word; nothing is ordered by them.

#ifndef MICROTHREAD_GREENLET_INTERNAL_RELAXED_H_
#define MICROTHREAD_GREENLET_INTERNAL_RELAXED_H_

#include <atomic>

#include "microthread/greenlet/config.h"

MICROTHREAD_NAMESPACE_BEGIN
namespace internal {

template <class T>
class Relaxed {
 public:
  Relaxed() = default;
  Relaxed(T value) : value_(value) {}  // implicit: it stands for a T
  Relaxed(const Relaxed&) = delete;

  MICROTHREAD_ALWAYS_INLINE operator T() const { return load(); }
  MICROTHREAD_ALWAYS_INLINE T load() const {
    return value_.load(std::memory_order_relaxed);
  }
  T operator->() const { return load(); }

  MICROTHREAD_ALWAYS_INLINE Relaxed& operator=(T value) {
    value_.store(value, std::memory_order_relaxed);
    return *this;
  }
  MICROTHREAD_ALWAYS_INLINE Relaxed& operator=(const Relaxed& other) {
    return *this = other.load();
  }
  MICROTHREAD_ALWAYS_INLINE Relaxed& operator+=(T change) {
    return *this = load() + change;
  }
  MICROTHREAD_ALWAYS_INLINE Relaxed& operator-=(T change) {
    return *this = load() - change;
  }
  MICROTHREAD_ALWAYS_INLINE Relaxed& operator|=(T bits) {
    return *this = load() | bits;
  }
  MICROTHREAD_ALWAYS_INLINE Relaxed& operator&=(T bits) {
    return *this = load() & bits;
  }

 private:
  std::atomic<T> value_{};
};

}  // namespace internal
MICROTHREAD_NAMESPACE_END

#endif  // MICROTHREAD_GREENLET_INTERNAL_RELAXED_H_
