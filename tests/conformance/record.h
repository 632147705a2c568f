// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// File: record.h
//
// What the runners write down: events, and the names of errors in them.

#ifndef MICROTHREAD_TESTS_CONFORMANCE_RECORD_H_
#define MICROTHREAD_TESTS_CONFORMANCE_RECORD_H_

#include <exception>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "tests/conformance/program.h"

namespace microthread::conformance {

// The program's own exception type (`user`).
class UserError : public std::runtime_error {
 public:
  UserError() : std::runtime_error("the program's own error") {}
};

// The events of one program, until it is closed: what bodies do while they are
// unwound after the end of their program is no part of it. Every body leaves at
// its next step when the record is closed, whatever it is resumed with, so that
// also a stubborn one ends.
class Record {
 public:
  // Adds "NAME TEXT" or "NAME TEXT RESULT".
  void Add(const std::string& name, const std::string& text,
           const std::string& result = "");

  void Close() { closed_ = true; }
  bool closed() const { return closed_; }

  std::vector<std::string> TakeEvents() { return std::move(events_); }

 private:
  std::vector<std::string> events_;
  bool closed_ = false;
};

// "!KIND": how an event shows that an operation threw `error`. In a program of
// greenlets GreenletExit is the exit, in one of tasklets TaskletExit. What has
// no KIND shows its text, so that it differs from any expectation.
std::string KindOf(const std::exception_ptr& error, System system);

inline constexpr char kExit[] = "!exit";
inline constexpr char kNone[] = "!none";

}  // namespace microthread::conformance

#endif  // MICROTHREAD_TESTS_CONFORMANCE_RECORD_H_
