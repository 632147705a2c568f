// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/scheduler/ring_model.h"

#include <algorithm>
#include <string>
#include <utility>

namespace microthread {
namespace {

void RequireRunnable(const ModelTasklet& target) {
  if (target.blocked != 0) throw ModelFailure{"TaskletBlockedError"};
  if (!target.alive) throw ModelFailure{"DeadTaskletError"};
}

}  // namespace

int ModelQueue::balance() const {
  const int size = static_cast<int>(waiters.size());
  if (size == 0) return 0;
  const int error = fault == Fault::kBalanceOffByOne && size > 1 ? 1 : 0;
  return (size + error) * waiters.front()->blocked;
}

RingModel::RingModel(ModelTasklet* main, Fault fault)
    : main_(main), fault_(fault), ring_({main}) {
  main->alive = true;
}

// ---- the moves

ModelTasklet& RingModel::Fallback() const {
  return watchers_.empty() ? *main_ : *watchers_.back();
}

bool RingModel::IsInRing(const ModelTasklet& t) const {
  return std::find(ring_.begin(), ring_.end(), &t) != ring_.end();
}

bool RingModel::IsScheduled(const ModelTasklet& t) const {
  return t.blocked != 0 || IsInRing(t);
}

void RingModel::RequireNoTrap() const {
  if (switch_trap_ == 0 || fault_ == Fault::kTrapIgnored) return;
  throw ModelFailure{"SwitchTrapError"};
}

void RingModel::Unblock(ModelTasklet& t) {
  auto& waiters = t.queue->waiters;
  waiters.erase(std::remove(waiters.begin(), waiters.end(), &t), waiters.end());
  t.blocked = 0;
  t.queue = nullptr;
}

void RingModel::MakeRunnable(ModelTasklet& t) {
  if (t.blocked != 0) Unblock(t);
  if (!IsInRing(t)) ring_.push_back(&t);
}

void RingModel::MakeCurrent(ModelTasklet& t) {
  MakeRunnable(t);
  std::rotate(ring_.begin(), std::find(ring_.begin(), ring_.end(), &t),
              ring_.end());
}

void RingModel::CurrentToEnd() {
  std::rotate(ring_.begin(), ring_.begin() + 1, ring_.end());
}

// The running one is alone and leaves the ring: who goes on?
void RingModel::ReviveFallback() {
  ModelTasklet& heir = Fallback();
  if (&heir == &current()) return;
  if (heir.blocked != 0) throw ModelFailure{"DeadlockError"};
  RequireNoTrap();
  PopCurrent();
  MakeCurrent(heir);
}

void RingModel::Block(ModelQueue& queue, int direction, const Mail& mail) {
  ModelTasklet& me = current();
  if (ring_.size() == 1) {
    if (&Fallback() == &me) throw ModelFailure{"DeadlockError"};
    ReviveFallback();
  } else {
    RequireNoTrap();
    PopCurrent();
  }
  me.mail = mail;
  me.blocked = direction;
  me.queue = &queue;
  if (fault_ == Fault::kWaitsAtTheFront) {
    queue.waiters.push_front(&me);
  } else {
    queue.waiters.push_back(&me);
  }
}

// ---- the scheduler's operations

void RingModel::Schedule() {
  if (ring_.size() > 1) RequireNoTrap();
  CurrentToEnd();
}

void RingModel::ScheduleRemove() {
  if (ring_.size() == 1) return ReviveFallback();
  RequireNoTrap();
  PopCurrent();
}

void RingModel::Run() {
  if (ring_.size() == 1) return;
  RequireNoTrap();
  watchers_.push_back(&current());
  PopCurrent();
}

void RingModel::LeaveRun() {
  ModelTasklet& me = current();
  if (std::find(watchers_.begin(), watchers_.end(), &me) == watchers_.end()) {
    return;
  }
  while (watchers_.back() != &me) {
    ModelTasklet& inner = *watchers_.back();
    watchers_.pop_back();
    if (fault_ != Fault::kInnerRunForgotten && !IsScheduled(inner)) {
      ring_.push_back(&inner);
    }
  }
  watchers_.pop_back();
}

void RingModel::End(const std::string& error) {
  ModelTasklet& me = current();
  me.alive = me.block_trap = false;
  // A copy: with a fault, one that was killed may still stand in it.
  for (ModelTasklet* joiner : std::deque(me.joiners.waiters)) {
    MakeRunnable(*joiner);
  }
  me.joiners.waiters.clear();
  PopCurrent();
  ModelTasklet& heir = Fallback();
  if (!error.empty() && error != "exit") {
    ModelTasklet& watcher = fault_ == Fault::kErrorToMain ? *main_ : heir;
    watcher.mail = {error};
    MakeCurrent(watcher);
  } else if (ring_.empty()) {
    if (heir.blocked != 0) heir.mail = {"DeadlockError"};
    MakeCurrent(heir);
  }
}

// ---- operations on tasklets

void RingModel::Append(ModelTasklet& target) {
  if (fault_ == Fault::kInsertAtTheFront) {
    ring_.insert(ring_.begin() + 1, &target);
  } else {
    ring_.push_back(&target);
  }
}

void RingModel::Insert(ModelTasklet& target) {
  RequireRunnable(target);
  if (!IsInRing(target)) Append(target);
}

void RingModel::Remove(ModelTasklet& target) {
  if (target.blocked != 0) throw ModelFailure{"TaskletBlockedError"};
  if (&target == &current()) throw ModelFailure{"CurrentTaskletError"};
  ring_.erase(std::remove(ring_.begin(), ring_.end(), &target), ring_.end());
}

void RingModel::RunTasklet(ModelTasklet& target, bool pause_caller) {
  RequireRunnable(target);
  if (&target == &current()) return;
  RequireNoTrap();
  if (pause_caller) PopCurrent();
  MakeCurrent(target);
}

void RingModel::Throw(ModelTasklet& target, const std::string& error,
                      bool pending) {
  if (&target == &current()) throw ModelFailure{error};
  if (!target.alive) {
    if (error == "exit") return;
    throw ModelFailure{"DeadTaskletError"};
  }
  if (!pending) RequireNoTrap();
  target.mail = {error};
  if (fault_ == Fault::kKillLeavesTheWaiter) target.blocked = 0;
  if (pending && fault_ != Fault::kPendingThrowSwitches) {
    MakeRunnable(target);
  } else {
    MakeCurrent(target);
  }
}

void RingModel::Join(ModelTasklet& target) {
  if (&target == &current()) throw ModelFailure{"CurrentTaskletError"};
  if (!target.alive) return;
  if (current().block_trap) throw ModelFailure{"BlockTrapError"};
  Block(target.joiners, -1, Mail());
}

// ---- operations on channels

void RingModel::Send(ModelQueue& channel, const Mail& mail) {
  if (channel.balance() < 0) return Meet(channel, +1, mail);
  RequireMayWait(channel);
  Block(channel, +1, mail);
}

void RingModel::Receive(ModelQueue& channel) {
  if (channel.balance() > 0) return Meet(channel, -1, Mail());
  if (channel.finished && !current().block_trap) {
    throw ModelFailure{"EndOfChannel"};
  }
  RequireMayWait(channel);
  Block(channel, -1, Mail());
}

void RingModel::RequireMayWait(const ModelQueue& channel) const {
  if (current().block_trap) throw ModelFailure{"BlockTrapError"};
  if (channel.closing && fault_ != Fault::kClosedLetsWait) {
    throw ModelFailure{"ChannelClosedError"};
  }
}

void RingModel::Meet(ModelQueue& channel, int direction, const Mail& outgoing) {
  ModelTasklet& partner = *channel.waiters.front();
  const int favored = fault_ == Fault::kPreferenceNegated ? -channel.preference
                                                          : channel.preference;
  const bool favors_partner = favored == -direction;
  const bool schedule_all =
      channel.schedule_all && fault_ != Fault::kScheduleAllIgnored;
  if (schedule_all || favors_partner) RequireNoTrap();
  const Mail incoming = std::exchange(partner.mail, outgoing);
  if (direction < 0) current().mail = incoming;
  Unblock(partner);
  if (schedule_all) {
    ring_.push_back(&partner);
    CurrentToEnd();
  } else if (favors_partner) {
    CurrentToEnd();
    const bool wrong = fault_ == Fault::kHandoverToTheNext;
    ring_.insert(wrong ? ring_.end() : ring_.begin(), &partner);
  } else {
    ring_.push_back(&partner);
  }
}

void RingModel::Open(ModelQueue& channel) {
  if (channel.finished) throw ModelFailure{"ChannelClosedError"};
  channel.closing = false;
}

void RingModel::Finish(ModelQueue& channel) {
  channel.closing = channel.finished = true;
  while (channel.balance() < 0) {
    ModelTasklet& receiver = *channel.waiters.front();
    receiver.mail = {"EndOfChannel"};
    MakeRunnable(receiver);
  }
}

void RingModel::Renew(ModelQueue& channel) {
  channel = ModelQueue();
  channel.fault = fault_;
}

}  // namespace microthread
