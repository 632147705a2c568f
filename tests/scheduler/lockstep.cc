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

namespace microthread {
namespace {

constexpr int kTasklets = 7;  // with main
constexpr int kChannels = 3;
constexpr size_t kShownOperations = 40;

// The library's side of a tasklet and the model's.
struct Actor : ModelTasklet {
  Tasklet tasklet;
  bool started = false;
};

std::exception_ptr TheError() {
  return std::make_exception_ptr(UserError("thrown"));
}

class Lockstep {
 public:
  Lockstep(uint64_t seed, int64_t operations, Fault fault)
      : dice_(seed),
        remaining_(operations),
        actors_(kTasklets),
        model_channels_(kChannels),
        channels_(kChannels),
        model_(&actors_[0], fault) {
    for (int i = 0; i < kTasklets; ++i) actors_[i].number = i;
    for (ModelQueue& channel : model_channels_) channel.fault = fault;
    actors_[0].tasklet = Tasklet::Main();
    actors_[0].started = true;
  }

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
          return End("");
        case Code::kFail:
          End("UserError");
          throw UserError("uncaught");
        default:
          exit = Do(number, operation);
      }
      if (!exit || over_ || number == 0 || dice_.Between(0, 4) == 0) continue;
      End("exit");
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
      const Operation operation = dice_.Draw(kTasklets, kChannels);
      if (MakesSense(operation, number)) return operation;
    }
  }

  bool MakesSense(const Operation& operation, int number) {
    switch (operation.code) {
      case Code::kSpawn:
      case Code::kNew:
        return operation.target != 0 && !actors_[operation.target].alive;
      case Code::kRenew:
        return model_channels_[operation.target].waiters.empty();
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

  // Lets the model end the running tasklet.
  void End(const std::string& error) {
    if (over_) return;
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
      outcome = ErrorOf([&] { value = Perform(operation); });
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
      PerformOnModel(operation);
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
    for (int i = 0; i < kChannels; ++i) CompareChannel(i);
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
    const Channel<int>& channel = channels_[number];
    const ModelQueue& due = model_channels_[number];
    if (channel.balance() != due.balance() ||
        channel.closing() != due.closing) {
      return Differ("the balance of " + std::to_string(number) + " is " +
                    std::to_string(channel.balance()) + ", closing " +
                    std::to_string(channel.closing()));
    }
    Tasklet at = channel.queue();
    for (const ModelTasklet* waiter : due.waiters) {
      if (at != actors_[waiter->number].tasklet) {
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

  void Make(const Operation& operation);
  void MakeInModel(const Operation& operation);
  int Perform(const Operation& operation);
  void PerformOnTasklet(const Operation& operation);
  int PerformOnChannel(const Operation& operation);
  void PerformOnModel(const Operation& operation);
  void PerformOnModelTasklet(const Operation& operation);
  void PerformOnModelChannel(const Operation& operation);

  OperationDice dice_;
  int64_t remaining_;
  bool over_ = false;  // from now on nothing is compared
  std::deque<Actor> actors_;
  std::vector<ModelQueue> model_channels_;
  std::vector<Channel<int>> channels_;
  RingModel model_;
  std::vector<std::pair<int, Operation>> operations_;
  LockstepResult result_;
};

// ---- the library's side

void Lockstep::Make(const Operation& operation) {
  const int number = operation.target;
  const Tasklet made = Tasklet::New({.name = BodyName(number)});
  made.Bind([this, number] {
    if (!over_) {
      actors_[number].started = true;
      Arrive(number, Code::kNew, Mail());
    }
    Live(number);
  });
  if (operation.code == Code::kSpawn) made.Insert();
  actors_[number].tasklet = made;
}

int Lockstep::Perform(const Operation& operation) {
  switch (operation.code) {
    case Code::kSchedule:
      Schedule();
      return 0;
    case Code::kScheduleRemove:
      ScheduleRemove();
      return 0;
    case Code::kRun:
      microthread::Run();
      return 0;
    case Code::kBlockTrap:
      Tasklet::Current().set_block_trap(operation.value != 0);
      return 0;
    case Code::kSwitchTrap:
      SwitchTrap(operation.value);
      return 0;
    case Code::kExit:
      throw TaskletExit();
    default:
      if (operation.code > Code::kJoin) return PerformOnChannel(operation);
      PerformOnTasklet(operation);
      return 0;
  }
}

void Lockstep::PerformOnTasklet(const Operation& operation) {
  // A copy: it may be replaced while the operation lasts.
  const Tasklet target = actors_[operation.target].tasklet;
  switch (operation.code) {
    case Code::kInsert:
      return void(target.Insert());
    case Code::kRemove:
      return void(target.Remove());
    case Code::kGoto:
      return target.Run();
    case Code::kSwitch:
      return target.Switch();
    case Code::kKill:
      return target.Kill();
    case Code::kKillPending:
      return target.KillPending();
    case Code::kRaise:
      return target.Throw(TheError());
    case Code::kThrowPending:
      return target.ThrowPending(TheError());
    case Code::kJoin:
      return target.Join();
    default:
      return Make(operation);
  }
}

int Lockstep::PerformOnChannel(const Operation& operation) {
  const Channel<int> channel = channels_[operation.target];
  switch (operation.code) {
    case Code::kSend:
      channel.Send(operation.value);
      return 0;
    case Code::kReceive:
      return channel.Receive();
    case Code::kSendException:
      channel.SendException(TheError());
      return 0;
    case Code::kClose:
      channel.Close();
      return 0;
    case Code::kOpen:
      channel.Open();
      return 0;
    case Code::kFinish:
      channel.Finish();
      return 0;
    case Code::kRenew:
      channels_[operation.target] = Channel<int>();
      return 0;
    case Code::kPreference:
      channel.set_preference(static_cast<Preference>(operation.value));
      return 0;
    default:
      channel.set_schedule_all(operation.value != 0);
      return 0;
  }
}

// ---- the model's

void Lockstep::MakeInModel(const Operation& operation) {
  Actor& actor = actors_[operation.target];
  actor.started = false;
  actor.alive = true;
  actor.mail = Mail();
  if (operation.code == Code::kSpawn) model_.Append(actor);
}

void Lockstep::PerformOnModel(const Operation& operation) {
  switch (operation.code) {
    case Code::kSchedule:
      return model_.Schedule();
    case Code::kScheduleRemove:
      return model_.ScheduleRemove();
    case Code::kRun:
      return model_.Run();
    case Code::kBlockTrap:
      return void(model_.current().block_trap = operation.value != 0);
    case Code::kSwitchTrap:
      return model_.AddToSwitchTrap(operation.value);
    case Code::kExit:
      throw ModelFailure{"exit"};
    default:
      if (operation.code > Code::kJoin) return PerformOnModelChannel(operation);
      return PerformOnModelTasklet(operation);
  }
}

void Lockstep::PerformOnModelTasklet(const Operation& operation) {
  ModelTasklet& target = actors_[operation.target];
  switch (operation.code) {
    case Code::kInsert:
      return model_.Insert(target);
    case Code::kRemove:
      return model_.Remove(target);
    case Code::kGoto:
      return model_.RunTasklet(target, false);
    case Code::kSwitch:
      return model_.RunTasklet(target, true);
    case Code::kKill:
      return model_.Throw(target, "exit", false);
    case Code::kKillPending:
      return model_.Throw(target, "exit", true);
    case Code::kRaise:
      return model_.Throw(target, "UserError", false);
    case Code::kThrowPending:
      return model_.Throw(target, "UserError", true);
    case Code::kJoin:
      return model_.Join(target);
    default:
      return MakeInModel(operation);
  }
}

void Lockstep::PerformOnModelChannel(const Operation& operation) {
  ModelQueue& channel = model_channels_[operation.target];
  switch (operation.code) {
    case Code::kSend:
      return model_.Send(channel, {"", operation.value});
    case Code::kReceive:
      return model_.Receive(channel);
    case Code::kSendException:
      return model_.Send(channel, {"UserError"});
    case Code::kClose:
      return void(channel.closing = true);
    case Code::kOpen:
      return model_.Open(channel);
    case Code::kFinish:
      return model_.Finish(channel);
    case Code::kRenew:
      return model_.Renew(channel);
    case Code::kPreference:
      return void(channel.preference = operation.value);
    default:
      return void(channel.schedule_all = operation.value != 0);
  }
}

}  // namespace

LockstepResult RunInLockstep(uint64_t seed, int64_t operations, Fault fault) {
  return Lockstep(seed, operations, fault).Run();
}

}  // namespace microthread
