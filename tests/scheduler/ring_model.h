// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// File: ring_model.h
//
// The law of the scheduler as a program that is too simple to be wrong: lists
// instead of links, and nothing is ever switched. An operation changes the
// lists; whoever is first in the ring afterwards goes on.

#ifndef MICROTHREAD_TESTS_SCHEDULER_RING_MODEL_H_
#define MICROTHREAD_TESTS_SCHEDULER_RING_MODEL_H_

#include <cstddef>
#include <deque>
#include <string>
#include <vector>

namespace microthread {

struct ModelTasklet;

// Mistakes that the model can be told to make, to see whether they are found.
enum class Fault {
  kNone,
  kWaitsAtTheFront,      // the latest waiter is the first to be served
  kBalanceOffByOne,      // of two or more waiters
  kKillLeavesTheWaiter,  // who is thrown into stays in the queue
  kHandoverToTheNext,    // not to the partner, who comes later
  kScheduleAllIgnored,
  kInsertAtTheFront,
  kPendingThrowSwitches,
  kErrorToMain,  // not to the innermost Run()
  kClosedLetsWait,
  kPreferenceNegated,
  kTrapIgnored,
  kInnerRunForgotten,  // when an outer Run() returns
};

// What a tasklet finds when it goes on: a value, or an error to be thrown.
struct Mail {
  std::string error;  // the name of its type; "exit" for a TaskletExit
  int value = 0;
};

// A channel, or those who join a tasklet.
struct ModelQueue {
  std::deque<ModelTasklet*> waiters;
  int preference = -1;
  bool schedule_all = false;
  bool closing = false;
  bool finished = false;
  Fault fault = Fault::kNone;

  int balance() const;
};

struct ModelTasklet {
  int number = 0;
  bool alive = false;
  bool block_trap = false;
  int blocked = 0;  // -1: it waits to receive; +1: to send
  ModelQueue* queue = nullptr;
  Mail mail;
  ModelQueue joiners;
};

// Thrown by an operation that fails, and so changes nothing.
struct ModelFailure {
  std::string error;
};

class RingModel {
 public:
  explicit RingModel(ModelTasklet* main, Fault fault = Fault::kNone);

  const std::vector<ModelTasklet*>& ring() const { return ring_; }
  ModelTasklet& current() const { return *ring_.front(); }
  bool IsScheduled(const ModelTasklet& t) const;
  int switch_trap() const { return switch_trap_; }

  // The operations of the running tasklet.
  void Schedule();
  void ScheduleRemove();
  void Run();
  void LeaveRun();  // when Run() returns or throws
  void AddToSwitchTrap(int delta) { switch_trap_ += delta; }
  void Append(ModelTasklet& target);
  void Insert(ModelTasklet& target);
  void Remove(ModelTasklet& target);
  void RunTasklet(ModelTasklet& target, bool pause_caller);
  void Throw(ModelTasklet& target, const std::string& error, bool pending);
  void Join(ModelTasklet& target);
  void Send(ModelQueue& channel, const Mail& mail);
  void Receive(ModelQueue& channel);
  void Open(ModelQueue& channel);
  void Finish(ModelQueue& channel);
  void Renew(ModelQueue& channel);

  // Ends it, by an error that it does not catch if there is one.
  void End(const std::string& error);

 private:
  ModelTasklet& Fallback() const;
  bool IsInRing(const ModelTasklet& t) const;
  void RequireNoTrap() const;
  void Unblock(ModelTasklet& t);
  void RequireMayWait(const ModelQueue& channel) const;
  void MakeRunnable(ModelTasklet& t);
  void MakeCurrent(ModelTasklet& t);
  void PopCurrent() { ring_.erase(ring_.begin()); }
  void CurrentToEnd();
  void ReviveFallback();
  void Block(ModelQueue& queue, int direction, const Mail& mail);
  void Meet(ModelQueue& channel, int direction, const Mail& outgoing);

  ModelTasklet* main_;
  Fault fault_;
  std::vector<ModelTasklet*> ring_;      // the running one is the first
  std::vector<ModelTasklet*> watchers_;  // inside Run(), the innermost last
  int switch_trap_ = 0;
};

}  // namespace microthread

#endif  // MICROTHREAD_TESTS_SCHEDULER_RING_MODEL_H_
