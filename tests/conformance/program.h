// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// File: program.h
//
// A trace program: what a trace file (format.md) says about one small program
// of greenlets or tasklets. What a program is *expected* to do is kept apart,
// in `Expectation`: whoever runs a program gets a `Program`, which has none.

#ifndef MICROTHREAD_TESTS_CONFORMANCE_PROGRAM_H_
#define MICROTHREAD_TESTS_CONFORMANCE_PROGRAM_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace microthread::conformance {

// Whose operations a program uses.
enum class System { kGreenlet, kStackless };

struct Operation {
  std::string text;  // the whole of it, as its event shows it: "send 0 4"
  std::string verb;  // "send"
  std::vector<std::string> names;  // the bodies it names, in order
  std::vector<int> numbers;        // its numbers, in order: {0, 4}
};

struct Body {
  std::string name;
  bool stubborn = false;  // swallows the exit exception
  std::vector<Operation> operations = {};
};

struct Program {
  std::string name;
  System system = System::kStackless;
  int channels = 0;
  std::map<std::string, Body> bodies;  // "M" is the main tasklet or greenlet
};

struct Expectation {
  std::vector<std::string> events;
};

struct Trace {
  Program program;
  // Absent: the program only has to finish (Stackless itself crashes on it).
  std::optional<Expectation> expectation;
};

}  // namespace microthread::conformance

#endif  // MICROTHREAD_TESTS_CONFORMANCE_PROGRAM_H_
