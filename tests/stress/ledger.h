// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// Values that are all different, and books on what becomes of each.

#ifndef MICROTHREAD_TESTS_STRESS_LEDGER_H_
#define MICROTHREAD_TESTS_STRESS_LEDGER_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "gtest/gtest.h"

namespace microthread_test {

// What has become of a value.
enum Fate : uint8_t {
  kReceived = 1,
  kDestroyed = 2,
  kSent = 4,     // Send() returned
  kRefused = 8,  // Send() threw an error of its own
};

// The fates of all values of a round.
class Ledger {
 public:
  explicit Ledger(int64_t size)
      : size_(size), fates_(new std::atomic<uint8_t>[size]()) {}

  int64_t Issue() { return issued_.fetch_add(1, std::memory_order_relaxed); }

  // Notes that `fate` has come; only one of kReceived and kDestroyed may.
  void Note(int64_t number, Fate fate) {
    const uint8_t before =
        fates_[number].fetch_or(fate, std::memory_order_relaxed);
    const bool again = (before & fate) != 0;
    const bool is_end = (fate & (kReceived | kDestroyed)) != 0;
    if (again || (is_end && (before & (kReceived | kDestroyed)) != 0)) {
      ++twice_;
    }
  }

  // `interrupted` calls of Receive() ended by an exception.
  void Check(int64_t interrupted) const {
    int64_t lost = 0;
    int64_t delivered_in_spite = 0;
    int64_t sent_but_destroyed = 0;
    ASSERT_LE(issued_, size_);
    for (int64_t i = 0; i < issued_; ++i) {
      const uint8_t fate = fates_[i];
      if ((fate & (kReceived | kDestroyed)) == 0) ++lost;
      if ((fate & kRefused) != 0 && (fate & kReceived) != 0) {
        ++delivered_in_spite;
      }
      if ((fate & kSent) != 0 && (fate & kDestroyed) != 0) ++sent_but_destroyed;
    }
    EXPECT_EQ(lost, 0);
    EXPECT_EQ(twice_, 0);
    EXPECT_EQ(delivered_in_spite, 0);
    EXPECT_LE(sent_but_destroyed, interrupted);
  }

 private:
  const int64_t size_;
  std::unique_ptr<std::atomic<uint8_t>[]> fates_;
  std::atomic<int64_t> issued_{0};
  std::atomic<int64_t> twice_{0};
};

class Value {
 public:
  explicit Value(Ledger& ledger) : ledger_(&ledger), number_(ledger.Issue()) {}
  Value(Value&& other) noexcept
      : ledger_(std::exchange(other.ledger_, nullptr)),
        number_(other.number_) {}
  Value& operator=(Value&&) = delete;
  ~Value() {
    if (ledger_ != nullptr) ledger_->Note(number_, kDestroyed);
  }

  int64_t number() const { return number_; }
  void Receive() { std::exchange(ledger_, nullptr)->Note(number_, kReceived); }

 private:
  Ledger* ledger_;
  int64_t number_;
};

}  // namespace microthread_test

#endif  // MICROTHREAD_TESTS_STRESS_LEDGER_H_
