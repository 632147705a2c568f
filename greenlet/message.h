// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// File: message.h
//
// A `Message` is what one greenlet hands to another in a switch: a pack of
// values of any types, moved in by the sender and taken out, by type, by the
// receiver. Values are stored as `std::decay` has them; up to three words lie
// in the message itself, so that the usual switch allocates nothing.
//
// When channels are enough (they are typed, a message is not), prefer them.
//
// Example:
//
//   Message m(1, std::string("two"));
//   m.size();                             // 2
//   m.get<0, int>();                      // 1
//   std::string s = std::move(m).get<1, std::string>();
//
//   Message("only").get<const char*>();   // one value: no index needed
//
// Three messages hold no value, and they differ, as they do in Python:
//
//   Message()         the empty pack: somebody switched with no arguments
//   Message::None()   "nothing": a greenlet's function returned void
//   is_exit()         a greenlet ended by a GreenletExit
//
// Thread-compatible, like a plain value. Move-only.

#ifndef MICROTHREAD_GREENLET_MESSAGE_H_
#define MICROTHREAD_GREENLET_MESSAGE_H_

#include <cstddef>
#include <cstring>
#include <exception>
#include <memory>
#include <new>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

#include "microthread/greenlet/config.h"
#include "microthread/greenlet/internal/message_pack.h"
#include "microthread/greenlet/internal/type_name.h"

MICROTHREAD_NAMESPACE_BEGIN

class Message {
 public:
  // The empty pack.
  Message() noexcept = default;

  // A pack of one or more values, decayed.
  template <class... Values>
  requires(sizeof...(Values) > 0 &&
           !(sizeof...(Values) == 1 &&
             (std::is_same_v<std::remove_cvref_t<Values>, Message> &&
              ...))) explicit Message(Values&&... values) {
    using Pack = internal::MessagePack<std::decay_t<Values>...>;
    Pack::Construct(&content_, std::forward<Values>(values)...);
    type_ = &Pack::kType;
  }

  // The message that stands for "nothing", distinct from the empty pack.
  static Message None() noexcept {
    Message m;
    m.type_ = &internal::kNoneMessage;
    return m;
  }

  // The message of a greenlet that ended by `exit`, which holds a GreenletExit
  // or something derived from it.
  static Message Exit(std::exception_ptr exit) noexcept;

  Message(Message&& other) noexcept { TakeFrom(other); }
  Message& operator=(Message&& other) noexcept {
    if (this != &other) {
      Clear();
      TakeFrom(other);
    }
    return *this;
  }
  ~Message() { Clear(); }

  // True for the empty pack only.
  bool empty() const noexcept { return type_ == nullptr; }

  // True for the message that stands for "nothing".
  bool none() const noexcept { return type_ == &internal::kNoneMessage; }

  // True when it tells that a greenlet ended by a GreenletExit.
  bool is_exit() const noexcept;

  // The exit object itself; null unless `is_exit()`.
  std::exception_ptr exit() const noexcept;

  // How many values it holds; 0 for the three special messages.
  size_t size() const noexcept { return type_ == nullptr ? 0 : type_->size; }

  // Whether value number `index` exists and is exactly a `T`.
  template <class T>
  bool holds(size_t index = 0) const noexcept {
    return index < size() &&
           type_->type_of(index) == &internal::kTypeId<std::decay_t<T>>;
  }

  // The value number `Index`, which must be exactly a `T`. An rvalue message
  // gives it away.
  //
  // Errors: MessageError names what the message does hold.
  template <size_t Index, class T>
  T& get() & {
    return *static_cast<T*>(At(Index, &internal::kTypeId<T>));
  }
  template <size_t Index, class T>
  const T& get() const& {
    return *static_cast<const T*>(
        const_cast<Message*>(this)->At(Index, &internal::kTypeId<T>));
  }
  template <size_t Index, class T>
  T get() && {
    return std::move(*static_cast<T*>(At(Index, &internal::kTypeId<T>)));
  }

  // The only value.
  //
  // Errors: MessageError when there is none, more than one, or another type.
  template <class T>
  T& get() & {
    return *Only<T>();
  }
  template <class T>
  const T& get() const& {
    return *const_cast<Message*>(this)->Only<T>();
  }
  template <class T>
  T get() && {
    return std::move(*Only<T>());
  }

  // What it holds, for people: "(int, std::string)", "()", "none", "exit".
  std::string Describe() const;

 private:
  void* At(size_t index, internal::TypeId wanted) {
    if (index >= size() || type_->type_of(index) != wanted) [[unlikely]] {
      ThrowMismatch(index, wanted);
    }
    return type_->value_at(&content_, index);
  }
  template <class T>
  MICROTHREAD_ALWAYS_INLINE T* Only() {
    using Pack = internal::MessagePack<T>;
    if (type_ == &Pack::kType) [[likely]] {
      return std::addressof(std::get<0>(*Pack::Get(&content_)));
    }
    if (size() != 1) ThrowMismatch(0, &internal::kTypeId<T>);
    return static_cast<T*>(At(0, &internal::kTypeId<T>));
  }
  void Clear() noexcept {
    if (type_ != nullptr && type_->destroy != nullptr) {
      type_->destroy(&content_);
    }
  }
  // Leaves `other` as the empty pack. What is copied may be more than was set,
  // which gcc, when it sees both, mistakes for an error.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wuninitialized"
#if !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
  void TakeFrom(Message& other) noexcept {
    type_ = other.type_;
    if (type_ == nullptr || type_->one_word) [[likely]] {
      // The first word alone: a wider load would have to wait until a value
      // that was stored as one word has left the store buffer.
      std::memcpy(&content_.words[0], &other.content_.words[0], sizeof(void*));
    } else if (type_->move != nullptr) {
      type_->move(&content_, &other.content_);
    } else {
      content_ = other.content_;
    }
    other.type_ = nullptr;
  }
#pragma GCC diagnostic pop
  [[noreturn]] void ThrowMismatch(size_t index, internal::TypeId wanted) const;

  const internal::MessageType* type_ = nullptr;
  internal::MessageContent content_;
};

MICROTHREAD_NAMESPACE_END

#endif  // MICROTHREAD_GREENLET_MESSAGE_H_
