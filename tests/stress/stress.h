// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// What the stress tests share: a seed that is printed and can be given, random
// choices by weight, and books on what has really happened.

#ifndef MICROTHREAD_TESTS_STRESS_STRESS_H_
#define MICROTHREAD_TESTS_STRESS_STRESS_H_

#include <cstdint>
#include <cstdio>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "microthread/greenlet/config.h"

namespace microthread_test {

inline constexpr int kThreads = 4;
// Of all threads together.
inline constexpr int kOperations = MICROTHREAD_TSAN ? 100'000 : 1'000'000;

// Of the environment variable MICROTHREAD_SEED, or else a new one. Printed.
uint64_t Seed();

class Dice {
 public:
  explicit Dice(uint64_t seed) : engine_(seed) {}
  // In [0, bound).
  size_t Below(size_t bound) {
    return std::uniform_int_distribution<size_t>(0, bound - 1)(engine_);
  }
  bool Percent(int chance) { return Below(100) < static_cast<size_t>(chance); }

 private:
  std::mt19937_64 engine_;
};

// One kind of operation or error.
struct Kind {
  const char* name;
  int weight;  // how often it is chosen; 0: an error, which just happens
};

// How often each kind has happened.
class Books {
 public:
  explicit Books(const std::vector<Kind>& kinds)
      : kinds_(&kinds), counts_(kinds.size()) {}

  void Count(size_t kind) { ++counts_[kind]; }
  void Add(const Books& other);
  // A random operation.
  size_t Choose(Dice& dice) const;
  // Prints all, and expects that there were `operations` and that each kind is
  // at least a hundredth of them.
  void Check(int64_t operations) const;

 private:
  const std::vector<Kind>* kinds_;
  std::vector<int64_t> counts_;
};

// While in scope, lines with `text` do not appear on standard error: a library
// that reports each exception that it cannot throw would fill the log. A
// process of its own filters, so that nothing else is lost when this one dies.
class QuietStandardError {
 public:
  explicit QuietStandardError(const std::string& text);
  QuietStandardError(const QuietStandardError&) = delete;
  QuietStandardError& operator=(const QuietStandardError&) = delete;
  ~QuietStandardError();

 private:
  int saved_;
  FILE* filter_;
};

// Calls `run(0)` ... `run(kThreads - 1)` on a thread each; returns when all
// have ended.
void OnThreads(const std::function<void(int thread)>& run);

}  // namespace microthread_test

#endif  // MICROTHREAD_TESTS_STRESS_STRESS_H_
