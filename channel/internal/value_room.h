// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// The place in a receiver's frame where the sender puts the value. What is
// trivial to copy needs no mark whether it is there: a receiver that goes on
// without an error has got it, and one that is thrown out need not destroy it.
// Anything else lies in a std::optional.

#ifndef MICROTHREAD_CHANNEL_INTERNAL_VALUE_ROOM_H_
#define MICROTHREAD_CHANNEL_INTERNAL_VALUE_ROOM_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "microthread/greenlet/config.h"

MICROTHREAD_NAMESPACE_BEGIN
namespace internal {

template <class T>
union UnmarkedRoom {
  UnmarkedRoom() : nothing_() {}

  void emplace(T&& from) {
    std::construct_at(std::addressof(value_), std::move(from));
  }
  void reset() {}
  T& operator*() & { return value_; }
  T&& operator*() && { return std::move(value_); }

 private:
  std::byte nothing_;
  T value_;
};

// Without exceptions, a receiver learns of the end of the channel by getting no
// value.
template <class T>
using ValueRoom = std::conditional_t<std::is_trivially_copyable_v<T> &&
                                         MICROTHREAD_EXCEPTIONS,
                                     UnmarkedRoom<T>, std::optional<T>>;

}  // namespace internal
MICROTHREAD_NAMESPACE_END

#endif  // MICROTHREAD_CHANNEL_INTERNAL_VALUE_ROOM_H_
