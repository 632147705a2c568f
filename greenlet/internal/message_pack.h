// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// How a message stores its values: a tuple, in place when it is small and can
// be moved without a throw, else on the heap; and a table of what can be done
// with it.

#ifndef MICROTHREAD_GREENLET_INTERNAL_MESSAGE_PACK_H_
#define MICROTHREAD_GREENLET_INTERNAL_MESSAGE_PACK_H_

#include <cstddef>
#include <cstring>
#include <memory>
#include <new>
#include <tuple>
#include <type_traits>
#include <utility>

#include "microthread/greenlet/config.h"
#include "microthread/greenlet/internal/type_name.h"

MICROTHREAD_NAMESPACE_BEGIN
namespace internal {

// Three words; a heap pack uses the first.
struct alignas(std::max_align_t) MessageContent {
  void* words[3];
};

struct MessageType {
  size_t size;    // values
  bool one_word;  // the content is moved by copying its first word
  TypeId (*type_of)(size_t index);
  void* (*value_at)(MessageContent* content, size_t index);
  void (*move)(MessageContent* to, MessageContent* from);  // null: copy bytes
  void (*destroy)(MessageContent* content);                // null: nothing
};

inline constexpr MessageType kNoneMessage = {0,       true,    nullptr,
                                             nullptr, nullptr, nullptr};

template <class... Values>
class MessagePack {
 public:
  template <class... Args>
  static void Construct(MessageContent* content, Args&&... args) {
    if constexpr (kInPlace) {
      if constexpr (kTrivial && sizeof(Tuple) < sizeof(void*)) {
        // One store of a whole word, as it is a whole word that is moved.
        const Tuple values(std::forward<Args>(args)...);
        void* word = nullptr;
        std::memcpy(&word, &values, sizeof(values));
        std::memcpy(content, &word, sizeof(word));
      } else {
        ::new (static_cast<void*>(content)) Tuple(std::forward<Args>(args)...);
      }
    } else {
      content->words[0] = new Tuple(std::forward<Args>(args)...);
    }
  }

  using Tuple = std::tuple<Values...>;

  static constexpr bool kInPlace = sizeof(Tuple) <= sizeof(MessageContent) &&
                                   alignof(Tuple) <= alignof(MessageContent) &&
                                   std::is_nothrow_move_constructible_v<Tuple>;
  // A tuple is never trivially copyable in the letter; its values may be.
  static constexpr bool kTrivial =
      (std::is_trivially_copyable_v<Values> && ...) &&
      (std::is_trivially_destructible_v<Values> && ...);

  static Tuple* Get(MessageContent* content) {
    if constexpr (kInPlace) {
      return std::launder(reinterpret_cast<Tuple*>(content));
    } else {
      return static_cast<Tuple*>(content->words[0]);
    }
  }

 private:
  static TypeId TypeOf(size_t index) {
    constexpr TypeId kTypes[] = {&kTypeId<Values>...};
    return kTypes[index];
  }

  static void* ValueAt(MessageContent* content, size_t index) {
    void* found = nullptr;
    size_t i = 0;
    std::apply(
        [&](Values&... values) {
          ((i++ == index ? void(found = std::addressof(values)) : void()), ...);
        },
        *Get(content));
    return found;
  }

  static void Move(MessageContent* to, MessageContent* from) {
    ::new (static_cast<void*>(to)) Tuple(std::move(*Get(from)));
    Get(from)->~Tuple();
  }

  static void Destroy(MessageContent* content) {
    if constexpr (kInPlace) {
      Get(content)->~Tuple();
    } else {
      delete Get(content);
    }
  }

 public:
  static constexpr MessageType kType = {
      .size = sizeof...(Values),
      .one_word = !kInPlace || (kTrivial && sizeof(Tuple) <= sizeof(void*)),
      .type_of = &TypeOf,
      .value_at = &ValueAt,
      .move = kInPlace && !kTrivial ? &Move : nullptr,
      .destroy = kInPlace && kTrivial ? nullptr : &Destroy,
  };
};

}  // namespace internal
MICROTHREAD_NAMESPACE_END

#endif  // MICROTHREAD_GREENLET_INTERNAL_MESSAGE_PACK_H_
