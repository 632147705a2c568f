// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// An identity and a readable name for each type, without RTTI.

#ifndef MICROTHREAD_GREENLET_INTERNAL_TYPE_NAME_H_
#define MICROTHREAD_GREENLET_INTERNAL_TYPE_NAME_H_

#include <string_view>

#include "microthread/greenlet/config.h"

MICROTHREAD_NAMESPACE_BEGIN
namespace internal {

// "... TypeName() [with T = int; ...]" (gcc) or "... [T = int]" (clang).
template <class T>
constexpr std::string_view TypeName() {
  std::string_view text = __PRETTY_FUNCTION__;
  text.remove_prefix(text.find("T = ") + 4);
  size_t end = text.find(';');
  if (end == std::string_view::npos) end = text.rfind(']');
  return text.substr(0, end);
}

// The address of kTypeId<T> identifies T; its value names it.
template <class T>
inline constexpr std::string_view kTypeId = TypeName<T>();

using TypeId = const std::string_view*;

}  // namespace internal
MICROTHREAD_NAMESPACE_END

#endif  // MICROTHREAD_GREENLET_INTERNAL_TYPE_NAME_H_
