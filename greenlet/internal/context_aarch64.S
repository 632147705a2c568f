// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// The assembly of the context switch for aarch64 (AAPCS64); context.h says what
// each function is for.
//
//   register        across a call          here
//   x29, x19, sp    callee-saved           in the context
//   x20-x28         callee-saved           stored on the stack that is left
//   x30             the return address     stored on the stack that is left
//   d8-d15          callee-saved: the      stored on the stack that is left
//                   lower 64 bits of v8-v15
//   x18             the platform register  not touched
//   fpcr            callee-saved (bits)    not saved: see docs/caveats.md
//   everything else caller-saved           the C++ caller has saved it; that is
//                                          all of SVE but d8-d15, too
//
// A context is {sp, x29, x19, pc}, 8 bytes each, in this order.
//
// The unwinder: each function describes its frame to the last store, so that a
// backtrace is right at every instruction, also for a context that lies
// suspended at the resume label. No function makes a frame record of its own:
// x29 stays the caller's, so a walk along the frame pointers of a suspended
// context starts at the function that switched.
//
// Branch target identification (BTI): functions start with `bti c`, the labels
// that are reached by `br` with `bti j`, and the property note at the end says
// so to the linker. They are written as hints (#34, #36), which every assembler
// knows and older processors ignore. The switch must end with `ret`: `br` could
// not land behind a call, where there is no pad.
//
// The shadow stack (GCS): none of this can run with one, for `ret` would be
// compared with the calls of another stack; the library refuses to start a
// greenlet then, and the note does not claim the property.

#if defined(__aarch64__)

        .text

// void microthread_switch(void* from /* x0 */, void* to /* x1 */)
        .globl  microthread_switch
        .type   microthread_switch, %function
        .p2align 4
microthread_switch:
        .cfi_startproc
        hint    #34                     // bti c
        stp     x30, x20, [sp, #-144]!
        .cfi_def_cfa_offset 144
        .cfi_rel_offset x30, 0
        .cfi_rel_offset x20, 8
        stp     x21, x22, [sp, #16]
        .cfi_rel_offset x21, 16
        .cfi_rel_offset x22, 24
        stp     x23, x24, [sp, #32]
        .cfi_rel_offset x23, 32
        .cfi_rel_offset x24, 40
        stp     x25, x26, [sp, #48]
        .cfi_rel_offset x25, 48
        .cfi_rel_offset x26, 56
        stp     x27, x28, [sp, #64]
        .cfi_rel_offset x27, 64
        .cfi_rel_offset x28, 72
        stp     d8, d9, [sp, #80]
        .cfi_rel_offset d8, 80
        .cfi_rel_offset d9, 88
        stp     d10, d11, [sp, #96]
        .cfi_rel_offset d10, 96
        .cfi_rel_offset d11, 104
        stp     d12, d13, [sp, #112]
        .cfi_rel_offset d12, 112
        .cfi_rel_offset d13, 120
        stp     d14, d15, [sp, #128]
        .cfi_rel_offset d14, 128
        .cfi_rel_offset d15, 136
        adr     x9, .Lresume
        mov     x10, sp
        stp     x10, x29, [x0]
        stp     x19, x9, [x0, #16]
        .cfi_remember_state
        // From here to the jump the frame is found through `from`:
        // DW_CFA_def_cfa_expression: *(x0 + 0) + 144; x29, x19: at x0 + 8, + 16
        .cfi_escape 0x0f, 6, 0x70, 0, 0x06, 0x23, 0x90, 0x01
        .cfi_escape 0x10, 29, 2, 0x70, 8
        .cfi_escape 0x10, 19, 2, 0x70, 16
        ldp     x10, x29, [x1]
        ldp     x19, x17, [x1, #16]
        mov     sp, x10
        br      x17
        .cfi_restore_state
        nop                             // unwinders look before .Lresume
        .p2align 4
.Lresume:
        hint    #36                     // bti j
        ldp     d14, d15, [sp, #128]
        .cfi_restore d14
        .cfi_restore d15
        ldp     d12, d13, [sp, #112]
        .cfi_restore d12
        .cfi_restore d13
        ldp     d10, d11, [sp, #96]
        .cfi_restore d10
        .cfi_restore d11
        ldp     d8, d9, [sp, #80]
        .cfi_restore d8
        .cfi_restore d9
        ldp     x27, x28, [sp, #64]
        .cfi_restore x27
        .cfi_restore x28
        ldp     x25, x26, [sp, #48]
        .cfi_restore x25
        .cfi_restore x26
        ldp     x23, x24, [sp, #32]
        .cfi_restore x23
        .cfi_restore x24
        ldp     x21, x22, [sp, #16]
        .cfi_restore x21
        .cfi_restore x22
        ldp     x30, x20, [sp], #144
        .cfi_def_cfa_offset 0
        .cfi_restore x30
        .cfi_restore x20
        ret
        .cfi_endproc
        .size   microthread_switch, .-microthread_switch

// The first instruction of every new stack. NewContext() has put the entry
// function into x29 and its argument into x19; sp is aligned to 16, as it has
// to be at every access. It does not call: the processor would expect a return
// that never comes. (From x17 a branch may land where a call may.)
        .globl  microthread_entry
        .type   microthread_entry, %function
        .p2align 4
microthread_entry:
        .cfi_startproc
        // There is no caller. Said twice: to unwinders by an undefined return
        // address, to frame-pointer walkers by a zero x29, which the first
        // function stores in its frame record.
        .cfi_undefined x30
        .cfi_undefined x29
        hint    #36                     // bti j
        mov     x17, x29
        mov     x0, x19
        mov     x29, xzr
        adr     x30, 1f
        br      x17
1:
        brk     #1
        .cfi_endproc
        .size   microthread_entry, .-microthread_entry

// void microthread_call_above(const void* context /* x0 */,
//                             void (*function)(void*) /* x1 */,
//                             void* argument /* x2 */)
//
// x19 holds the context while `function` runs. The call frame information says
// that the caller of this frame is what the context holds: its sp is the
// canonical frame address, and pc, x29 and x19 lie in the context itself. A
// backtrace from `function` thus walks on in the suspended stack, of which
// nothing has been touched. (Nothing may be thrown across this frame.)
        .globl  microthread_call_above
        .type   microthread_call_above, %function
        .p2align 4
microthread_call_above:
        .cfi_startproc
        hint    #34                     // bti c
        stp     x19, x30, [sp, #-16]!
        .cfi_def_cfa_offset 16
        .cfi_rel_offset x19, 0
        .cfi_rel_offset x30, 8
        mov     x19, x0
        mov     x0, x2
        .cfi_remember_state
        // DW_CFA_def_cfa_expression: *(x19 + 0)
        .cfi_escape 0x0f, 3, 0x83, 0, 0x06
        // DW_CFA_expression x30 (pc), x29, x19: at x19 + 24, + 8, + 16
        .cfi_escape 0x10, 30, 2, 0x83, 24
        .cfi_escape 0x10, 29, 2, 0x83, 8
        .cfi_escape 0x10, 19, 2, 0x83, 16
        blr     x1
        .cfi_restore_state
        ldp     x19, x30, [sp], #16
        .cfi_def_cfa_offset 0
        .cfi_restore x19
        .cfi_restore x30
        ret
        .cfi_endproc
        .size   microthread_call_above, .-microthread_call_above

// This object is ready for branch target identification (bit 0), not for the
// guarded control stack (bit 2): the linker combines the notes of all objects
// by "and".
        .section .note.gnu.property, "a"
        .p2align 3
        .long   4                       // length of the name
        .long   16                      // length of the description
        .long   5                       // NT_GNU_PROPERTY_TYPE_0
        .asciz  "GNU"
        .long   0xc0000000              // GNU_PROPERTY_AARCH64_FEATURE_1_AND
        .long   4
        .long   1
        .long   0

#endif

        .section .note.GNU-stack, "", %progbits
