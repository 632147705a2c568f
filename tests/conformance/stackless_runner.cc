// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// The name table keeps a handle to every tasklet until the program has ended,
// so that `task` can tell about finished ones and no paused one is unwound
// early.

#include "tests/conformance/stackless_runner.h"

#include <exception>
#include <map>

#include "microthread/channel/channel.h"
#include "microthread/scheduler/error.h"
#include "microthread/scheduler/scheduler.h"
#include "microthread/scheduler/thread_scope.h"
#include "microthread/tasklet/tasklet.h"
#include "tests/conformance/record.h"

namespace microthread::conformance {
namespace {

std::exception_ptr MakeUserError() {
  return std::make_exception_ptr(UserError());
}

std::string Flag(const char* name, bool value) {
  return std::string(name) + "=" + (value ? "1" : "0");
}

// Operations on a tasklet that have no result.
using TaskletAction = void (*)(const Tasklet&);

const std::map<std::string, TaskletAction>& TaskletActions() {
  static const auto& actions = *new std::map<std::string, TaskletAction>{
      {"insert", [](const Tasklet& t) { t.Insert(); }},
      {"remove", [](const Tasklet& t) { t.Remove(); }},
      {"goto", [](const Tasklet& t) { t.Run(); }},
      {"switch", [](const Tasklet& t) { t.Switch(); }},
      {"kill", [](const Tasklet& t) { t.Kill(); }},
      {"killp", [](const Tasklet& t) { t.KillPending(); }},
      {"raise", [](const Tasklet& t) { t.Raise<UserError>(); }},
      {"throwp", [](const Tasklet& t) { t.ThrowPending(MakeUserError()); }},
  };
  return actions;
}

// Operations on a channel that have no result, with the numbers that follow it.
using Numbers = std::vector<int>;
using ChannelAction = void (*)(const Channel<int>&, const Numbers&);

const std::map<std::string, ChannelAction>& ChannelActions() {
  using C = Channel<int>;
  static const auto& actions = *new std::map<std::string, ChannelAction>{
      {"send", [](const C& c, const Numbers& n) { c.Send(n[0]); }},
      {"seq", [](const C& c, const Numbers& n) { (void)c.SendSequence(n); }},
      {"sendx",
       [](const C& c, const Numbers&) { c.SendException(MakeUserError()); }},
      {"stop",
       [](const C& c, const Numbers&) {
         c.SendException(std::make_exception_ptr(EndOfChannel()));
       }},
      {"close", [](const C& c, const Numbers&) { c.Close(); }},
      {"open", [](const C& c, const Numbers&) { c.Open(); }},
      {"pref",
       [](const C& c, const Numbers& n) {
         c.set_preference(static_cast<Preference>(n[0]));
       }},
      {"schedall",
       [](const C& c, const Numbers& n) { c.set_schedule_all(n[0] != 0); }},
  };
  return actions;
}

// Operations without an operand, or on the running tasklet; no result.
using SchedulerAction = void (*)(const Numbers&);

const std::map<std::string, SchedulerAction>& SchedulerActions() {
  static const auto& actions = *new std::map<std::string, SchedulerAction>{
      {"yield", [](const Numbers&) { Schedule(); }},
      {"park", [](const Numbers&) { ScheduleRemove(); }},
      {"run", [](const Numbers&) { (void)Run(); }},
      {"quit", [](const Numbers&) { throw TaskletExit(); }},
      {"switchtrap", [](const Numbers& n) { (void)SwitchTrap(n[0]); }},
      {"blocktrap",
       [](const Numbers& n) { Tasklet::Current().set_block_trap(n[0] != 0); }},
  };
  return actions;
}

class StacklessSession {
 public:
  explicit StacklessSession(const Program& program);

  std::vector<std::string> Execute();

 private:
  void RunMain();
  void RunBody(const Body& body);
  void Step(const Body& body, const Operation& operation);

  // The result of an operation as its event shows it.
  std::string Perform(const Body& body, const Operation& operation);
  std::string PerformOnTasklet(const Operation& operation);
  std::string PerformOnChannel(const Body& body, const Operation& operation);
  std::string Create(const Operation& operation);

  static std::string DescribeTasklet(const Tasklet& tasklet);
  std::string DescribeChannel(const Channel<int>& channel) const;
  std::string NameOf(const Tasklet& tasklet) const;

  const Program& program_;
  Record record_;
  std::vector<Channel<int>> channels_;
  std::map<std::string, Tasklet> table_;
};

StacklessSession::StacklessSession(const Program& program) : program_(program) {
  for (int i = 0; i < program.channels; ++i) {
    channels_.emplace_back(std::to_string(i));
  }
}

std::vector<std::string> StacklessSession::Execute() {
  {
    ThreadScope scope;
    RunMain();
    record_.Close();
    (void)SwitchTrap(-SwitchTrap(0));
    Tasklet::Current().set_block_trap(false);
  }
  return record_.TakeEvents();
}

void StacklessSession::RunMain() {
  table_.emplace("M", Tasklet::Current());
  try {
    RunBody(program_.bodies.at("M"));
  } catch (...) {
    // M may end early; its last event shows by what.
  }
  const Body tail{.name = "M", .stubborn = true};
  for (int i = 0; i < 20 && RunCount() > 1; ++i) {
    Step(tail, {"run", "run", {}, {}});
  }
  for (int i = 0; i < program_.channels; ++i) {
    Step(tail, {"chan " + std::to_string(i), "chan", {}, {i}});
  }
  for (const auto& [name, body] : program_.bodies) {
    if (name != "M") Step(tail, {"task " + name, "task", {name}, {}});
  }
}

void StacklessSession::RunBody(const Body& body) {
  if (record_.closed()) return;
  record_.Add(body.name, "begin");
  for (const Operation& operation : body.operations) {
    if (operation.verb == "fail") {
      record_.Add(body.name, operation.text);
      throw UserError();
    }
    Step(body, operation);
  }
  record_.Add(body.name, "end");
}

// Performs and logs one operation; throws if that ends the body.
void StacklessSession::Step(const Body& body, const Operation& operation) {
  std::string result;
  std::exception_ptr error;
  try {
    result = Perform(body, operation);
  } catch (...) {
    error = std::current_exception();
    result = KindOf(error, System::kStackless);
  }
  record_.Add(body.name, operation.text, result);
  if (record_.closed()) throw TaskletExit();
  if (result == kExit && !body.stubborn) std::rethrow_exception(error);
}

std::string StacklessSession::Perform(const Body& body,
                                      const Operation& operation) {
  const auto action = SchedulerActions().find(operation.verb);
  if (action != SchedulerActions().end()) {
    action->second(operation.numbers);
    return "";
  }
  if (operation.verb == "count") return "-> " + std::to_string(RunCount());
  if (operation.verb == "spawn" || operation.verb == "new") {
    return Create(operation);
  }
  return operation.names.empty() ? PerformOnChannel(body, operation)
                                 : PerformOnTasklet(operation);
}

std::string StacklessSession::PerformOnTasklet(const Operation& operation) {
  const auto named = table_.find(operation.names[0]);
  if (named == table_.end()) return kNone;
  if (operation.verb == "task") return DescribeTasklet(named->second);
  TaskletActions().at(operation.verb)(named->second);
  return "";
}

std::string StacklessSession::PerformOnChannel(const Body& body,
                                               const Operation& operation) {
  const Channel<int>& channel = channels_.at(operation.numbers[0]);
  if (operation.verb == "chan") return DescribeChannel(channel);
  if (operation.verb == "recv") {
    return "-> " + std::to_string(channel.Receive());
  }
  if (operation.verb == "each") {
    for (int item : channel) {
      record_.Add(body.name, operation.text, "item " + std::to_string(item));
    }
    return "";
  }
  const Numbers rest(operation.numbers.begin() + 1, operation.numbers.end());
  ChannelActions().at(operation.verb)(channel, rest);
  return "";
}

std::string StacklessSession::Create(const Operation& operation) {
  const std::string& name = operation.names[0];
  const auto body = program_.bodies.find(name);
  if (body == program_.bodies.end() || table_.count(name) > 0) return kNone;
  auto run = [this, &body = body->second] { RunBody(body); };
  const TaskletOptions options{.name = name};
  if (operation.verb == "spawn") {
    table_.emplace(name, Spawn(options, std::move(run)));
  } else {
    const Tasklet tasklet = Tasklet::New(options);
    table_.emplace(name, tasklet.Bind(std::move(run)));
  }
  return "";
}

std::string StacklessSession::DescribeTasklet(const Tasklet& tasklet) {
  return "-> " + Flag("alive", tasklet.alive()) + " " +
         Flag("blocked", tasklet.blocked()) + " " +
         Flag("scheduled", tasklet.scheduled()) + " " +
         Flag("paused", tasklet.paused());
}

std::string StacklessSession::DescribeChannel(
    const Channel<int>& channel) const {
  std::string names;
  for (Tasklet t = channel.queue(); t.valid(); t = t.next()) {
    names += (names.empty() ? "" : ",") + NameOf(t);
  }
  return "-> balance=" + std::to_string(channel.balance()) + " " +
         Flag("closing", channel.closing()) + " " +
         Flag("closed", channel.closed()) +
         " queue=" + (names.empty() ? "-" : names);
}

std::string StacklessSession::NameOf(const Tasklet& tasklet) const {
  for (const auto& [name, known] : table_) {
    if (known == tasklet) return name;
  }
  return "?";
}

}  // namespace

std::vector<std::string> RunStacklessProgram(const Program& program) {
  return StacklessSession(program).Execute();
}

}  // namespace microthread::conformance
