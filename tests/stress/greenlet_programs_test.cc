// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// Small random programs of greenlets that share a few handles: a greenlet is
// dropped while it runs, while somebody waits for it, by a tracer, through the
// handle of the switch that is under way... In half of them there are tasklets
// and generators, too. Tasklets have greenlets of their own; they meet on a
// channel wherever they are, try the greenlets of the others, and leave theirs
// behind when they end. Generators are advanced by whoever comes. Each
// program runs twice and must do the same; afterwards each frame has been left
// once, and nobody is there.

#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "microthread/channel/channel.h"
#include "microthread/greenlet/error.h"
#include "microthread/greenlet/generator.h"
#include "microthread/greenlet/greenlet.h"
#include "microthread/greenlet/testing.h"
#include "microthread/greenlet/tracer.h"
#include "microthread/greenlet/weak_greenlet.h"
#include "microthread/scheduler/scheduler.h"
#include "microthread/tasklet/tasklet.h"
#include "tests/stress/stress.h"

namespace microthread_test {
namespace {

using microthread::Channel;
using microthread::Generator;
using microthread::Greenlet;
using microthread::GreenletExit;
using microthread::Message;
using microthread::SetTracer;
using microthread::Tasklet;
using microthread::TraceEvent;
using microthread::WeakGreenlet;

constexpr int kPrograms = MICROTHREAD_SANITIZER ? 1'000 : 3'000;
constexpr int kSteps = 400;  // of one program at most
constexpr size_t kSlots = 7;

enum : size_t {
  kSwitch,
  kSwitchByCopy,
  kSwitchByMoved,
  kSwitchToParent,
  kThrow,
  kKill,
  kDrop,
  kCopy,
  kMake,
  kReparent,
  kLook,
  kTrace,
  kSpawn,
  kSchedule,
  kPause,
  kInsert,
  kRun,
  kSend,
  kReceive,
  kKillTasklet,
  kAdvance,
  kYield,
  kYieldToLevel2,
  kRenew,
  kBoom,
  kExit,
  kRefused,
};

const std::vector<Kind> kKinds = {
    {"switch by a shared handle", 8},
    {"switch by a copy", 2},
    {"switch by a moved handle", 1},
    {"switch to the parent", 2},
    {"throw", 2},
    {"kill", 1},
    {"drop", 3},
    {"copy a handle", 2},
    {"make", 5},
    {"re-parent", 2},
    {"look at weak handles", 1},
    {"set or remove a tracer", 1},
    {"spawn a tasklet", 4},
    {"schedule", 4},
    {"pause", 2},
    {"insert a tasklet", 4},
    {"run the others", 2},
    {"send", 2},
    {"receive", 2},
    {"kill a tasklet", 2},
    {"advance a generator", 8},
    {"yield", 6},
    {"yield to level 2", 2},
    {"renew a generator", 3},
    {"an exception of the program", 0},
    {"GreenletExit", 0},
    {"an error of the library", 0},
};

struct Boom {};

using Log = std::vector<std::string>;

class Program {
 public:
  Program(uint64_t seed, Books& books)
      : dice_(seed), books_(books), has_others_(dice_.Percent(50)) {}

  // Returns what has happened.
  Log Run() {
    for (size_t i = 0; i < 3; ++i) slots_[i] = Make();
    for (Source& source : sources_) Renew(source);
    for (int i = 0; i < 60; ++i) Step("main");
    SetTracer(nullptr);
    Note("closing");
    closing_ = true;
    // More of them may start meanwhile, but these do nothing.
    for (size_t i = 0; i < tasklets_.size(); ++i) End(tasklets_[i]);
    for (Greenlet& slot : slots_) slot = Greenlet();
    // They may become more meanwhile; see Make().
    for (size_t i = 0; i < all_.size(); ++i) End(all_[i].Lock());
    for (Source& source : sources_) source.generator.reset();
    EXPECT_EQ(entered_, left_);
    // An exception that could not be thrown into main must not wait for the
    // next program.
    try {
      (void)Greenlet::Current().Switch();
    } catch (const Boom&) {
    } catch (const GreenletExit&) {
    }
    return std::move(log_);
  }

  int steps() const { return steps_; }

 private:
  struct Source {
    std::unique_ptr<Generator<int>> generator;
    int users = 0;  // who advance it
  };

  // On the stack of each that has started.
  struct Frame {
    Program& program;
    size_t id;
    Frame(Program& the_program, size_t the_id)
        : program(the_program), id(the_id) {
      ++program.entered_[id];
      program.Note("start " + std::to_string(id));
    }
    ~Frame() {
      ++program.left_[id];
      program.Note("end " + std::to_string(id));
    }
  };

  size_t NewId() {
    entered_.push_back(0);
    left_.push_back(0);
    return entered_.size() - 1;
  }

  Greenlet Make() {
    // First of all, for making one may unwind what a tracer has dropped, and so
    // run others that make some too.
    const size_t id = NewId();
    Greenlet made([this, id](Message) { return Live(id); });
    all_.push_back(made);
    return made;
  }

  void SpawnTasklet() {
    tasklets_.push_back(
        microthread::Spawn([this, id = NewId()] { (void)Live(id); }));
  }

  // The body of all of them.
  std::string Live(size_t id) {
    const Frame frame(*this, id);
    EXPECT_EQ(entered_[id], 1);
    const std::string me = std::to_string(id);
    size_t steps = 2 + dice_.Below(12);
    try {
      while (steps-- > 0) Step(me);
    } catch (const GreenletExit&) {
      if (dice_.Percent(40)) throw;
      // Some do not let themselves be hurried.
      for (steps = dice_.Below(3); steps > 0; --steps) Step(me);
    }
    return "result of " + me;
  }

  void Step(const std::string& me) {
    if (closing_ || steps_ == kSteps) return;
    ++steps_;
    size_t operation;
    do {
      operation = books_.Choose(dice_);
    } while (!has_others_ && operation >= kSpawn);
    Greenlet& one = slots_[dice_.Below(kSlots)];
    Greenlet& other = slots_[dice_.Below(kSlots)];
    books_.Count(operation);
    Note(me + ": " + kKinds[operation].name);
    try {
      Do(operation, one, other);
    } catch (const Boom&) {
      Caught(me, kBoom);
    } catch (const microthread::Error&) {
      Caught(me, kRefused);
    } catch (const GreenletExit&) {
      Caught(me, kExit);
      if (me != "main") throw;
    }
    Note(me + " goes on");
  }

  void Do(size_t operation, Greenlet& one, Greenlet& other) {
    switch (operation) {
      case kSwitch:
        return Got(one.Switch(std::string("shared")));
      case kSwitchByCopy:
        return Got(Greenlet(one).Switch(1, 2));
      case kSwitchByMoved:
        return Got(Greenlet(std::move(one)).Switch());
      case kSwitchToParent:
        return Got(Greenlet::Current().parent().Switch());
      case kThrow:
        return Got(one.Throw(std::make_exception_ptr(Boom())));
      case kKill:
        return Got(one.Kill());
      case kDrop:
        one = Greenlet();
        return;
      case kCopy:
        one = other;
        return;
      case kMake:
        one = Make();
        return;
      case kReparent:
        return one.set_parent(other);
      case kLook:
        return Look();
      case kTrace:
        return SetOrRemoveTracer();
      case kSpawn:
        return SpawnTasklet();
      case kSchedule:
        return microthread::Schedule();
      case kPause:
        return microthread::ScheduleRemove();
      case kInsert:
        AnyTasklet().Insert();
        return;
      case kRun:
        (void)microthread::Run();
        return;
      case kSend:
        return channel_.Send(steps_);
      case kReceive:
        return Note("received " + std::to_string(channel_.Receive()));
      case kKillTasklet:
        return AnyTasklet().Kill();
      case kAdvance:
        return Advance(AnySource());
      case kYield:
        return microthread::Yield(int{steps_});
      case kYieldToLevel2:
        return microthread::YieldToLevel(2, int{steps_});
      case kRenew:
        return Renew(AnySource());
    }
  }

  Source& AnySource() { return sources_[dice_.Below(sources_.size())]; }

  // Destroys a generator that nobody is advancing, perhaps below its body.
  void Renew(Source& source) {
    if (source.users > 0) return;
    const auto old =
        std::exchange(source.generator,
                      std::make_unique<Generator<int>>([this, id = NewId()] {
                        all_.push_back(Greenlet::Current());
                        (void)Live(id);
                      }));
  }

  void Advance(Source& source) {
    struct User {
      Source& source;
      explicit User(Source& its_source) : source(its_source) { ++source.users; }
      ~User() { --source.users; }
    };
    const User user(source);
    auto at = source.generator->begin();
    if (at == source.generator->end()) return;
    Note("at a value");  // which may be gone: others may have resumed the body
    ++at;
  }

  Tasklet AnyTasklet() {
    if (tasklets_.empty()) return Tasklet();
    return tasklets_[dice_.Below(tasklets_.size())];
  }

  void Look() {
    std::string states;
    for (size_t i = 0; i < all_.size(); ++i) {
      const Greenlet greenlet = all_[i].Lock();
      if (!greenlet.valid()) {
        states += '-';
      } else {
        states += "usrd"[static_cast<size_t>(greenlet.state())];
      }
    }
    Note("there are " + states);
  }

  void SetOrRemoveTracer() {
    if (dice_.Percent(50)) {
      SetTracer(nullptr);
      return;
    }
    SetTracer(
        [this](TraceEvent event, const Greenlet& from, const Greenlet& to) {
          Note(event == TraceEvent::kThrow ? "traced throw" : "traced switch");
          Greenlet& slot = slots_[dice_.Below(kSlots)];
          if (dice_.Percent(30)) slot = Greenlet();
          if (dice_.Percent(15)) slot = from;
          if (dice_.Percent(10)) slot = to;
        });
  }

  // Two may keep each other alive, one as the parent, the other by a copy on
  // its stack.
  void End(const Greenlet& greenlet) {
    while (greenlet.active()) {
      try {
        greenlet.set_parent(Greenlet::Main());
        (void)greenlet.Kill();
        // If that had to wait: it is in a destructor, and must go on.
        if (greenlet.active()) (void)greenlet.Switch();
      } catch (...) {  // of others who end in between
      }
    }
  }

  void End(const Tasklet& tasklet) {
    while (tasklet.alive()) {
      try {
        tasklet.Kill();
        // If that had to wait: it is in a destructor, and must go on.
        if (channel_.balance() < 0) channel_.Send(0);
        if (channel_.balance() > 0) (void)channel_.Receive();
        (void)microthread::Run();
      } catch (...) {  // of others who end in between
      }
    }
  }

  void Got(const Message& message) {
    Note("got " + std::string(message.Describe()));
  }
  void Caught(const std::string& me, size_t error) {
    books_.Count(error);
    Note(me + " caught " + kKinds[error].name);
  }
  void Note(std::string text) { log_.push_back(std::move(text)); }

  Dice dice_;
  Books& books_;
  const bool has_others_;
  int steps_ = 0;
  bool closing_ = false;
  Log log_;
  std::vector<Greenlet> slots_ = std::vector<Greenlet>(kSlots);
  std::vector<WeakGreenlet> all_;
  std::vector<Tasklet> tasklets_;
  Channel<int> channel_;
  std::vector<Source> sources_ = std::vector<Source>(3);
  std::vector<int> entered_;  // by number, how often; see Frame
  std::vector<int> left_;
};

TEST(GreenletProgramsTest, TheyDoTheSameTwiceAndNobodyIsLeft) {
  const uint64_t seed = Seed();
  const microthread::testing::LiveObjects before =
      microthread::testing::CountLiveObjects();
  const QuietStandardError quiet("while it was unwound");
  Books books(kKinds);
  int64_t operations = 0;
  for (uint64_t i = 0; i < kPrograms && !testing::Test::HasFailure(); ++i) {
    SCOPED_TRACE("program of seed " + std::to_string(seed + i));
    Log logs[2];
    for (Log& log : logs) {
      Program program(seed + i, books);
      log = program.Run();
      operations += program.steps();
    }
    EXPECT_EQ(logs[0], logs[1]);
    EXPECT_EQ(microthread::testing::CountLiveObjects(), before);
  }
  books.Check(operations);
}

}  // namespace
}  // namespace microthread_test
