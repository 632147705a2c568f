// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// The one place where the library throws its errors, so that builds without
// exceptions can abort with the same text.

#ifndef MICROTHREAD_GREENLET_INTERNAL_THROW_H_
#define MICROTHREAD_GREENLET_INTERNAL_THROW_H_

#include <cstdint>
#include <exception>
#include <string>
#include <typeinfo>

#include "microthread/greenlet/config.h"

MICROTHREAD_NAMESPACE_BEGIN
namespace internal {

// Writes "microthread: <text>" to standard error and aborts: for broken
// invariants, where going on would do harm.
[[noreturn]] void Die(const std::string& text) noexcept;

template <class E>
[[noreturn]] MICROTHREAD_COLD void Throw(const E& error) {
#if MICROTHREAD_EXCEPTIONS
  throw error;
#else
  Die(error.what());
#endif
}

// Throws the exception that `error` holds. Without exceptions, dies of what it
// says.
[[noreturn]] void Rethrow(std::exception_ptr error);

// Refuses an `error` that is null and that `whom` was to get.
[[noreturn]] void ThrowNullException(const std::string& whom);
template <class T>
void RequireException(const std::exception_ptr& error, const T& whom,
                      std::string (*describe)(const T& whom)) {
  if (error == nullptr) ThrowNullException(describe(whom));
}

#if !MICROTHREAD_EXCEPTIONS
// Whether `error` holds a T or something derived from it. Gives the address of
// the T to `object`.
bool HoldsException(const std::exception_ptr& error, const std::type_info& type,
                    void** object);

// Whoever was to be ended, `name`, is ended without being unwound. Says so on
// standard error, the first time.
void WarnOfAbandoned(const std::string& name);
#endif

// Whether `error` holds an E or something derived from it.
template <class E>
MICROTHREAD_COLD bool Holds(const std::exception_ptr& error) {
#if MICROTHREAD_EXCEPTIONS
  try {
    std::rethrow_exception(error);
  } catch (const E&) {
    return true;
  } catch (...) {
    return false;
  }
#else
  void* object = nullptr;
  return HoldsException(error, typeid(E), &object);
#endif
}

// What an exception says of itself: its what(), or its kind.
std::string DescribeException(const std::exception_ptr& error) noexcept;

// How errors name somebody: `greenlet "walker"`, or `greenlet 7` when it has no
// name of its own.
std::string Quote(const char* kind, std::string_view name, uint64_t id);

}  // namespace internal
MICROTHREAD_NAMESPACE_END

#endif  // MICROTHREAD_GREENLET_INTERNAL_THROW_H_
