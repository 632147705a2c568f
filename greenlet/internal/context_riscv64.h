// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// The inline context switch for riscv64 (the lp64d ABI of every Linux
// distribution).
//
// What is saved by hand, and why the rest need not be:
//
//   sp, pc       the place itself
//   s0           may be the frame pointer, so it cannot be declared clobbered
//   s1           LLVM's base pointer in frames that are over-aligned and have
//                a variable size; a clobber of it is silently not honored there
//   a0, a1       carry the arguments and come back as garbage ("+r")
//   ra           the return address: clobbered, so that even a function that
//                calls nothing has put it on the stack
//   gp, tp       the same everywhere in a thread
//   all others   declared clobbered: the compiler keeps what is alive in them
//                on the stack. That includes f0-f31, of which a call preserves
//                fs0-fs11
//   v0-v31       the vector registers, where the target has them. Old compilers
//                without vectors do not know their names; newer ones do on
//                every target, and then the registers are lost in functions
//                with a target attribute of their own, too. Compilers take vl
//                and vtype for changed by every asm
//
// Not saved: the rounding modes of fcsr and vcsr.
//
// The code neither pushes nor pops, so the unwinder's view of the frame stays
// as it is: at the resume label the call frame information is that of the
// function around the switch, with sp, s0, s1 and pc as in the context. It
// leaves by a jump through t2, which is neither a call nor a return to the
// processor's return stack (jumps through ra and t0 are), and which needs no
// landing pad under Zicfilp: there t2 is the register of "software guarded"
// branches.

#ifndef MICROTHREAD_GREENLET_INTERNAL_CONTEXT_RISCV64_H_
#define MICROTHREAD_GREENLET_INTERNAL_CONTEXT_RISCV64_H_

#include <sys/prctl.h>

#include <cerrno>

#include "microthread/greenlet/config.h"
#include "microthread/greenlet/internal/context_base.h"

#if defined(__riscv_vector) || defined(__clang__)
#define MICROTHREAD_VECTOR_CLOBBERS                                           \
  , "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v8", "v9", "v10", "v11", \
      "v12", "v13", "v14", "v15", "v16", "v17", "v18", "v19", "v20", "v21",   \
      "v22", "v23", "v24", "v25", "v26", "v27", "v28", "v29", "v30", "v31"
#else
#define MICROTHREAD_VECTOR_CLOBBERS
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
  register Context* save asm("a0") = &from;
  register Context* load asm("a1") = &to;
  asm volatile(
      "lla t0, 1f\n\t"
      "sd sp, 0(%0)\n\t"
      "sd s0, 8(%0)\n\t"
      "sd s1, 16(%0)\n\t"
      "sd t0, 24(%0)\n\t"
      "ld t2, 24(%1)\n\t"
      "ld sp, 0(%1)\n\t"
      "ld s0, 8(%1)\n\t"
      "ld s1, 16(%1)\n\t"
      "jr t2\n\t"
      ".p2align 4\n"
      "1:\n"
      : "+r"(save), "+r"(load)
      :
      : "ra", "t0", "t1", "t2", "t3", "t4", "t5", "t6", "a2", "a3", "a4", "a5",
        "a6", "a7", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10",
        "s11", "memory", "ft0", "ft1", "ft2", "ft3", "ft4", "ft5", "ft6", "ft7",
        "ft8", "ft9", "ft10", "ft11", "fa0", "fa1", "fa2", "fa3", "fa4", "fa5",
        "fa6", "fa7", "fs0", "fs1", "fs2", "fs3", "fs4", "fs5", "fs6", "fs7",
        "fs8", "fs9", "fs10", "fs11" MICROTHREAD_VECTOR_CLOBBERS);
}
#endif

// Resumes `to` and saves nothing: what runs now is left for ever.
[[noreturn]] MICROTHREAD_ALWAYS_INLINE void ResumeContext(Context& to) {
  register Context* load asm("a1") = &to;
  asm volatile(
      "ld t2, 24(%0)\n\t"
      "ld sp, 0(%0)\n\t"
      "ld s0, 8(%0)\n\t"
      "ld s1, 16(%0)\n\t"
      "jr t2\n\t"
      :
      : "r"(load)
      : "t2", "memory");
  __builtin_unreachable();
}

// Whether the shadow stack of this architecture (Zicfiss) is on for this
// thread. The kernel is asked: the instruction that reads the shadow stack's
// pointer is illegal on older processors.
inline bool ShadowStackIsActive() {
  constexpr int kGetShadowStackStatus = 74;  // PR_GET_SHADOW_STACK_STATUS
  const int saved_errno = errno;
  unsigned long status = 0;
  const int result = prctl(kGetShadowStackStatus, &status, 0, 0, 0);
  errno = saved_errno;
  return result == 0 && (status & 1) != 0;
}
inline constexpr char kWithoutShadowStack[] =
    "or compiled without -fcf-protection";

}  // namespace internal
MICROTHREAD_NAMESPACE_END

#undef MICROTHREAD_VECTOR_CLOBBERS

#endif  // MICROTHREAD_GREENLET_INTERNAL_CONTEXT_RISCV64_H_
