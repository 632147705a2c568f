// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0

#include "microthread/greenlet/internal/throw.h"

#include <cxxabi.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <string>
#include <typeinfo>
#include <utility>

#include "microthread/greenlet/error.h"

MICROTHREAD_NAMESPACE_BEGIN
namespace internal {

void Die(const std::string& text) noexcept {
  std::fprintf(stderr, "microthread: %s\n", text.c_str());
  std::fflush(stderr);
  std::abort();
}

void Rethrow(std::exception_ptr error) {
#if MICROTHREAD_EXCEPTIONS
  std::rethrow_exception(std::move(error));
#else
  Die(DescribeException(error));
#endif
}

void ThrowNullException(const std::string& whom) {
  Throw(NullExceptionError(
      whom +
      " cannot be given a null exception_ptr: there is no exception in it; "
      "outside of a catch block std::current_exception() is null, use "
      "std::make_exception_ptr"));
}

#if !MICROTHREAD_EXCEPTIONS
bool HoldsException(const std::exception_ptr& error, const std::type_info& type,
                    void** object) {
  if (error == nullptr) return false;
  // What a handler would do; an exception_ptr is a pointer to the object.
  std::memcpy(object, &error, sizeof(*object));
  return type.__do_catch(error.__cxa_exception_type(), object, 1);
}

void WarnOfAbandoned(const std::string& name) {
  static std::atomic<bool> warned{false};
  if (warned.exchange(true)) return;
  std::fprintf(stderr,
               "microthread: %s is ended in the middle of its function; in a "
               "build without exceptions its stack is released without "
               "unwinding, and what lies there is not destroyed (said once)\n",
               name.c_str());
}
#endif

std::string DescribeException(const std::exception_ptr& error) noexcept {
#if MICROTHREAD_EXCEPTIONS
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& e) {
    return e.what();
  } catch (...) {
    const std::type_info* type = abi::__cxa_current_exception_type();
    if (type == nullptr) return "an exception of another language";
    char* name = abi::__cxa_demangle(type->name(), nullptr, nullptr, nullptr);
    std::string text = name == nullptr ? type->name() : name;
    std::free(name);
    return text;
  }
#else
  void* object = nullptr;
  if (error == nullptr) return "no exception";
  if (HoldsException(error, typeid(std::exception), &object)) {
    return static_cast<std::exception*>(object)->what();
  }
  return error.__cxa_exception_type()->name();
#endif
}

std::string Quote(const char* kind, std::string_view name, uint64_t id) {
  std::string text = kind;
  return name.empty() ? text + " " + std::to_string(id)
                      : text + " \"" + std::string(name) + "\"";
}

}  // namespace internal
MICROTHREAD_NAMESPACE_END
