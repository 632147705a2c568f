// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// Under indirect branch tracking (IBT of x86-64, BTI of aarch64) a jump through
// a register or through memory must arrive at a landing pad, or the processor
// faults. No machine of today's continuous integration has it switched on, so
// look at the instructions. riscv64 jumps through a register that needs none.

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>

#include "microthread/greenlet/internal/context.h"
#include "tests/greenlet/unwind_stage.h"

namespace microthread_test {
namespace {

using microthread::internal::Context;

#if defined(__x86_64__) || defined(__aarch64__)

#if defined(__x86_64__)
constexpr uint32_t kPad = 0xfa1e0ff3;  // endbr64
#else
constexpr uint32_t kPad = 0xd503249f;  // bti j
#endif

uint32_t InstructionAt(const Context& context) {
  uint32_t instruction;
  std::memcpy(&instruction, context.resume_at, sizeof(instruction));
  return instruction;
}

uint32_t InstructionAfter(void (*suspend)(void*)) {
  Stage stage;
  stage.innermost = suspend;
  stage.argument = &stage;
  StartStage(stage, NewDirtyStack());
  const uint32_t instruction = InstructionAt(stage.there);
  ResumeStage(stage);
  return instruction;
}

TEST(LandingPadTest, OfTheEntry) {
  EXPECT_EQ(InstructionAt(microthread::internal::NewContext(
                NewDirtyStack(), [](void*) {}, nullptr)),
            kPad);
}

TEST(LandingPadTest, WhereTheTwinResumes) {
  EXPECT_EQ(InstructionAfter(&suspend_twin), kPad);
}

#if MICROTHREAD_INLINE_SWITCH
TEST(LandingPadTest, WhereTheInlineSwitchResumes) {
  EXPECT_EQ(InstructionAfter(&suspend_inline), kPad);
}
#endif

#endif

}  // namespace
}  // namespace microthread_test
