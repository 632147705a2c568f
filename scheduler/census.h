// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// File: census.h
//
// When no tasklet of a thread can run, the thread sleeps, as long as somebody
// could wake it. When nobody could, the tasklet that would wait gets a
// DeadlockError instead. Who could is found by a census:
//
//   * a thread that has used the library counts until it ends, unless it sleeps
//     for want of something to run; it counts also while it does something
//     else (waits for a lock, for input, for another thread's end);
//   * a thread that has never used the library counts too: it may begin to at
//     any time. Only threads that are there before main() begins do not.
//
// So a DeadlockError is never a false alarm; but where a thread does something
// else for ever, others wait for it for ever. Such a thread can say that it
// will wake nobody, by an `Absence`:
//
//   int main() {
//     Channel<int> numbers;
//     std::thread producer([numbers] { Produce(numbers); });
//     std::thread consumer([numbers] { Consume(numbers); });
//     Absence main_only_waits;  // if the two wait for each other, they hear it
//     producer.join();
//     consumer.join();
//   }

#ifndef MICROTHREAD_SCHEDULER_CENSUS_H_
#define MICROTHREAD_SCHEDULER_CENSUS_H_

#include "microthread/greenlet/config.h"

MICROTHREAD_NAMESPACE_BEGIN

// While one is in scope, the calling thread does not count as one that could
// wake others. Thread-bound; scopes may nest. It may operate on channels all
// the same, but then a DeadlockError elsewhere may be a false alarm.
//
// Blocks: never.
class [[nodiscard]] Absence {
 public:
  Absence();
  Absence(const Absence&) = delete;
  Absence& operator=(const Absence&) = delete;
  ~Absence();

 private:
  bool was_absent_;
};

MICROTHREAD_NAMESPACE_END

#endif  // MICROTHREAD_SCHEDULER_CENSUS_H_
