// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/scheduler/run_on_model.h"

#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "tests/scheduler/ring_model.h"

namespace microthread {
namespace {

// A body and how far it has come.
struct Actor : ModelTasklet {
  bool exists = false;  // it is made only once
  bool started = false;
  size_t at = 0;         // its next operation
  bool pending = false;  // that one has begun and is not complete
};

class Interpreter {
 public:
  explicit Interpreter(const Program& program)
      : program_(program),
        actors_(program.bodies.size()),
        channels_(program.channels),
        model_(&actors_[0]) {
    for (size_t i = 0; i < actors_.size(); ++i) {
      actors_[i].number = static_cast<int>(i);
    }
    actors_[0].exists = actors_[0].started = true;
  }

  std::vector<std::string> Run() {
    while (!done_) Step();
    return std::move(log_);
  }

 private:
  void Log(const Actor& actor, const std::string& text) {
    log_.push_back(BodyName(actor.number) + " " + text);
  }

  // Lets the running one begin, complete or end.
  void Step() {
    Actor& me = static_cast<Actor&>(model_.current());
    if (!std::exchange(me.started, true) && !me.mail.error.empty()) {
      return model_.End(TakeMail(me).error);
    }
    const auto& operations = program_.bodies[me.number].operations;
    if (me.pending) return Complete(me);
    if (me.at == operations.size()) {
      if (me.number == 0) return Tail(me);
      Log(me, "ends");
      return model_.End("");
    }
    if (operations[me.at].code == Code::kFail) {
      Log(me, "fail");
      return model_.End("UserError");
    }
    Begin(me, operations[me.at]);
  }

  static Mail TakeMail(Actor& me) { return std::exchange(me.mail, Mail()); }

  void Begin(Actor& me, const Operation& operation) {
    me.pending = true;
    try {
      Perform(me, operation);
    } catch (const ModelFailure& failure) {
      me.mail = {failure.error};
    }
  }

  void Complete(Actor& me) {
    const Body& body = program_.bodies[me.number];
    me.pending = false;
    const Operation operation = me.at < body.operations.size()
                                    ? body.operations[me.at++]
                                    : Operation{Code::kRun};
    if (operation.code == Code::kRun) model_.LeaveRun();
    const Mail mail = TakeMail(me);
    if (mail.error.empty()) {
      return Log(me, Describe(operation) + Result(operation, mail.value));
    }
    Log(me, Describe(operation) + ": " + mail.error);
    if (mail.error == "exit" && !body.stubborn) model_.End("exit");
  }

  void Tail(Actor& me) {
    if (model_.ring().size() > 1 && tail_runs_++ < kMaxTailRuns) {
      return Begin(me, {Code::kRun});
    }
    for (int i = 0; i < program_.channels; ++i) {
      const Operation operation{Code::kQueue, i};
      Log(me, Describe(operation) + Result(operation, 0));
    }
    for (const Actor& actor : actors_) {
      const Operation operation{Code::kStates, actor.number};
      if (actor.exists) Log(me, Describe(operation) + Result(operation, 0));
    }
    done_ = true;
  }

  void Make(const Operation& operation) {
    Actor& actor = actors_[operation.target];
    if (actor.exists) throw ModelFailure{"unknown"};
    actor.exists = actor.alive = true;
    if (operation.code == Code::kSpawn) model_.Append(actor);
  }

  ModelTasklet& Target(const Operation& operation) {
    Actor& actor = actors_[operation.target];
    if (!actor.exists) throw ModelFailure{"unknown"};
    return actor;
  }

  void Perform(Actor& me, const Operation& operation);
  void PerformOnTasklet(const Operation& operation);
  void PerformOnChannel(const Operation& operation);
  std::string Result(const Operation& operation, int value) const;
  std::string StatesOf(const Actor& actor) const;

  const Program& program_;
  std::deque<Actor> actors_;
  std::vector<ModelQueue> channels_;
  RingModel model_;
  int tail_runs_ = 0;
  bool done_ = false;
  std::vector<std::string> log_;
};

void Interpreter::Perform(Actor& me, const Operation& operation) {
  switch (operation.code) {
    case Code::kSchedule:
      return model_.Schedule();
    case Code::kScheduleRemove:
      return model_.ScheduleRemove();
    case Code::kRun:
      return model_.Run();
    case Code::kBlockTrap:
      return void(me.block_trap = operation.value != 0);
    case Code::kSwitchTrap:
      return model_.AddToSwitchTrap(operation.value);
    case Code::kExit:
      throw ModelFailure{"exit"};
    case Code::kSpawn:
    case Code::kNew:
      return Make(operation);
    default:
      PerformOnTasklet(operation);
      PerformOnChannel(operation);
  }
}

void Interpreter::PerformOnTasklet(const Operation& operation) {
  switch (operation.code) {
    case Code::kInsert:
      return model_.Insert(Target(operation));
    case Code::kRemove:
      return model_.Remove(Target(operation));
    case Code::kGoto:
      return model_.RunTasklet(Target(operation), false);
    case Code::kSwitch:
      return model_.RunTasklet(Target(operation), true);
    case Code::kKill:
      return model_.Throw(Target(operation), "exit", false);
    case Code::kKillPending:
      return model_.Throw(Target(operation), "exit", true);
    case Code::kRaise:
      return model_.Throw(Target(operation), "UserError", false);
    case Code::kThrowPending:
      return model_.Throw(Target(operation), "UserError", true);
    case Code::kJoin:
      return model_.Join(Target(operation));
    case Code::kStates:
      return void(Target(operation));
    default:
      return;
  }
}

void Interpreter::PerformOnChannel(const Operation& operation) {
  ModelQueue& channel = channels_[operation.target % program_.channels];
  switch (operation.code) {
    case Code::kSend:
      return model_.Send(channel, {"", operation.value});
    case Code::kSendException:
      return model_.Send(channel, {"UserError"});
    case Code::kReceive:
      return model_.Receive(channel);
    case Code::kClose:
      return void(channel.closing = true);
    case Code::kOpen:
      return model_.Open(channel);
    case Code::kFinish:
      return model_.Finish(channel);
    case Code::kPreference:
      return void(channel.preference = operation.value);
    case Code::kScheduleAll:
      return void(channel.schedule_all = operation.value != 0);
    default:
      return;
  }
}

template <class Tasklets>
std::string Names(const Tasklets& tasklets) {
  std::string names;
  for (const ModelTasklet* tasklet : tasklets) {
    names += (names.empty() ? "" : " ") + BodyName(tasklet->number);
  }
  return names.empty() ? "-" : names;
}

// What an operation that succeeds returns, as text.
std::string Interpreter::Result(const Operation& operation, int value) const {
  switch (operation.code) {
    case Code::kReceive:
      return ": " + std::to_string(value);
    case Code::kRing:
      return ": " + Names(model_.ring());
    case Code::kQueue: {
      const ModelQueue& channel = channels_[operation.target];
      return ": " + std::to_string(channel.balance()) + " " +
             Names(channel.waiters) + (channel.closing ? " closing" : "");
    }
    case Code::kStates:
      return ": " + StatesOf(actors_[operation.target]);
    default:
      return "";
  }
}

std::string Interpreter::StatesOf(const Actor& actor) const {
  const bool scheduled = model_.IsScheduled(actor);
  std::string states;
  if (actor.number == 0) states += " main";
  if (&actor == &model_.current()) states += " current";
  if (actor.alive) states += " alive";
  if (actor.alive && !scheduled) states += " paused";
  if (actor.blocked != 0) states += " blocked";
  if (scheduled) states += " scheduled";
  return states.empty() ? "none" : states.substr(1);
}

}  // namespace

std::vector<std::string> RunOnModel(const Program& program) {
  return Interpreter(program).Run();
}

}  // namespace microthread
