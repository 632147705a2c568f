// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// Random programs do on the library what they do on a model of it, event by
// event. A failure prints the seed and the program; to run only that one, set
// the environment variable MICROTHREAD_TEST_SEED.

#include <cstdint>
#include <cstdlib>
#include <exception>
#include <string>
#include <vector>

#include "tests/scheduler/event_log.h"
#include "tests/scheduler/random_program.h"
#include "tests/scheduler/run_on_model.h"

namespace microthread {
namespace {

constexpr uint32_t kPrograms = 5000;

// Thrown by the runner itself: nobody has that name (yet).
struct UnknownName {};

std::exception_ptr TheError() {
  return std::make_exception_ptr(UserError("thrown"));
}

// Runs a program on the library.
class Runner {
 public:
  explicit Runner(const Program& program)
      : program_(program),
        tasklets_(program.bodies.size()),
        channels_(program.channels) {
    for (Channel<int>& channel : channels_) channel = Channel<int>();
    tasklets_[0] = Tasklet::Main();
  }

  EventLog Run() {
    RunBody(0);
    for (int i = 0; i < kMaxTailRuns && RunCount() > 1; ++i) {
      Do(0, {Code::kRun});
    }
    for (int i = 0; i < program_.channels; ++i) Do(0, {Code::kQueue, i});
    for (size_t i = 0; i < tasklets_.size(); ++i) {
      if (tasklets_[i].valid()) Do(0, {Code::kStates, static_cast<int>(i)});
    }
    SwitchTrap(-SwitchTrap(0));
    Tasklet::Main().set_block_trap(false);
    ending_ = true;
    return log_;
  }

 private:
  void Log(int number, const std::string& text) {
    log_.push_back(BodyName(number) + " " + text);
  }

  void RunBody(int number) {
    for (const Operation& operation : program_.bodies[number].operations) {
      Do(number, operation);
    }
    if (number != 0) Log(number, "ends");
  }

  // Performs and logs an operation. Lets out only what shall end the body.
  void Do(int number, const Operation& operation) {
    std::string result;
    try {
      const std::string error = ErrorOf([&] {
        try {
          result = Perform(operation);
        } catch (const UnknownName&) {
          result = ": unknown";
        }
      });
      if (error == "UserError failed") return Fail(number);
      if (error != "ok") result = ": " + error.substr(0, error.find(' '));
    } catch (const TaskletExit&) {
      Log(number, Describe(operation) + ": exit");
      if (ending_ || !program_.bodies[number].stubborn) throw;
      return;
    }
    Log(number, Describe(operation) + result);
  }

  void Fail(int number) {
    Log(number, "fail");
    throw UserError("uncaught");
  }

  // Returns the result as text.
  std::string Perform(const Operation& operation);
  void PerformOnTasklet(const Operation& operation);
  std::string PerformOnChannel(const Operation& operation);

  const Tasklet& Target(const Operation& operation) const {
    const Tasklet& target = tasklets_[operation.target];
    if (!target.valid()) throw UnknownName();
    return target;
  }

  void Make(const Operation& operation) {
    const int number = operation.target;
    Tasklet& tasklet = tasklets_[number];
    if (tasklet.valid()) throw UnknownName();
    tasklet = Tasklet::New({.name = BodyName(number)});
    tasklet.Bind([this, number] { RunBody(number); });
    if (operation.code == Code::kSpawn) tasklet.Insert();
  }

  const Program& program_;
  std::vector<Tasklet> tasklets_;
  std::vector<Channel<int>> channels_;
  bool ending_ = false;  // the rest is unwound, also the stubborn
  EventLog log_;
};

std::string Runner::Perform(const Operation& operation) {
  switch (operation.code) {
    case Code::kSchedule:
      Schedule();
      return "";
    case Code::kScheduleRemove:
      ScheduleRemove();
      return "";
    case Code::kRun:
      microthread::Run();
      return "";
    case Code::kRing:
      return ": " + Ring();
    case Code::kBlockTrap:
      Tasklet::Current().set_block_trap(operation.value != 0);
      return "";
    case Code::kSwitchTrap:
      SwitchTrap(operation.value);
      return "";
    case Code::kExit:
      throw TaskletExit();
    case Code::kFail:
      throw UserError("failed");
    case Code::kStates:
      return ": " + StatesOf(Target(operation));
    default:
      PerformOnTasklet(operation);
      return PerformOnChannel(operation);
  }
}

void Runner::PerformOnTasklet(const Operation& operation) {
  switch (operation.code) {
    case Code::kSpawn:
    case Code::kNew:
      return Make(operation);
    case Code::kInsert:
      return void(Target(operation).Insert());
    case Code::kRemove:
      return void(Target(operation).Remove());
    case Code::kGoto:
      return Target(operation).Run();
    case Code::kSwitch:
      return Target(operation).Switch();
    case Code::kKill:
      return Target(operation).Kill();
    case Code::kKillPending:
      return Target(operation).KillPending();
    case Code::kRaise:
      return Target(operation).Throw(TheError());
    case Code::kThrowPending:
      return Target(operation).ThrowPending(TheError());
    case Code::kJoin:
      return Target(operation).Join();
    default:
      return;
  }
}

std::string Runner::PerformOnChannel(const Operation& operation) {
  const Channel<int>& channel = channels_[operation.target % program_.channels];
  switch (operation.code) {
    case Code::kSend:
      channel.Send(operation.value);
      return "";
    case Code::kSendException:
      channel.SendException(TheError());
      return "";
    case Code::kReceive:
      return ": " + std::to_string(channel.Receive());
    case Code::kClose:
      channel.Close();
      return "";
    case Code::kOpen:
      channel.Open();
      return "";
    case Code::kFinish:
      channel.Finish();
      return "";
    case Code::kPreference:
      channel.set_preference(static_cast<Preference>(operation.value));
      return "";
    case Code::kScheduleAll:
      channel.set_schedule_all(operation.value != 0);
      return "";
    case Code::kQueue:
      return ": " + std::to_string(channel.balance()) + " " + QueueOf(channel) +
             (channel.closing() ? " closing" : "");
    default:
      return "";
  }
}

// Runs the program of `seed` on both and says whether they agree.
bool Agree(uint32_t seed) {
  const Program program = RandomProgram(seed);
  const EventLog expected = RunOnModel(program);
  const testing::LiveObjects before = testing::CountLiveObjects();
  EventLog actual;
  {
    Runner runner(program);
    ThreadScope scope;
    actual = runner.Run();
  }
  EXPECT_EQ(testing::CountLiveObjects(), before) << "seed " << seed;
  EXPECT_THAT(actual, ::testing::ElementsAreArray(expected))
      << "seed " << seed << "\n"
      << Describe(program);
  return !::testing::Test::HasFailure();
}

TEST(RandomModelTest, TheLibraryDoesWhatTheModelDoes) {
  if (const char* only = std::getenv("MICROTHREAD_TEST_SEED")) {
    Agree(static_cast<uint32_t>(std::strtoul(only, nullptr, 10)));
    return;
  }
  for (uint32_t seed = 1; seed <= kPrograms; ++seed) {
    if (!Agree(seed)) break;
  }
}

}  // namespace
}  // namespace microthread
