// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// Every text of an error of this layer, as people read it: who, which numbers,
// what to do. The other tests say when each is thrown.

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <string>
#include <thread>

#include "microthread/greenlet/context_value.h"
#include "microthread/greenlet/generator.h"
#include "microthread/greenlet/greenlet.h"
#include "microthread/greenlet/internal/greenlet_record.h"
#include "microthread/greenlet/internal/thread.h"
#include "microthread/greenlet/testing.h"
#include "microthread/greenlet/tracer.h"
#include "microthread/greenlet/weak_greenlet.h"
#include "tests/greenlet/test_log.h"

namespace microthread_test {
namespace {

using microthread::Generator;
using microthread::Greenlet;
using microthread::GreenletExit;
using microthread::GreenletOptions;
using microthread::Message;
using microthread::Yield;
using microthread::internal::CurrentThread;
using microthread::internal::EndStrand;
using microthread::internal::Strand;
using microthread::internal::StrandExtras;
using microthread::internal::Thread;

GreenletOptions Named(const char* name) { return {.name = name}; }
Greenlet Idle(const char* name) {
  return Greenlet(Named(name), [] { Greenlet::Main().Switch(); });
}
const std::function<void()> kNothing;

// The text and the code of the error that `operation` throws.
std::string Text(std::function<void()> operation) {
  try {
    operation();
  } catch (const microthread::Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(ErrorTextTest, EmptyHandles) {
  Greenlet g([] {});
  EXPECT_EQ(Text([] { Greenlet().Switch(); }),
            "switch to an empty handle: there is no greenlet behind it");
  EXPECT_EQ(Text([] { Greenlet([] {}, Greenlet()); }),
            "a greenlet's parent is an empty handle: give it an existing "
            "greenlet, or none for the current one");
  EXPECT_EQ(Text([&] { g.set_parent(Greenlet()); }),
            "set_parent: the handle is empty: both greenlets must exist");
  EXPECT_EQ(Text([] { Greenlet().set_run([] {}); }),
            "set_run: the handle is empty: there is no greenlet behind it");
  EXPECT_EQ(Text([] { Greenlet().context(); }),
            "context of an empty handle: there is no greenlet behind it");
}

TEST(ErrorTextTest, Functions) {
  Greenlet none(Named("none"), kNothing);
  EXPECT_EQ(Text([&] { none.Switch(); }),
            "greenlet \"none\" has no function to run: it was made from an "
            "empty one");
  Greenlet started = Idle("started");
  (void)started.Switch();
  EXPECT_EQ(Text([&] { started.set_run([] {}); }),
            "greenlet \"started\" has started: its function cannot be changed "
            "any more; make a new greenlet");
}

TEST(ErrorTextTest, Messages) {
  EXPECT_EQ(Text([] { Message(1, 2.0).get<1, char>(); }),
            "message holds (int, double), but value 1 was asked for as char: "
            "ask for exactly the types that were sent");
  EXPECT_EQ(Text([] { Greenlet([] {}).Switch(1, 'c'); }),
            "a greenlet whose function takes 0 values was started with (int, "
            "char): the first switch must send exactly its parameters");
  EXPECT_EQ(Text([] { Greenlet([](int) {}).Switch(Message::None()); }),
            "a greenlet whose function takes 1 value was started with none: "
            "the first switch must send exactly its parameters");
}

TEST(ErrorTextTest, ExceptionsThatAreNull) {
  Greenlet g = Idle("g");
  (void)g.Switch();
  EXPECT_EQ(Text([&] { g.Throw(nullptr); }),
            "greenlet \"g\" cannot be given a null exception_ptr: there is no "
            "exception in it; outside of a catch block "
            "std::current_exception() is null, use std::make_exception_ptr");
  EXPECT_FALSE(g.dead());
  EXPECT_EQ(Text([] { Greenlet().Throw(nullptr); }),
            "switch to an empty handle: there is no greenlet behind it");
}

TEST(ErrorTextTest, Parents) {
  Greenlet parent = Idle("parent");
  Greenlet child(
      Named("child"), [] {}, parent);
  EXPECT_EQ(Text([&] { parent.set_parent(child); }),
            "greenlet \"child\" cannot be the parent of greenlet \"parent\": "
            "it is that greenlet or one of its descendants");
  EXPECT_EQ(Text([&] { Greenlet::Main().set_parent(child); }),
            "the main greenlet of tasklet \"main\" cannot have a parent: it is "
            "a root");
}

TEST(ErrorTextTest, Stacks) {
  Greenlet g(GreenletOptions{.name = "g", .stack_size = 131072}, [] {});
  microthread::testing::FailNextStack();
  EXPECT_EQ(Text([&] { g.Switch(); }),
            "greenlet \"g\" cannot start: no memory for its stack of 131072 "
            "bytes; end other greenlets, or raise the limit on address space");
}

TEST(ErrorTextTest, Generators) {
  EXPECT_EQ(Text([] { Yield(1); }),
            "Yield of int to level 1 in the main greenlet of tasklet \"main\": "
            "0 generators are running here; call it from the body of a "
            "Generator");
  std::string wrong_type, inside;
  Generator<double>* self = nullptr;
  Generator<double> g(Named("body"), [&] {
    wrong_type = Text([] { Yield(1); });
    inside = Text([&] {
      for (double unused : *self) (void)unused;
    });
    Yield(1.0);
    inside = Text([&] { ++self->begin(); });
  });
  self = &g;
  auto it = g.begin();
  ++it;
  EXPECT_EQ(wrong_type,
            "Yield of int in a generator of double: yield exactly the "
            "generator's type, for instance by a cast");
  EXPECT_EQ(inside,
            "greenlet \"body\" is the body of a generator that is running "
            "already: it cannot be advanced from within");
}

TEST(ErrorTextTest, Tracers) {
  std::string text;
  microthread::SetTracer([&](auto, const Greenlet&, const Greenlet&) {
    text = Text([] { Greenlet([] {}).Switch(); });
  });
  (void)Greenlet::Main().Switch();
  microthread::SetTracer(nullptr);
  EXPECT_EQ(text,
            "a tracer called an operation that switches, in tasklet \"main\": "
            "a tracer may only look; let it note what is to be done later");
}

TEST(ErrorTextTest, Threads) {
  Greenlet unborn, suspended, running;
  std::atomic<bool> made = false, looked = false;
  std::thread owner([&] {
    unborn = Greenlet(Named("unborn"), [] {});
    suspended = Idle("suspended");
    (void)suspended.Switch();
    running = Greenlet(Named("running"), [&] {
      made = true;
      made.notify_one();
      looked.wait(false);
    });
    (void)running.Switch();
  });
  made.wait(false);
  EXPECT_EQ(Text([&] { suspended.Switch(); }),
            "greenlet \"suspended\" belongs to another thread: switch to it "
            "there");
  EXPECT_EQ(Text([&] { unborn.Switch(); }),
            "greenlet \"unborn\" belongs to another thread: switch to it "
            "there, or make a greenlet of this thread its parent");
  EXPECT_EQ(Text([&] { suspended.set_parent(Greenlet::Main()); }),
            "the main greenlet of tasklet \"main\" cannot be the parent of "
            "greenlet \"suspended\": it belongs to another thread, and a "
            "greenlet that has started stays on its own");
  void* addresses[4];
  EXPECT_EQ(Text([&] { suspended.Backtrace(addresses); }),
            "greenlet \"suspended\" belongs to another thread: ask for its "
            "backtrace there");
  EXPECT_EQ(Text([&] { running.context(); }),
            "greenlet \"running\" runs on another thread: its context can be "
            "reached when it does not");
  EXPECT_EQ(Text([&] { microthread::WeakGreenlet weak(unborn); }),
            "greenlet \"unborn\" was made by another thread: weak handles to "
            "it work only there");
  looked = true;
  looked.notify_one();
  owner.join();
}

// A strand beside the thread's own, as the layer above makes them of tasklets.
class OtherStrand {
 public:
  OtherStrand() {
    strand_.extras = &extras_;
    strand_.stack = thread_.own.stack;
  }
  ~OtherStrand() { EndStrand(thread_, strand_); }

  void Run(const std::function<void()>& function) {
    Strand* before = thread_.current;
    thread_.current = &strand_;
    function();
    thread_.current = before;
  }
  // From within Run(): goes back for a while.
  void RunOutside(const std::function<void()>& function) {
    thread_.current = &thread_.own;
    function();
    thread_.current = &strand_;
  }

 private:
  Thread& thread_ = CurrentThread();
  StrandExtras extras_{.name = "reader"};
  Strand strand_;
};

TEST(ErrorTextTest, Tasklets) {
  Greenlet g = Idle("g");
  std::string moved;
  Greenlet busy;
  {
    OtherStrand reader;
    reader.Run([&] {
      g.set_parent(Greenlet::Main());
      (void)g.Switch();
      busy = Greenlet(Named("busy"), [&] {
        reader.RunOutside([&] {
          moved = Text([] {});
          moved = Text([&] { busy.set_parent(Greenlet::Main()); });
        });
      });
      (void)busy.Switch();
    });
    EXPECT_EQ(Text([&] { g.Switch(); }),
              "greenlet \"g\" belongs to tasklet \"reader\" and cannot be "
              "switched to by tasklet \"main\": make a greenlet of this "
              "tasklet its parent first");
    EXPECT_EQ(moved,
              "greenlet \"busy\" is active in tasklet \"reader\" and cannot be "
              "moved to tasklet \"main\": wait until it has switched away");
  }
  (void)g.Switch();  // its tasklet has ended: it is ours
  EXPECT_TRUE(g.dead());
}

TEST(ErrorTextTest, UnwindingThatFails) {
  Greenlet g(Named("g"), [] {
    try {
      Greenlet::Main().Switch();
    } catch (const GreenletExit&) {
      throw Oops("instead");
    }
  });
  (void)g.Switch();
  testing::internal::CaptureStderr();
  g = Greenlet();
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            "microthread: an exception left greenlet \"g\" while it was "
            "unwound: instead\n");
}

Greenlet Stubborn() {
  return Greenlet(Named("stubborn"), [] {
    for (;;) {
      try {
        Greenlet::Main().Switch();
      } catch (const GreenletExit&) {
      }
    }
  });
}

TEST(ErrorTextDeathTest, UnwindingThatIsRefused) {
  EXPECT_DEATH(
      {
        Greenlet g = Stubborn();
        (void)g.Switch();
        g = Greenlet();
      },
      "^microthread: greenlet \"stubborn\" was dropped while suspended and "
      "refused 10 times to end: let GreenletExit leave its function\n");
  EXPECT_DEATH(
      {
        Greenlet g = Stubborn();
        std::thread([&] {
          g.set_parent(Greenlet::Main());
          (void)g.Switch();
        }).join();
      },
      "^microthread: greenlet \"stubborn\" refused 10 times to end at the end "
      "of its thread: let GreenletExit leave its function\n");
}

}  // namespace
}  // namespace microthread_test
