// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/scheduler/lockstep.h"

#include <algorithm>
#include <cstdint>
#include <deque>
#include <exception>
#include <string>
#include <utility>
#include <vector>

#include "tests/scheduler/event_log.h"
#include "tests/scheduler/random_operation.h"
#include "tests/scheduler/two_worlds.h"

namespace microthread {
namespace {

constexpr size_t kShownOperations = 40;

class Lockstep {
 public:
  Lockstep(uint64_t seed, int64_t operations, Fault fault)
      : dice_(seed),
        remaining_(operations),
        worlds_([this](int number) { Begin(number); }, fault) {}

  LockstepResult Run() {
    {
      ThreadScope scope;
      const int64_t operations = remaining_;
      result_.operations = operations;
      while (!over_) {
        try {
          Live(0);
        } catch (const TaskletExit&) {  // of one who was killed as all ended
        }
      }
      result_.operations = operations - remaining_;
      SwitchTrap(-SwitchTrap(0));
      actors_[0].tasklet.set_block_trap(false);
    }
    return result_;
  }

 private:
  void Begin(int number) {
    actors_[number].started = true;
    if (!over_) Arrive(number, Code::kNew, Mail());
    Live(number);
  }

  // The body of all tasklets.
  void Live(int number) {
    while (!over_) {
      const Operation operation = Draw(number);
      if (remaining_ == 0) {
        over_ = true;
        return;
      }
      --remaining_;
      operations_.emplace_back(number, operation);
      bool exit = false;
      switch (operation.code) {
        case Code::kReturn:
          return End(number, "");
        case Code::kFail:
          End(number, "UserError");
          throw UserError("uncaught");
        default:
          exit = Do(number, operation);
      }
      if (!exit || over_ || number == 0 || dice_.Between(0, 4) == 0) continue;
      End(number, "exit");
      throw TaskletExit();
    }
  }

  // One that means something at this moment.
  Operation Draw(int number) {
    // A trap that stays makes everything else fail.
    if (model_.switch_trap() != 0 && dice_.Between(0, 4) == 0) {
      return {Code::kSwitchTrap, 0, -model_.switch_trap()};
    }
    for (;;) {
      const Operation operation =
          dice_.Draw(TwoWorlds::kTasklets, TwoWorlds::kChannels);
      if (MakesSense(operation, number)) return operation;
    }
  }

  bool MakesSense(const Operation& operation, int number) {
    switch (operation.code) {
      case Code::kSpawn:
      case Code::kNew:
        return operation.target != 0 && !actors_[operation.target].alive;
      case Code::kRenew:
        return worlds_.model_channels[operation.target].waiters.empty();
      case Code::kReturn:
      case Code::kFail:
        return number != 0;
      case Code::kJoin:
        return operation.target != 0 &&
               actors_[operation.target].tasklet.valid();
      default:
        return operation.code > Code::kJoin ||
               actors_[operation.target].tasklet.valid();
    }
  }

  // Lets the model end the running tasklet. Half of them have no handle then:
  // their end takes a short way.
  void End(int number, const std::string& error) {
    if (over_) return;
    if (dice_.Between(0, 1) == 0) actors_[number].tasklet = Tasklet();
    model_.End(error);
    Settle();
  }

  // Those who are killed before they begin end without our hearing of it.
  void Settle() {
    for (;;) {
      Actor& next = static_cast<Actor&>(model_.current());
      if (next.started || next.mail.error.empty()) return;
      next.started = true;
      model_.End(std::exchange(next.mail, Mail()).error);
    }
  }

  // Performs an operation on both sides. Returns whether it ended by a
  // TaskletExit.
  bool Do(int number, const Operation& operation) {
    Predict(number, operation);
    int value = 0;
    std::string outcome;
    try {
      outcome = ErrorOf([&] { value = worlds_.Perform(operation); });
    } catch (const TaskletExit&) {
      if (over_) throw;
      outcome = "exit";
    }
    outcome = outcome == "ok" ? "" : outcome.substr(0, outcome.find(' '));
    if (!over_) Arrive(number, operation.code, {outcome, value});
    return outcome == "exit";
  }

  void Predict(int number, const Operation& operation) {
    if (over_) return;
    try {
      worlds_.PerformOnModel(operation);
    } catch (const ModelFailure& failure) {
      actors_[number].mail = {failure.error};
    }
    Settle();
  }

  // Control has come to a tasklet, whose operation is complete now.
  void Arrive(int number, Code code, const Mail& got) {
    if (&model_.current() != &actors_[number]) {
      return Differ(BodyName(number) + " runs, and not " +
                    BodyName(model_.current().number));
    }
    if (code == Code::kRun) model_.LeaveRun();
    const Mail due = std::exchange(actors_[number].mail, Mail());
    if (got.error != due.error) {
      return Differ(BodyName(number) + " gets \"" + got.error + "\", and not " +
                    "\"" + due.error + "\"");
    }
    if (code == Code::kReceive && got.value != due.value) {
      return Differ(BodyName(number) + " receives " +
                    std::to_string(got.value) + ", and not " +
                    std::to_string(due.value));
    }
    CompareAll();
  }

  void CompareAll() {
    CompareRing();
    for (int i = 0; i < TwoWorlds::kChannels; ++i) CompareChannel(i);
    for (const Actor& actor : actors_) CompareStates(actor);
  }

  void CompareRing() {
    Tasklet at = Tasklet::Current();
    for (const ModelTasklet* due : model_.ring()) {
      if (at != actors_[due->number].tasklet) {
        return Differ("the ring is " + Ring());
      }
      const Tasklet next = at.next();
      if (next.prev() != at) return Differ("a broken link: " + Ring());
      at = next;
    }
    if (at != Tasklet::Current() || RunCount() != model_.ring().size()) {
      Differ("the ring is " + Ring());
    }
  }

  void CompareChannel(int number) {
    const Channel<int>& channel = worlds_.channels[number];
    const ModelQueue& due = worlds_.model_channels[number];
    if (channel.balance() != due.balance() ||
        channel.closing() != due.closing) {
      return Differ("the balance of " + std::to_string(number) + " is " +
                    std::to_string(channel.balance()) + ", closing " +
                    std::to_string(channel.closing()));
    }
    Tasklet at = channel.queue();
    for (const ModelTasklet* waiter : due.waiters) {
      if (!at.valid() || at != actors_[waiter->number].tasklet) {
        return Differ("in the queue of " + std::to_string(number) + " are " +
                      QueueOf(channel));
      }
      at = at.next();
    }
    if (at.valid()) Differ("too many in queue " + std::to_string(number));
  }

  void CompareStates(const Actor& actor) {
    const Tasklet& tasklet = actor.tasklet;
    if (!tasklet.valid()) return;
    const bool scheduled = model_.IsScheduled(actor);
    if (tasklet.alive() != actor.alive || tasklet.scheduled() != scheduled ||
        tasklet.blocked() != (actor.blocked != 0) ||
        tasklet.paused() != (actor.alive && !scheduled) ||
        tasklet.is_current() != (&actor == &model_.current()) ||
        tasklet.block_trap() != actor.block_trap) {
      Differ(BodyName(actor.number) + " is " + StatesOf(tasklet));
    }
  }

  // The first difference ends it all.
  void Differ(const std::string& what) {
    if (over_) return;
    over_ = true;
    result_.difference = what + "; the operations before:";
    const size_t shown = std::min(operations_.size(), kShownOperations);
    for (auto it = operations_.end() - static_cast<std::ptrdiff_t>(shown);
         it != operations_.end(); ++it) {
      result_.difference +=
          "\n  " + BodyName(it->first) + " " + Describe(it->second);
    }
  }

  OperationDice dice_;
  int64_t remaining_;
  bool over_ = false;  // from now on nothing is compared
  TwoWorlds worlds_;
  RingModel& model_ = worlds_.model;
  std::deque<Actor>& actors_ = worlds_.actors;
  std::vector<std::pair<int, Operation>> operations_;
  LockstepResult result_;
};

}  // namespace

LockstepResult RunInLockstep(uint64_t seed, int64_t operations, Fault fault) {
  return Lockstep(seed, operations, fault).Run();
}

}  // namespace microthread
