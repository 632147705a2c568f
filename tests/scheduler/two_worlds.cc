// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/scheduler/two_worlds.h"

#include <exception>
#include <utility>

namespace microthread {
namespace {

std::exception_ptr TheError() {
  return std::make_exception_ptr(UserError("thrown"));
}

}  // namespace

TwoWorlds::TwoWorlds(std::function<void(int number)> body, Fault fault)
    : model(&actors[0], fault), body_(std::move(body)) {
  for (int i = 0; i < kTasklets; ++i) actors[i].number = i;
  for (ModelQueue& channel : model_channels) channel.fault = fault;
  actors[0].tasklet = Tasklet::Main();
  actors[0].started = true;
}

// ---- the library's side

void TwoWorlds::Make(const Operation& operation) {
  const int number = operation.target;
  const auto body = [this, number] { body_(number); };
  actors[number].tasklet =
      operation.code == Code::kSpawn
          ? Spawn(body)
          : Tasklet::New({.name = BodyName(number)}).Bind(body);
}

int TwoWorlds::Perform(const Operation& operation) {
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

void TwoWorlds::PerformOnTasklet(const Operation& operation) {
  // A copy: it may be replaced while the operation lasts.
  const Tasklet target = actors[operation.target].tasklet;
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

int TwoWorlds::PerformOnChannel(const Operation& operation) {
  const Channel<int> channel = channels[operation.target];
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
      channels[operation.target] = Channel<int>();
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

void TwoWorlds::MakeInModel(const Operation& operation) {
  Actor& actor = actors[operation.target];
  actor.started = false;
  actor.alive = true;
  actor.mail = Mail();
  if (operation.code == Code::kSpawn) model.Append(actor);
}

void TwoWorlds::PerformOnModel(const Operation& operation) {
  switch (operation.code) {
    case Code::kSchedule:
      return model.Schedule();
    case Code::kScheduleRemove:
      return model.ScheduleRemove();
    case Code::kRun:
      return model.Run();
    case Code::kBlockTrap:
      return void(model.current().block_trap = operation.value != 0);
    case Code::kSwitchTrap:
      return model.AddToSwitchTrap(operation.value);
    case Code::kExit:
      throw ModelFailure{"exit"};
    default:
      if (operation.code > Code::kJoin) return PerformOnModelChannel(operation);
      return PerformOnModelTasklet(operation);
  }
}

void TwoWorlds::PerformOnModelTasklet(const Operation& operation) {
  ModelTasklet& target = actors[operation.target];
  switch (operation.code) {
    case Code::kInsert:
      return model.Insert(target);
    case Code::kRemove:
      return model.Remove(target);
    case Code::kGoto:
      return model.RunTasklet(target, false);
    case Code::kSwitch:
      return model.RunTasklet(target, true);
    case Code::kKill:
      return model.Throw(target, "exit", false);
    case Code::kKillPending:
      return model.Throw(target, "exit", true);
    case Code::kRaise:
      return model.Throw(target, "UserError", false);
    case Code::kThrowPending:
      return model.Throw(target, "UserError", true);
    case Code::kJoin:
      return model.Join(target);
    default:
      return MakeInModel(operation);
  }
}

void TwoWorlds::PerformOnModelChannel(const Operation& operation) {
  ModelQueue& channel = model_channels[operation.target];
  switch (operation.code) {
    case Code::kSend:
      return model.Send(channel, {"", operation.value});
    case Code::kReceive:
      return model.Receive(channel);
    case Code::kSendException:
      return model.Send(channel, {"UserError"});
    case Code::kClose:
      return void(channel.closing = true);
    case Code::kOpen:
      return model.Open(channel);
    case Code::kFinish:
      return model.Finish(channel);
    case Code::kRenew:
      return model.Renew(channel);
    case Code::kPreference:
      return void(channel.preference = operation.value);
    default:
      return void(channel.schedule_all = operation.value != 0);
  }
}

}  // namespace microthread
