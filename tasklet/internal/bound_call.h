// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// A function and its arguments, as decayed copies, called once: what
// std::thread stores.

#ifndef MICROTHREAD_TASKLET_INTERNAL_BOUND_CALL_H_
#define MICROTHREAD_TASKLET_INTERNAL_BOUND_CALL_H_

#include <functional>
#include <tuple>
#include <type_traits>
#include <utility>

#include "microthread/greenlet/config.h"

MICROTHREAD_NAMESPACE_BEGIN
namespace internal {

template <class F, class... Args>
class BoundCall {
 public:
  static_assert(std::is_invocable_v<std::decay_t<F>, std::decay_t<Args>...>,
                "the function cannot be called with copies of these arguments; "
                "use std::ref for one that it takes by reference");

  template <class G, class... Values>
  explicit BoundCall(G&& function, Values&&... values)
      : parts_(std::forward<G>(function), std::forward<Values>(values)...) {}

  void operator()() {
    std::apply([](auto&... parts) { (void)std::invoke(std::move(parts)...); },
               parts_);
  }

 private:
  std::tuple<std::decay_t<F>, std::decay_t<Args>...> parts_;
};

}  // namespace internal
MICROTHREAD_NAMESPACE_END

#endif  // MICROTHREAD_TASKLET_INTERNAL_BOUND_CALL_H_
