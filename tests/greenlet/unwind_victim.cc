// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// The program that debugger_test looks at with gdb. Its argument says what the
// nested frames of unwind_stage.h do at their innermost:
//
//   running   call victim_break
//   inline    suspend by the inline switch; then main calls victim_break
//   twin      suspend by the twin; likewise
//   steps     suspend by the twin, are resumed, and end

#include <cstdio>
#include <cstring>

#include "microthread/greenlet/internal/context.h"
#include "tests/greenlet/unwind_stage.h"

extern "C" {

// What a suspended stage goes on with; gdb loads its registers from here.
microthread::internal::Context* victim_context = nullptr;

// Where the debugger stops.
MICROTHREAD_TEST_FRAME void victim_break(void*) { asm volatile(""); }

}  // extern "C"

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  static microthread_test::Stage stage;
  const bool running = std::strcmp(argv[1], "running") == 0;
  const bool inlined = std::strcmp(argv[1], "inline") == 0;
  stage.innermost =
      running ? victim_break : (inlined ? suspend_inline : suspend_twin);
  stage.argument = &stage;
  victim_context = &stage.there;
  microthread_test::StartStage(stage, microthread_test::NewDirtyStack());
  if (running) return 0;
  victim_break(nullptr);
  microthread_test::ResumeStage(stage);
  return 0;
}
