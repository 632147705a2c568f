// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/stress/stress.h"

#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <functional>
#include <iomanip>
#include <iostream>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"

namespace microthread_test {

uint64_t Seed() {
  const char* given = std::getenv("MICROTHREAD_SEED");
  const uint64_t seed = given == nullptr ? std::random_device()()
                                         : std::strtoull(given, nullptr, 0);
  std::cout << "to repeat: MICROTHREAD_SEED=" << seed << std::endl;
  return seed;
}

void Books::Add(const Books& other) {
  for (size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
}

size_t Books::Choose(Dice& dice) const {
  size_t total = 0;
  for (const Kind& kind : *kinds_) total += static_cast<size_t>(kind.weight);
  size_t at = dice.Below(total);
  size_t chosen = 0;
  while (at >= static_cast<size_t>((*kinds_)[chosen].weight)) {
    at -= static_cast<size_t>((*kinds_)[chosen++].weight);
  }
  return chosen;
}

void Books::Check(int64_t operations) const {
  int64_t total = 0;
  for (size_t i = 0; i < counts_.size(); ++i) {
    const Kind& kind = (*kinds_)[i];
    if (kind.weight != 0) total += counts_[i];
    std::cout << std::setw(10) << counts_[i] << "  "
              << (kind.weight == 0 ? "error " : "") << kind.name << "\n";
    EXPECT_GE(counts_[i] * 100, operations) << kind.name;
  }
  std::cout << std::setw(10) << total << "  operations in all\n";
  EXPECT_EQ(total, operations);
}

QuietStandardError::QuietStandardError(const std::string& text)
    : saved_(dup(STDERR_FILENO)),
      filter_(popen(("exec grep -v '" + text + "' >&2").c_str(), "w")) {
  std::fflush(stderr);
  dup2(fileno(filter_), STDERR_FILENO);
}

QuietStandardError::~QuietStandardError() {
  std::fflush(stderr);
  dup2(saved_, STDERR_FILENO);
  close(saved_);
  pclose(filter_);
}

void OnThreads(const std::function<void(int thread)>& run) {
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) threads.emplace_back(run, i);
  for (std::thread& thread : threads) thread.join();
}

}  // namespace microthread_test
