// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// File: tracked.h
//
// A value that tells what becomes of it, to test that channels neither lose nor
// double values.

#ifndef MICROTHREAD_TESTS_CHANNEL_TRACKED_H_
#define MICROTHREAD_TESTS_CHANNEL_TRACKED_H_

#include <set>
#include <string>
#include <utility>

#include "tests/scheduler/event_log.h"

namespace microthread {

// The addresses at which a Tracked lies, and the log of what happens to them.
struct Tracker {
  EventLog* log;
  std::set<const void*> places;

  void Add(const void* place) {
    if (!places.insert(place).second) log->push_back("made twice");
  }
  void Remove(const void* place) {
    if (places.erase(place) == 0) log->push_back("destroyed twice");
  }
};

// Has a number, can only be moved, and logs "N destroyed" when the object that
// holds the number is destroyed. Logs an error if an object is made where one
// is already, or destroyed where none is.
class Tracked {
 public:
  Tracked(Tracker* tracker, int number) : tracker_(tracker), number_(number) {
    tracker_->Add(this);
  }
  Tracked(Tracked&& other) noexcept
      : tracker_(other.tracker_), number_(std::exchange(other.number_, 0)) {
    tracker_->Add(this);
  }
  Tracked& operator=(Tracked&& other) noexcept {
    if (number_ != 0) tracker_->log->push_back(Name() + " overwritten");
    number_ = std::exchange(other.number_, 0);
    return *this;
  }
  ~Tracked() {
    if (number_ != 0) tracker_->log->push_back(Name() + " destroyed");
    tracker_->Remove(this);
  }

  int number() const { return number_; }

 private:
  std::string Name() const { return std::to_string(number_); }

  Tracker* tracker_;
  int number_;  // 0 when it has been moved from
};

}  // namespace microthread

#endif  // MICROTHREAD_TESTS_CHANNEL_TRACKED_H_
