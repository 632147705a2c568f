// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// The inline context switch for x86-64 (System V ABI).
//
// What is saved by hand, and why the rest need not be:
//
//   rsp, rip     the place itself
//   rbp          may be the frame pointer, so it cannot be declared clobbered
//   rbx          LLVM's base pointer in frames that are over-aligned and have
//                a variable size; a clobber of it is silently not honored there
//   rdi, rsi     carry the arguments and come back as garbage ("+D", "+S")
//   all others   declared clobbered: the compiler keeps what is alive in them
//                on the stack. That includes the x87 stack (st..st(7), which
//                are the MMX registers too) and every vector and mask register
//                that the target of this translation unit has.
//
// Not saved, because saving costs more than the switch: the control bits of
// MXCSR and of the x87 control word. The direction flag is clear, as the ABI
// demands at every call.
//
// The code neither pushes nor pops, so the red zone and the unwinder's view of
// the frame stay as they are: at the resume label the call frame information
// is that of the function around the switch, with rsp, rbp, rbx and rip as in
// the context. It leaves by a jump, never by `ret`: a return that goes
// elsewhere than its call costs a misprediction of some ten nanoseconds.
//
// gcc knows xmm16-31 and the mask registers in functions with a target
// attribute of their own (`target("avx512f")`) even if the translation unit is
// compiled without AVX-512, and it keeps them alive across the switch. Such
// functions must not switch, or the whole build must be compiled with
// -mavx512f or MICROTHREAD_INLINE_SWITCH=0.

#ifndef MICROTHREAD_GREENLET_INTERNAL_CONTEXT_X86_64_H_
#define MICROTHREAD_GREENLET_INTERNAL_CONTEXT_X86_64_H_

#include <cstdint>

#include "microthread/greenlet/config.h"
#include "microthread/greenlet/internal/context_base.h"

#if defined(__AVX512F__)
#define MICROTHREAD_AVX512_CLOBBERS                                           \
  , "xmm16", "xmm17", "xmm18", "xmm19", "xmm20", "xmm21", "xmm22", "xmm23",   \
      "xmm24", "xmm25", "xmm26", "xmm27", "xmm28", "xmm29", "xmm30", "xmm31", \
      "k0", "k1", "k2", "k3", "k4", "k5", "k6", "k7"
#else
#define MICROTHREAD_AVX512_CLOBBERS
#endif

MICROTHREAD_NAMESPACE_BEGIN
namespace internal {

// A context that will call `function(argument)` on the stack below `top`
// (aligned to 16). It travels in the two registers that a context has anyway.
inline Context NewContext(char* top, EntryFunction function, void* argument) {
  return {.stack_pointer = top,
          .frame_pointer = reinterpret_cast<void*>(function),
          .base_pointer = argument,
          .resume_at = reinterpret_cast<void*>(&microthread_entry)};
}

#if MICROTHREAD_INLINE_SWITCH
MICROTHREAD_ALWAYS_INLINE void SwitchContextInline(Context& from, Context& to) {
  Context* save = &from;
  Context* load = &to;
  // The landing pad lets the jump pass under indirect branch tracking; without
  // it, it is a no-op.
  asm volatile(
      "leaq 1f(%%rip), %%rax\n\t"
      "movq %%rsp, 0(%0)\n\t"
      "movq %%rbp, 8(%0)\n\t"
      "movq %%rbx, 16(%0)\n\t"
      "movq %%rax, 24(%0)\n\t"
      "movq 0(%1), %%rsp\n\t"
      "movq 8(%1), %%rbp\n\t"
      "movq 16(%1), %%rbx\n\t"
      "jmpq *24(%1)\n\t"
      ".p2align 4\n"
      "1:\n\t"
      "endbr64\n"
      : "+D"(save), "+S"(load)
      :
      : "rax", "rcx", "rdx", "r8", "r9", "r10", "r11", "r12", "r13", "r14",
        "r15", "memory", "cc", "st", "st(1)", "st(2)", "st(3)", "st(4)",
        "st(5)", "st(6)", "st(7)", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4",
        "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12",
        "xmm13", "xmm14", "xmm15" MICROTHREAD_AVX512_CLOBBERS);
}
#endif

// Resumes `to` and saves nothing: what runs now is left for ever.
[[noreturn]] MICROTHREAD_ALWAYS_INLINE void ResumeContext(Context& to) {
  asm volatile(
      "movq 0(%0), %%rsp\n\t"
      "movq 8(%0), %%rbp\n\t"
      "movq 16(%0), %%rbx\n\t"
      "jmpq *24(%0)\n\t"
      :
      : "S"(&to)
      : "memory");
  __builtin_unreachable();
}

// The size of the hardware shadow stack's use of this thread: not 0 when one is
// active. The instruction is a no-op where there is none.
inline bool ShadowStackIsActive() {
  uint64_t pointer = 0;
  asm volatile("rdsspq %0" : "+r"(pointer));
  return pointer != 0;
}
inline constexpr char kWithoutShadowStack[] =
    "GLIBC_TUNABLES=glibc.cpu.x86_shstk=off";

}  // namespace internal
MICROTHREAD_NAMESPACE_END

#undef MICROTHREAD_AVX512_CLOBBERS

#endif  // MICROTHREAD_GREENLET_INTERNAL_CONTEXT_X86_64_H_
