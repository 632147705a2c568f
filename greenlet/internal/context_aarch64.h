// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// The inline context switch for aarch64 (AAPCS64, both byte orders).
//
// What is saved by hand, and why the rest need not be:
//
//   sp, pc       the place itself
//   x29          may be the frame pointer, so it cannot be declared clobbered
//   x19          LLVM's base pointer in frames that are over-aligned and have
//                a variable size; a clobber of it is silently not honored there
//   x0, x1       carry the arguments and come back as garbage ("+r")
//   x30          the link register: clobbered, so that even a function that
//                calls nothing has put its return address on the stack
//   x18          the platform register: never written here, so whatever the
//                platform keeps in it stays with the thread. Linux keeps
//                nothing in it and compilers use it for temporaries: clobbered
//   all others   declared clobbered: the compiler keeps what is alive in them
//                on the stack. That includes v0-v31, of which a call preserves
//                the lower halves of v8-v15 only; they are the lower parts of
//                SVE's z0-z31, and a clobber means the whole register
//   p0-p15       SVE's predicates. Both compilers know their names on every
//                target, so they are lost in functions with a target attribute
//                of their own, too
//
// Not saved: the rounding and flush modes of FPCR; SVE's FFR, which no call
// preserves either; SME's ZA and streaming mode: a function that has either of
// them on must not switch.
//
// The code neither pushes nor pops, so the unwinder's view of the frame stays
// as it is: at the resume label the call frame information is that of the
// function around the switch, with sp, x29, x19 and pc as in the context. It
// leaves by `br`, never by `ret`: a return that goes elsewhere than its call
// is mispredicted, and so are those that follow.
//
// Branch target identification (BTI): `br` may land only on `bti j` in pages
// that are guarded, hence the landing pad, and x17, from which it might land on
// `bti c` as well. The pads are written as hints, which every assembler knows
// and older processors ignore. Return addresses that were signed (PAC) lie on
// the stack and are checked there against the same sp.

#ifndef MICROTHREAD_GREENLET_INTERNAL_CONTEXT_AARCH64_H_
#define MICROTHREAD_GREENLET_INTERNAL_CONTEXT_AARCH64_H_

#include <cstdint>

#include "microthread/greenlet/config.h"
#include "microthread/greenlet/internal/context_base.h"

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
  register Context* save asm("x0") = &from;
  register Context* load asm("x1") = &to;
  asm volatile(
      "adr x9, 1f\n\t"
      "mov x10, sp\n\t"
      "stp x10, x29, [%0]\n\t"
      "stp x19, x9, [%0, #16]\n\t"
      "ldp x10, x29, [%1]\n\t"
      "ldp x19, x17, [%1, #16]\n\t"
      "mov sp, x10\n\t"
      "br x17\n\t"
      ".p2align 4\n"
      "1:\n\t"
      "hint #36\n"  // bti j
      : "+r"(save), "+r"(load)
      :
      : "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12",
        "x13", "x14", "x15", "x16", "x17", "x18", "x20", "x21", "x22", "x23",
        "x24", "x25", "x26", "x27", "x28", "x30", "memory", "cc", "v0", "v1",
        "v2", "v3", "v4", "v5", "v6", "v7", "v8", "v9", "v10", "v11", "v12",
        "v13", "v14", "v15", "v16", "v17", "v18", "v19", "v20", "v21", "v22",
        "v23", "v24", "v25", "v26", "v27", "v28", "v29", "v30", "v31", "p0",
        "p1", "p2", "p3", "p4", "p5", "p6", "p7", "p8", "p9", "p10", "p11",
        "p12", "p13", "p14", "p15");
}
#endif

// Resumes `to` and saves nothing: what runs now is left for ever.
[[noreturn]] MICROTHREAD_ALWAYS_INLINE void ResumeContext(Context& to) {
  register Context* load asm("x1") = &to;
  asm volatile(
      "ldp x10, x29, [%0]\n\t"
      "ldp x19, x17, [%0, #16]\n\t"
      "mov sp, x10\n\t"
      "br x17\n\t"
      :
      : "r"(load)
      : "x10", "x17", "memory");
  __builtin_unreachable();
}

// Whether the guarded control stack (GCS), the shadow stack of this
// architecture, is on for this thread. `chkfeat x16` then clears bit 0; it is a
// hint, which processors without it ignore.
inline bool ShadowStackIsActive() {
  uint64_t features = 1;
  asm volatile(
      "mov x16, %0\n\t"
      "hint #40\n\t"  // chkfeat x16
      "mov %0, x16"
      : "+r"(features)
      :
      : "x16");
  return features == 0;
}
inline constexpr char kWithoutShadowStack[] =
    "GLIBC_TUNABLES=glibc.cpu.aarch64_gcs=0";

}  // namespace internal
MICROTHREAD_NAMESPACE_END

#endif  // MICROTHREAD_GREENLET_INTERNAL_CONTEXT_AARCH64_H_
