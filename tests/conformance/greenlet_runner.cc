// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// Handles decide when a greenlet is unwound, so it matters who holds one:
//   * the name table, exactly one for each name;
//   * switch, throw, throwu and up, to the greenlet that they name, from their
//     start until they have their result; they give it up before the event is
//     logged (Frame::target);
//   * nobody else. A body holds none to itself.

#include "tests/conformance/greenlet_runner.h"

#include <exception>
#include <map>
#include <set>
#include <utility>

#include "microthread/greenlet/error.h"
#include "microthread/greenlet/greenlet.h"
#include "microthread/greenlet/message.h"
#include "microthread/scheduler/scheduler.h"
#include "microthread/tasklet/tasklet.h"
#include "tests/conformance/record.h"

namespace microthread::conformance {
namespace {

std::string ResultOf(const Message& message) {
  if (message.holds<int>()) return std::to_string(message.get<int>());
  return message.Describe();  // "none", "exit"
}

class GreenletSession {
 public:
  explicit GreenletSession(const Program& program) : program_(program) {}

  std::vector<std::string> Execute();

 private:
  // One running body, from its beginning to its end.
  struct Frame {
    Frame(GreenletSession& its_session, const Body& its_body)
        : session(its_session), body(its_body) {
      session.frames_.insert(this);
    }
    ~Frame() { session.frames_.erase(this); }

    GreenletSession& session;
    const Body& body;
    Greenlet target;  // what the operation in progress names
  };

  int RunBody(const Body& body, const Message& first);
  void Step(Frame& frame, const Operation& operation);

  // The result of an operation as its event shows it.
  std::string Perform(Frame& frame, const Operation& operation);
  std::string Create(const Operation& operation);
  std::string Up(Frame& frame, int value);
  std::string Transfer(Frame& frame, const Operation& operation);
  std::string SetParent(const Operation& operation);
  std::string Show(const std::string& name) const;
  std::string Drop(const std::string& name);

  std::string NameOf(const Greenlet& greenlet) const;

  void UnwindLeftovers();
  void UnwindWaiting();
  void UnwindCircles();
  static void KillAll(const std::vector<Greenlet>& greenlets);

  const Program& program_;
  Record record_;
  std::map<std::string, Greenlet> table_;
  std::set<std::string> used_names_ = {"M"};
  std::set<Frame*> frames_;
};

std::vector<std::string> GreenletSession::Execute() {
  table_.emplace("M", Greenlet::Current());
  const Body& main = program_.bodies.at("M");
  try {
    RunBody(main, Message::None());
  } catch (...) {
    // M may end early; its last event shows by what.
  }
  {
    Frame frame(*this, main);
    for (const auto& [name, body] : program_.bodies) {
      if (name != "M") Step(frame, {"show " + name, "show", {name}, {}});
    }
  }
  record_.Close();
  UnwindLeftovers();
  return record_.TakeEvents();
}

int GreenletSession::RunBody(const Body& body, const Message& first) {
  if (record_.closed()) throw GreenletExit();
  Frame frame(*this, body);
  record_.Add(body.name, "begin",
              first.holds<int>() ? ResultOf(first) : "none");
  for (const Operation& operation : body.operations) {
    if (operation.verb == "return") {
      record_.Add(body.name, operation.text);
      return operation.numbers[0];
    }
    if (operation.verb == "fail") {
      record_.Add(body.name, operation.text);
      throw UserError();
    }
    Step(frame, operation);
  }
  record_.Add(body.name, "end");
  return 0;
}

// Performs and logs one operation; throws if that ends the body.
void GreenletSession::Step(Frame& frame, const Operation& operation) {
  std::string result;
  std::exception_ptr error;
  try {
    result = Perform(frame, operation);
  } catch (...) {
    error = std::current_exception();
    result = KindOf(error, System::kGreenlet);
  }
  // Giving up the target may unwind it, here, outside of the handler.
  { const Greenlet given_up = std::move(frame.target); }
  record_.Add(frame.body.name, operation.text, result);
  if (record_.closed()) throw GreenletExit();
  if (result == kExit && !frame.body.stubborn) std::rethrow_exception(error);
}

std::string GreenletSession::Perform(Frame& frame, const Operation& operation) {
  const std::string& verb = operation.verb;
  if (verb == "new") return Create(operation);
  if (verb == "up") return Up(frame, operation.numbers[0]);
  if (verb == "parent") return SetParent(operation);
  if (verb == "show") return Show(operation.names[0]);
  if (verb == "drop") return Drop(operation.names[0]);
  return Transfer(frame, operation);
}

std::string GreenletSession::Create(const Operation& operation) {
  const std::string& name = operation.names[0];
  const auto body = program_.bodies.find(name);
  if (body == program_.bodies.end() || used_names_.count(name) > 0) {
    return kNone;
  }
  auto run = [this, &body = body->second](Message first) {
    return RunBody(body, first);
  };
  const GreenletOptions options{.name = name};
  if (operation.names.size() == 1) {
    table_.emplace(name, Greenlet(options, std::move(run)));
  } else {
    const auto parent = table_.find(operation.names[1]);
    if (parent == table_.end()) return kNone;
    table_.emplace(name, Greenlet(options, std::move(run), parent->second));
  }
  used_names_.insert(name);
  return "";
}

std::string GreenletSession::Up(Frame& frame, int value) {
  frame.target = Greenlet::Current().parent();
  if (!frame.target.valid()) return "";
  return "-> " + ResultOf(frame.target.Switch(value));
}

std::string GreenletSession::Transfer(Frame& frame,
                                      const Operation& operation) {
  const auto named = table_.find(operation.names[0]);
  if (named == table_.end()) return kNone;
  frame.target = named->second;
  const Greenlet& target = frame.target;
  if (operation.verb == "switch") {
    return "-> " + ResultOf(target.Switch(operation.numbers[0]));
  }
  if (operation.verb == "throw") return "-> " + ResultOf(target.Kill());
  return "-> " + ResultOf(target.Throw(std::make_exception_ptr(UserError())));
}

// Without a copy of the two handles: they are the table's alone.
std::string GreenletSession::SetParent(const Operation& operation) {
  const auto child = table_.find(operation.names[0]);
  const auto parent = table_.find(operation.names[1]);
  if (child == table_.end() || parent == table_.end()) return kNone;
  child->second.set_parent(parent->second);
  return "";
}

std::string GreenletSession::Show(const std::string& name) const {
  const auto named = table_.find(name);
  if (named == table_.end()) return kNone;
  const Greenlet& greenlet = named->second;
  return std::string("-> dead=") + (greenlet.dead() ? "1" : "0") +
         " active=" + (greenlet.active() ? "1" : "0") +
         " parent=" + NameOf(greenlet.parent());
}

std::string GreenletSession::Drop(const std::string& name) {
  const auto named = table_.find(name);
  if (named == table_.end() || named->second.is_current()) return kNone;
  {
    const Greenlet dropped = std::move(named->second);
    table_.erase(named);
  }
  return "";
}

std::string GreenletSession::NameOf(const Greenlet& greenlet) const {
  if (!greenlet.valid()) return "-";
  for (const auto& [name, known] : table_) {
    if (known == greenlet) return name;
  }
  return "?";
}

// Drops all handles, which unwinds what they alone kept.
void GreenletSession::UnwindLeftovers() {
  UnwindWaiting();
  while (!table_.empty()) {
    const Greenlet dropped = std::move(table_.begin()->second);
    table_.erase(table_.begin());
  }
  UnwindCircles();
}

// A greenlet without a target waits for another that is being unwound and did
// not end. That one is kept by the wait, and in turn keeps its parent, the
// waiting greenlet: only its name gets hold of that.
void GreenletSession::UnwindWaiting() {
  std::vector<Greenlet> found;
  for (const Frame* frame : frames_) {
    const auto named = table_.find(frame->body.name);
    if (!frame->target.valid() && named != table_.end()) {
      found.push_back(named->second);
    }
  }
  KillAll(found);
}

// Greenlets may keep each other: by the targets of suspended operations, and by
// the parents of those. Every such circle contains a target.
void GreenletSession::UnwindCircles() {
  for (int rounds = 0; !frames_.empty() && rounds < 1000; ++rounds) {
    std::vector<Greenlet> found;
    for (const Frame* frame : frames_) {
      for (Greenlet g = frame->target; g.valid(); g = g.parent()) {
        found.push_back(g);
      }
    }
    KillAll(found);
  }
}

// Ends those that are suspended; control comes back here each time.
void GreenletSession::KillAll(const std::vector<Greenlet>& greenlets) {
  const Greenlet me = Greenlet::Current();
  for (const Greenlet& greenlet : greenlets) {
    if (!greenlet.active() || greenlet == me) continue;
    greenlet.set_parent(me);
    (void)greenlet.Kill();
  }
}

}  // namespace

std::vector<std::string> RunGreenletProgram(const Program& program) {
  return GreenletSession(program).Execute();
}

std::vector<std::string> RunGreenletProgramInsideTasklet(
    const Program& program) {
  std::vector<std::string> events;
  Spawn({.name = "greenlets"},
        [&events, &program] { events = RunGreenletProgram(program); });
  Run();
  return events;
}

}  // namespace microthread::conformance
