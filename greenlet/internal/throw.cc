// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0

#include "microthread/greenlet/internal/throw.h"

#include <cxxabi.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include <typeinfo>
#include <utility>

MICROTHREAD_NAMESPACE_BEGIN
namespace internal {

void Die(const std::string& text) noexcept {
  std::fprintf(stderr, "microthread: %s\n", text.c_str());
  std::fflush(stderr);
  std::abort();
}

void Rethrow(std::exception_ptr error) {
  std::rethrow_exception(std::move(error));
}

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
  return error == nullptr ? "no exception" : "an exception";
#endif
}

std::string Quote(const char* kind, const std::string& name, uint64_t id) {
  std::string text = kind;
  return name.empty() ? text + " " + std::to_string(id)
                      : text + " \"" + name + "\"";
}

}  // namespace internal
MICROTHREAD_NAMESPACE_END
