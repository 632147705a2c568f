// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// What the tests of greenlets write their events with.

#ifndef MICROTHREAD_TESTS_GREENLET_TEST_LOG_H_
#define MICROTHREAD_TESTS_GREENLET_TEST_LOG_H_

#include <exception>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "microthread/greenlet/error.h"
#include "microthread/greenlet/message.h"

namespace microthread_test {

// The events of a test, in order; compared whole at its end.
using Log = std::vector<std::string>;

// The error that bodies throw and catch.
struct Oops : std::runtime_error {
  using std::runtime_error::runtime_error;
};

inline std::exception_ptr MakeOops(const std::string& text) {
  return std::make_exception_ptr(Oops(text));
}

// What a message holds: `(1, two)`, `()`, `none`, `exit`.
inline std::string Show(const microthread::Message& message) {
  if (message.none() || message.is_exit()) return message.Describe();
  std::string text = "(";
  auto append = [&]<size_t... I>(std::index_sequence<I...>) {
    auto one = [&]<size_t Index>(std::integral_constant<size_t, Index>) {
      if (Index >= message.size()) return;
      if (Index > 0) text += ", ";
      if (message.holds<int>(Index)) {
        text += std::to_string(message.get<Index, int>());
      } else if (message.holds<std::string>(Index)) {
        text += message.get<Index, std::string>();
      } else if (message.holds<const char*>(Index)) {
        text += message.get<Index, const char*>();
      } else {
        text += "?";
      }
    };
    (one(std::integral_constant<size_t, I>()), ...);
  };
  append(std::make_index_sequence<4>());
  return text + ")";
}

// The text of the `E` that `operation` throws.
template <class E, class Operation>
std::string ErrorText(Operation operation) {
  try {
    operation();
  } catch (const E& error) {
    // Not of a type derived from E.
    return typeid(error) == typeid(E) ? error.what() : "another error";
  }
  return "no error";
}

// What `operation` ends with: "exit", "oops <text>", "error <text>" or what it
// returns.
template <class Operation>
std::string Outcome(Operation operation) {
  try {
    if constexpr (std::is_void_v<decltype(operation())>) {
      operation();
      return "done";
    } else {
      return Show(operation());
    }
  } catch (const Oops& error) {
    return std::string("oops ") + error.what();
  } catch (const microthread::Error& error) {
    return std::string("error ") + error.what();
  } catch (const microthread::GreenletExit&) {
    return "exit thrown";
  }
}

}  // namespace microthread_test

#endif  // MICROTHREAD_TESTS_GREENLET_TEST_LOG_H_
