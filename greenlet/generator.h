// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// File: generator.h
//
// `Generator<T>` runs a function on a stack of its own and hands out, one by
// one, the values that the function yields. Unlike with C++20 coroutines, any
// plain function that the body calls may yield, at any depth.
//
// Example:
//
//   void Walk(const Node* node) {
//     if (node == nullptr) return;
//     Walk(node->left);
//     Yield(node->key);
//     Walk(node->right);
//   }
//
//   for (int key : Generator<int>([&] { Walk(root); })) {
//     if (key > 10) break;  // the suspended walk is unwound
//   }
//
// The body starts at `begin()`, runs up to its first yield, and goes on each
// time the iterator is incremented. An exception that leaves it comes out of
// `begin()` or `++`, once; after that, and when the body returns, the generator
// is exhausted. Destroying a generator that is not exhausted unwinds its body;
// only if that is done from below the body, by the body itself or a greenlet
// whose ancestor it is, the body goes on when control returns to it, and its
// yields are errors.
//
// A generator is consumed once, by one consumer at a time, which need not
// always be the same one: whoever increments it gets the next value.
// Thread-bound.

#ifndef MICROTHREAD_GREENLET_GENERATOR_H_
#define MICROTHREAD_GREENLET_GENERATOR_H_

#include <cstddef>
#include <iterator>
#include <memory>
#include <type_traits>
#include <utility>

#include "microthread/greenlet/config.h"
#include "microthread/greenlet/greenlet.h"
#include "microthread/greenlet/internal/generator_core.h"

MICROTHREAD_NAMESPACE_BEGIN

template <class T>
class Generator;

// Suspends the body of the innermost running generator of `T` and hands `value`
// to its consumer, by reference: the object stays where it is until the body
// goes on. Call it from the body or from any function that the body calls.
//
// Blocks: always switches, to the consumer.
// Errors: YieldError where no generator is running, or where the innermost one
//   yields another type than `T`.
template <class T>
MICROTHREAD_ALWAYS_INLINE void Yield(T&& value) {
  using Value = std::remove_cvref_t<T>;
  static_assert(!std::is_array_v<Value>,
                "Yield() of an array, such as a string literal: name the type "
                "of the generator, as in Yield<std::string>(\"text\")");
  internal::GeneratorCore::Yield(const_cast<Value*>(std::addressof(value)),
                                 &internal::kTypeId<Value>);
}

// The same, but hands the value to the consumer of the `level`-th running
// generator, counted from the innermost, which is level 1. When that generator
// is advanced, the caller goes on. All of them must yield `T`.
//
// Blocks: always switches, to that consumer.
// Errors: YieldError as `Yield()`, and where fewer generators are running.
template <class T>
void YieldToLevel(int level, T&& value);

// Yields all that `generator` yields, from within the body of another generator
// of the same type. The values go straight from it to the consumer: however
// deep generators delegate to each other, each value costs two switches.
//
// Blocks: always switches.
// Errors: YieldError as `Yield()`; what the body of `generator` throws.
template <class T>
void YieldAll(Generator<T> generator);

template <class T>
class [[nodiscard]] Generator {
 public:
  static_assert(std::is_object_v<T> && !std::is_const_v<T>,
                "Generator<T> yields objects: use a plain T, or T* to refer to "
                "objects that live elsewhere");

  using value_type = T;

  // `body` takes no arguments; what it returns is ignored.
  //
  // Blocks: never; the body runs at `begin()`.
  template <class F>
  requires(
      std::is_invocable_v<std::decay_t<F>&> &&
      !std::is_same_v<std::decay_t<F>, Generator>) explicit Generator(F&& body)
      : Generator(GreenletOptions(), std::forward<F>(body)) {}
  template <class F>
  requires(std::is_invocable_v<std::decay_t<F>&>)
      Generator(const GreenletOptions& options, F&& body)
      : core_(
            std::make_unique<internal::GeneratorCore>(&internal::kTypeId<T>)) {
    core_->Bind(options, [body = std::forward<F>(body)]() mutable { body(); });
  }

  Generator(Generator&&) noexcept = default;
  Generator& operator=(Generator&&) noexcept = default;

  class iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using iterator_concept = std::input_iterator_tag;
    using value_type = T;
    using difference_type = std::ptrdiff_t;
    using pointer = T*;
    using reference = T&;

    iterator() = default;

    // The yielded object itself; valid until the iterator is incremented.
    T& operator*() const { return *static_cast<T*>(core_->value()); }
    T* operator->() const { return static_cast<T*>(core_->value()); }

    // Blocks: always switches, to the body.
    // Errors: what the body throws.
    MICROTHREAD_ALWAYS_INLINE iterator& operator++() {
      core_->Advance();
      return *this;
    }
    void operator++(int) { ++*this; }

    friend bool operator==(const iterator& it, std::default_sentinel_t) {
      return it.core_ == nullptr || it.core_->value() == nullptr;
    }

   private:
    friend class Generator;
    explicit iterator(internal::GeneratorCore* core) : core_(core) {}
    internal::GeneratorCore* core_ = nullptr;
  };

  // Starts the body if it has not started, and refers to the value it is at.
  //
  // Blocks: always switches the first time.
  // Errors: what the body throws; ResourceExhaustedError if there is no stack.
  iterator begin() {
    core_->Start();
    return iterator(core_.get());
  }
  std::default_sentinel_t end() const { return std::default_sentinel; }

 private:
  friend void YieldAll<T>(Generator<T> generator);

  std::unique_ptr<internal::GeneratorCore> core_;
};

template <class T>
void YieldToLevel(int level, T&& value) {
  using Value = std::remove_cvref_t<T>;
  internal::GeneratorCore::YieldToLevel(
      level, const_cast<Value*>(std::addressof(value)),
      &internal::kTypeId<Value>);
}

template <class T>
void YieldAll(Generator<T> generator) {
  generator.core_->DelegateToCaller();
}

MICROTHREAD_NAMESPACE_END

#endif  // MICROTHREAD_GREENLET_GENERATOR_H_
