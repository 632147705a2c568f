// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// File: two_worlds.h
//
// The same tasklets and channels twice, in the library and in the model; and
// each operation on either side.

#ifndef MICROTHREAD_TESTS_SCHEDULER_TWO_WORLDS_H_
#define MICROTHREAD_TESTS_SCHEDULER_TWO_WORLDS_H_

#include <deque>
#include <functional>
#include <utility>
#include <vector>

#include "tests/scheduler/event_log.h"
#include "tests/scheduler/random_operation.h"
#include "tests/scheduler/ring_model.h"

namespace microthread {

// The model's side of a tasklet, and the library's.
struct Actor : ModelTasklet {
  Tasklet tasklet;
  bool started = false;
};

class TwoWorlds {
 public:
  static constexpr int kTasklets = 7;  // with main
  static constexpr int kChannels = 3;

  // `body(number)` is what tasklets run.
  TwoWorlds(std::function<void(int number)> body, Fault fault);

  // Returns what is received.
  int Perform(const Operation& operation);

  void PerformOnModel(const Operation& operation);

  std::deque<Actor> actors = std::deque<Actor>(kTasklets);
  std::vector<ModelQueue> model_channels = std::vector<ModelQueue>(kChannels);
  std::vector<Channel<int>> channels = std::vector<Channel<int>>(kChannels);
  RingModel model;

 private:
  void Make(const Operation& operation);
  void PerformOnTasklet(const Operation& operation);
  int PerformOnChannel(const Operation& operation);
  void MakeInModel(const Operation& operation);
  void PerformOnModelTasklet(const Operation& operation);
  void PerformOnModelChannel(const Operation& operation);

  std::function<void(int number)> body_;
};

}  // namespace microthread

#endif  // MICROTHREAD_TESTS_SCHEDULER_TWO_WORLDS_H_
