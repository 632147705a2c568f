// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// A function whose arguments come later: what `BindFunction()` stores, and
// where `Setup()` puts them.

#ifndef MICROTHREAD_TASKLET_INTERNAL_SETUP_CALL_H_
#define MICROTHREAD_TASKLET_INTERNAL_SETUP_CALL_H_

#include <array>
#include <cstddef>
#include <span>
#include <tuple>
#include <utility>

#include "microthread/greenlet/config.h"
#include "microthread/greenlet/internal/call_with_message.h"
#include "microthread/greenlet/internal/type_name.h"
#include "microthread/greenlet/message.h"

MICROTHREAD_NAMESPACE_BEGIN
namespace internal {

struct SetupSlot {
  Message arguments;
  std::span<const TypeId> types;  // of the function's parameters
  bool (*accepts)(const Message& arguments);
};

template <class F, class Types = typename Parameters<F>::Types>
class SetupCall;

template <class F, class... Types>
class SetupCall<F, std::tuple<Types...>> : public SetupSlot {
 public:
  // `slot` is made to point to the part where the arguments go.
  template <class G>
  SetupCall(G&& function, void** slot)
      : SetupSlot{{}, kTypes, &Accepts}, function_(std::forward<G>(function)) {
    *slot = static_cast<SetupSlot*>(this);
  }

  void operator()() { (void)CallWithMessage(function_, std::move(arguments)); }

 private:
  static constexpr std::array<TypeId, sizeof...(Types)> kTypes = {
      &kTypeId<Types>...};

  static bool Accepts(const Message& arguments) {
    [[maybe_unused]] size_t i = 0;
    return arguments.size() == sizeof...(Types) &&
           (arguments.template holds<Types>(i++) && ...);
  }

  F function_;
};

}  // namespace internal
MICROTHREAD_NAMESPACE_END

#endif  // MICROTHREAD_TASKLET_INTERNAL_SETUP_CALL_H_
