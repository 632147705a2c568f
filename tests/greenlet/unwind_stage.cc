// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/greenlet/unwind_stage.h"

#include <sys/mman.h>
#include <unwind.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "microthread/greenlet/internal/context.h"

namespace microthread_test {
namespace {

constexpr size_t kStackSize = 128 * 1024;

_Unwind_Reason_Code AppendFrame(_Unwind_Context* context, void* trace) {
  auto* addresses = static_cast<Trace*>(trace);
  if (addresses->size() > 100) return _URC_NORMAL_STOP;
  // libgcc calls once more, with address 0, when it has found the end.
  if (_Unwind_GetIP(context) != 0) {
    addresses->push_back(reinterpret_cast<void*>(_Unwind_GetIP(context)));
  }
  return _URC_NO_REASON;
}

std::string NameOf(void* address) {
  struct Known {
    void* function;
    const char* name;
  };
#define KNOWN(function) \
  { reinterpret_cast<void*>(&function), #function }
  static const Known kKnown[] = {
      KNOWN(stage_main),         KNOWN(outer_frame),
      KNOWN(middle_frame),       KNOWN(inner_frame),
      KNOWN(suspend_inline),     KNOWN(suspend_twin),
      KNOWN(capture_unwind),     KNOWN(microthread_entry),
      KNOWN(microthread_switch), KNOWN(microthread_call_above),
  };
#undef KNOWN
  if (address == nullptr) return "unfinished";
  void* start = _Unwind_FindEnclosingFunction(address);
  for (const Known& known : kKnown) {
    if (start == known.function) return known.name;
  }
  return "unknown";
}

}  // namespace

void MakeDirty(void* address, size_t size) { std::memset(address, 0xA5, size); }

char* NewDirtyStack() {
  void* stack = mmap(nullptr, kStackSize, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (stack == MAP_FAILED) std::abort();
  MakeDirty(stack, kStackSize);
  return static_cast<char*>(stack) + kStackSize;
}

void StartStage(Stage& stage, char* top) {
  stage.there = microthread::internal::NewContext(top, &stage_main, &stage);
  ResumeStage(stage);
}

MICROTHREAD_TEST_FRAME void ResumeStage(Stage& stage) {
  microthread_switch(&stage.here, &stage.there);
}

extern "C" MICROTHREAD_TEST_FRAME void capture_unwind(void* trace) {
  _Unwind_Reason_Code end = _Unwind_Backtrace(&AppendFrame, trace);
  if (end != _URC_END_OF_STACK) {
    static_cast<Trace*>(trace)->push_back(nullptr);
  }
}

std::vector<std::string> Names(const Trace& trace) {
  std::vector<std::string> names;
  for (void* address : trace) names.push_back(NameOf(address));
  return names;
}

std::vector<std::string> KnownNames(const Trace& trace) {
  std::vector<std::string> names;
  for (const std::string& name : Names(trace)) {
    if (name != "unknown") names.push_back(name);
  }
  return names;
}

}  // namespace microthread_test

// After each call the compiler must still have something to do: no tail calls.
#define STAY_A_FRAME() asm volatile("" ::: "memory")

extern "C" {

MICROTHREAD_TEST_FRAME void stage_main(void* argument) {
  auto* stage = static_cast<microthread_test::Stage*>(argument);
  outer_frame(stage->innermost, stage->argument);
  for (;;) microthread_switch(&stage->there, &stage->here);
}

MICROTHREAD_TEST_FRAME void outer_frame(void (*innermost)(void*),
                                        void* argument) {
  middle_frame(innermost, argument);
  STAY_A_FRAME();
}

MICROTHREAD_TEST_FRAME void middle_frame(void (*innermost)(void*),
                                         void* argument) {
  volatile char large[300];  // frames differ in size
  large[0] = 0;
  inner_frame(innermost, argument);
  large[299] = large[0];
  STAY_A_FRAME();
}

MICROTHREAD_TEST_FRAME void inner_frame(void (*innermost)(void*),
                                        void* argument) {
  innermost(argument);
  STAY_A_FRAME();
}

MICROTHREAD_TEST_FRAME void suspend_inline(void* argument) {
  auto* stage = static_cast<microthread_test::Stage*>(argument);
#if MICROTHREAD_INLINE_SWITCH
  microthread::internal::SwitchContextInline(stage->there, stage->here);
#else
  microthread_switch(&stage->there, &stage->here);
#endif
  STAY_A_FRAME();
}

MICROTHREAD_TEST_FRAME void suspend_twin(void* argument) {
  auto* stage = static_cast<microthread_test::Stage*>(argument);
  microthread_switch(&stage->there, &stage->here);
  STAY_A_FRAME();
}

}  // extern "C"
