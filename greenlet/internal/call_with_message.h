// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// Calls a greenlet's function with what the first switch sent, and packs what
// it returns.

#ifndef MICROTHREAD_GREENLET_INTERNAL_CALL_WITH_MESSAGE_H_
#define MICROTHREAD_GREENLET_INTERNAL_CALL_WITH_MESSAGE_H_

#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>

#include "microthread/greenlet/config.h"
#include "microthread/greenlet/message.h"

MICROTHREAD_NAMESPACE_BEGIN

class Greenlet;
struct GreenletOptions;

namespace internal {

// The parameters of a function, a function pointer or a function object with
// one call operator that is no template; otherwise `known` is false.
template <class F>
struct Parameters {
  static constexpr bool known = false;
};
template <class... Args>
struct ParameterList {
  static constexpr bool known = true;
  using Types = std::tuple<std::decay_t<Args>...>;
  static constexpr bool kTakesMessage =
      sizeof...(Args) == 1 &&
      (std::is_same_v<std::decay_t<Args>, Message> && ...);
};
template <class R, class... Args>
struct Parameters<R (*)(Args...)> : ParameterList<Args...> {};
template <class R, class... Args>
struct Parameters<R (*)(Args...) noexcept> : ParameterList<Args...> {};
template <class R, class C, class... Args>
struct Parameters<R (C::*)(Args...)> : ParameterList<Args...> {};
template <class R, class C, class... Args>
struct Parameters<R (C::*)(Args...) const> : ParameterList<Args...> {};
template <class R, class C, class... Args>
struct Parameters<R (C::*)(Args...) noexcept> : ParameterList<Args...> {};
template <class R, class C, class... Args>
struct Parameters<R (C::*)(Args...) const noexcept> : ParameterList<Args...> {};
template <class F>
requires requires { &F::operator(); }
struct Parameters<F> : Parameters<decltype(&F::operator())> {};

// What a greenlet can be made from; not a handle or options, which have
// constructors of their own.
template <class F>
concept GreenletFunction = !std::is_same_v<std::decay_t<F>, Greenlet> &&
                           !std::is_same_v<std::decay_t<F>, GreenletOptions> &&
                           (Parameters<std::decay_t<F>>::known ||
                            std::is_invocable_v<std::decay_t<F>&, Message> ||
                            std::is_invocable_v<std::decay_t<F>&>);

// Whether an F can be null: a pointer, or something like std::function; not a
// function itself, which compilers know to be there.
template <class F>
inline constexpr bool kMayBeEmpty =
    !std::is_function_v<std::remove_reference_t<F>> &&
    requires(std::decay_t<F> & f) {
  f == nullptr;
};

template <class F, class... Args>
Message CallAndPack(F& function, Args&&... args) {
  using Result = std::invoke_result_t<F&, Args...>;
  if constexpr (std::is_void_v<Result>) {
    function(std::forward<Args>(args)...);
    return Message::None();
  } else if constexpr (std::is_same_v<Result, Message>) {
    return function(std::forward<Args>(args)...);
  } else {
    return Message(function(std::forward<Args>(args)...));
  }
}

// Throws MessageError unless the message is a pack of exactly `size` values.
void CheckPackSize(const Message& message, size_t size);

template <class Types, class F, size_t... I>
Message CallWithValues(F& function, Message& message,
                       std::index_sequence<I...>) {
  return CallAndPack(
      function, std::move(message.get<I, std::tuple_element_t<I, Types>>())...);
}

template <class F>
Message CallWithMessage(F& function, Message message) {
  if constexpr (Parameters<F>::known) {
    if constexpr (Parameters<F>::kTakesMessage) {
      return CallAndPack(function, std::move(message));
    } else {
      using Types = typename Parameters<F>::Types;
      constexpr size_t kSize = std::tuple_size_v<Types>;
      CheckPackSize(message, kSize);
      return CallWithValues<Types>(function, message,
                                   std::make_index_sequence<kSize>());
    }
  } else if constexpr (std::is_invocable_v<F&, Message>) {
    return CallAndPack(function, std::move(message));
  } else {
    CheckPackSize(message, 0);
    return CallAndPack(function);
  }
}

// The function as the greenlet's record stores it.
template <class F>
struct MessageCaller {
  template <class G>
  explicit MessageCaller(G&& g) : function(std::forward<G>(g)) {}
  Message operator()(Message message) {
    return CallWithMessage(function, std::move(message));
  }
  F function;
};

}  // namespace internal
MICROTHREAD_NAMESPACE_END

#endif  // MICROTHREAD_GREENLET_INTERNAL_CALL_WITH_MESSAGE_H_
