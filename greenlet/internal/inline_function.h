// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// A function object that is made once, in place, called at most once, and
// destroyed once: what a greenlet or a tasklet runs. Up to `Capacity` bytes lie
// in the object itself; a larger one costs one allocation.

#ifndef MICROTHREAD_GREENLET_INTERNAL_INLINE_FUNCTION_H_
#define MICROTHREAD_GREENLET_INTERNAL_INLINE_FUNCTION_H_

#include <cstddef>
#include <new>
#include <type_traits>
#include <utility>

#include "microthread/greenlet/config.h"

MICROTHREAD_NAMESPACE_BEGIN
namespace internal {

template <class Signature, size_t Capacity = 64>
class InlineFunction;

template <class R, class... Args, size_t Capacity>
class InlineFunction<R(Args...), Capacity> {
 public:
  InlineFunction() = default;
  InlineFunction(const InlineFunction&) = delete;
  InlineFunction& operator=(const InlineFunction&) = delete;
  ~InlineFunction() { Reset(); }

  // Stores an `F` constructed from `args`. Must be empty before.
  template <class F, class... ConstructorArgs>
  void Emplace(ConstructorArgs&&... args) {
    if constexpr (sizeof(F) <= Capacity &&
                  alignof(F) <= alignof(std::max_align_t)) {
      ::new (static_cast<void*>(storage_))
          F(std::forward<ConstructorArgs>(args)...);
      call_ = [](void* storage, Args... a) -> R {
        return (*static_cast<F*>(storage))(std::forward<Args>(a)...);
      };
      if constexpr (!std::is_trivially_destructible_v<F>) {
        destroy_ = [](void* storage) { static_cast<F*>(storage)->~F(); };
      }
    } else {
      *reinterpret_cast<F**>(storage_) =
          new F(std::forward<ConstructorArgs>(args)...);
      call_ = [](void* storage, Args... a) -> R {
        return (**static_cast<F**>(storage))(std::forward<Args>(a)...);
      };
      destroy_ = [](void* storage) { delete *static_cast<F**>(storage); };
    }
  }

  explicit operator bool() const { return call_ != nullptr; }

  R operator()(Args... args) {
    return call_(storage_, std::forward<Args>(args)...);
  }

  // For one that has been called and never will be again: destroys what is
  // stored. Afterwards only Emplace() may follow.
  void Finish() {
    if (destroy_ != nullptr) std::exchange(destroy_, nullptr)(storage_);
  }

  // Destroys what is stored. It counts as gone before its destructor runs.
  void Reset() {
    call_ = nullptr;
    Finish();
  }

 private:
  R (*call_)(void* storage, Args... args) = nullptr;
  void (*destroy_)(void* storage) = nullptr;
  alignas(std::max_align_t) std::byte storage_[Capacity];
};

}  // namespace internal
MICROTHREAD_NAMESPACE_END

#endif  // MICROTHREAD_GREENLET_INTERNAL_INLINE_FUNCTION_H_
