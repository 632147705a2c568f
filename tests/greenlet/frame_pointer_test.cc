// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// What a profiler sees that follows the chain of frame pointers; everything
// here is compiled with them.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/greenlet/unwind_stage.h"

namespace microthread_test {
namespace {

using Frames = std::vector<std::string>;

const Frames& AllFrames() {
  static const Frames& frames =
      *new Frames{"inner_frame", "middle_frame", "outer_frame", "stage_main",
                  "microthread_entry"};
  return frames;
}

// Where a frame record, {frame pointer before, return address}, lies.
#if defined(__riscv)
constexpr int kRecord = -2;  // below what the frame pointer points to
#else
constexpr int kRecord = 0;
#endif

// The return addresses on the way from a frame pointer to the first null.
Trace Walk(void* frame_pointer) {
  Trace trace;
  auto* frame = static_cast<void**>(frame_pointer);
  while (frame != nullptr && trace.size() < 20) {
    trace.push_back(frame[kRecord + 1]);
    frame = static_cast<void**>(frame[kRecord]);
  }
  return trace;
}

MICROTHREAD_TEST_FRAME void WalkFromHere(void* trace) {
  *static_cast<Trace*>(trace) = Walk(__builtin_frame_address(0));
}

TEST(FramePointerTest, EndAtTheEntryWhileTheStackRuns) {
  Trace trace;
  Stage stage;
  stage.innermost = &WalkFromHere;
  stage.argument = &trace;
  StartStage(stage, NewDirtyStack());
  EXPECT_EQ(Names(trace), AllFrames());
}

TEST(FramePointerTest, EndAtTheEntryOfAStackSuspendedByTheTwin) {
  Stage stage;
  stage.innermost = &suspend_twin;
  stage.argument = &stage;
  StartStage(stage, NewDirtyStack());
  EXPECT_EQ(Names({stage.there.resume_at}), Frames{"microthread_switch"});
  EXPECT_EQ(Names(Walk(stage.there.frame_pointer)), AllFrames());
  ResumeStage(stage);
}

#if MICROTHREAD_INLINE_SWITCH
TEST(FramePointerTest, EndAtTheEntryOfAStackSuspendedByTheInlineSwitch) {
  Stage stage;
  stage.innermost = &suspend_inline;
  stage.argument = &stage;
  StartStage(stage, NewDirtyStack());
  EXPECT_EQ(Names({stage.there.resume_at}), Frames{"suspend_inline"});
  EXPECT_EQ(Names(Walk(stage.there.frame_pointer)), AllFrames());
  ResumeStage(stage);
}
#endif

}  // namespace
}  // namespace microthread_test
