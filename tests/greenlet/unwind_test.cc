// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// What an unwinder sees of stacks that the library starts: each frame once, in
// order, up to the entry and no further.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "microthread/greenlet/greenlet.h"
#include "microthread/greenlet/internal/context.h"
#include "microthread/greenlet/internal/greenlet_inl.h"
#include "microthread/greenlet/internal/thread.h"
#include "tests/greenlet/unwind_stage.h"

namespace microthread_test {
namespace {

using microthread::Greenlet;
using microthread::internal::Context;
using microthread::internal::GreenletAccess;
using microthread::internal::StackPool;

using Frames = std::vector<std::string>;

Trace CaptureAbove(const Context& context) {
  Trace trace;
  microthread_call_above(&context, &capture_unwind, &trace);
  return trace;
}

TEST(UnwindTest, EndsAtTheEntryWhileTheStackRuns) {
  Trace trace;
  Stage stage;
  stage.innermost = &capture_unwind;
  stage.argument = &trace;
  StartStage(stage, NewDirtyStack());
  EXPECT_EQ(Names(trace),
            (Frames{"capture_unwind", "inner_frame", "middle_frame",
                    "outer_frame", "stage_main", "microthread_entry"}));
}

TEST(UnwindTest, EndsAtTheEntryOfAStackSuspendedByTheTwin) {
  Stage stage;
  stage.innermost = &suspend_twin;
  stage.argument = &stage;
  StartStage(stage, NewDirtyStack());
  EXPECT_EQ(
      Names(CaptureAbove(stage.there)),
      (Frames{"capture_unwind", "microthread_call_above", "microthread_switch",
              "suspend_twin", "inner_frame", "middle_frame", "outer_frame",
              "stage_main", "microthread_entry"}));
  ResumeStage(stage);
}

#if MICROTHREAD_INLINE_SWITCH
TEST(UnwindTest, EndsAtTheEntryOfAStackSuspendedByTheInlineSwitch) {
  Stage stage;
  stage.innermost = &suspend_inline;
  stage.argument = &stage;
  StartStage(stage, NewDirtyStack());
  EXPECT_EQ(Names(CaptureAbove(stage.there)),
            (Frames{"capture_unwind", "microthread_call_above",
                    "suspend_inline", "inner_frame", "middle_frame",
                    "outer_frame", "stage_main", "microthread_entry"}));
  ResumeStage(stage);
}
#endif

TEST(UnwindTest, LookingAtASuspendedStackLeavesItAsItIs) {
  Trace later;
  struct Argument {
    Stage stage;
    Trace* later;
  } argument{{}, &later};
  argument.stage.innermost = [](void* a) {
    auto* both = static_cast<Argument*>(a);
    suspend_twin(&both->stage);
    capture_unwind(both->later);
  };
  argument.stage.argument = &argument;
  StartStage(argument.stage, NewDirtyStack());
  const Frames frames = Names(CaptureAbove(argument.stage.there));
  EXPECT_EQ(frames.back(), "microthread_entry");
  for (int i = 0; i < 100; ++i) {
    ASSERT_EQ(Names(CaptureAbove(argument.stage.there)), frames);
  }
  ResumeStage(argument.stage);
  EXPECT_EQ(KnownNames(later),
            (Frames{"capture_unwind", "inner_frame", "middle_frame",
                    "outer_frame", "stage_main", "microthread_entry"}));
}

TEST(UnwindTest, EndsAtTheEntryOnAStackOfThePool) {
  StackPool& pool = microthread::internal::CurrentThread().stacks;
  auto* stack = pool.Take(0, 0);
  ASSERT_NE(stack, nullptr);
  MakeDirty(stack->limit, stack->size());
  Trace trace;
  Stage stage;
  stage.innermost = &capture_unwind;
  stage.argument = &trace;
  StartStage(stage, stack->top());
  pool.Return(stack);
  EXPECT_EQ(Names(trace),
            (Frames{"capture_unwind", "inner_frame", "middle_frame",
                    "outer_frame", "stage_main", "microthread_entry"}));
}

// The next greenlet starts on a stack that is dirty to the top.
void MakeNextStackDirty() {
  StackPool& pool = microthread::internal::CurrentThread().stacks;
  auto* stack = pool.Take(0, 0);
  ASSERT_NE(stack, nullptr);
  MakeDirty(stack->limit, stack->size());
  pool.Return(stack);
}

TEST(UnwindTest, EndsAtTheEntryOfARunningGreenlet) {
  MakeNextStackDirty();
  Trace trace;
  Greenlet([&trace] { outer_frame(&capture_unwind, &trace); }).Switch();
  EXPECT_EQ(KnownNames(trace),
            (Frames{"capture_unwind", "inner_frame", "middle_frame",
                    "outer_frame", "microthread_entry"}));
}

TEST(UnwindTest, EndsAtTheEntryOfASuspendedGreenlet) {
  MakeNextStackDirty();
  Greenlet suspended(
      [] { outer_frame([](void*) { Greenlet::Main().Switch(); }, nullptr); });
  suspended.Switch();
  Frames frames =
      KnownNames(CaptureAbove(GreenletAccess::Get(suspended)->context));
  std::erase(frames, "microthread_switch");  // by the form of this build
  EXPECT_EQ(frames,
            (Frames{"capture_unwind", "microthread_call_above", "inner_frame",
                    "middle_frame", "outer_frame", "microthread_entry"}));
}

TEST(UnwindTest, SeesOnlyTheInnermostOfNestedGreenlets) {
  Trace trace;
  Greenlet([&trace] {
    Greenlet([&trace] { outer_frame(&capture_unwind, &trace); }).Switch();
  }).Switch();
  EXPECT_EQ(KnownNames(trace),
            (Frames{"capture_unwind", "inner_frame", "middle_frame",
                    "outer_frame", "microthread_entry"}));
}

TEST(UnwindTest, BacktraceOfASuspendedGreenletStartsWhereItSwitchedAway) {
  Greenlet suspended(
      [] { outer_frame([](void*) { Greenlet::Main().Switch(); }, nullptr); });
  void* addresses[100];
  EXPECT_EQ(suspended.Backtrace(addresses), 0u);  // unborn
  (void)suspended.Switch();
  const size_t count = suspended.Backtrace(addresses);
  ASSERT_LT(count, 100u);
  EXPECT_EQ(addresses[0], GreenletAccess::Get(suspended)->context.resume_at);
  Frames frames = KnownNames(Trace(addresses, addresses + count));
  std::erase(frames, "microthread_switch");
  EXPECT_EQ(frames, (Frames{"inner_frame", "middle_frame", "outer_frame",
                            "microthread_entry"}));
  void* few[3];
  EXPECT_EQ(suspended.Backtrace(few), 3u);
  EXPECT_EQ(Trace(few, few + 3), Trace(addresses, addresses + 3));
  (void)suspended.Switch();
  EXPECT_EQ(suspended.Backtrace(addresses), 0u);  // dead
}

#if MICROTHREAD_EXCEPTIONS
TEST(UnwindDeathTest, AnExceptionThatNobodyCatchesTerminates) {
  EXPECT_DEATH(
      {
        Stage stage;
        stage.innermost = [](void*) { throw 7; };
        StartStage(stage, NewDirtyStack());
      },
      "terminate called after throwing an instance of 'int'");
}
#endif

}  // namespace
}  // namespace microthread_test
