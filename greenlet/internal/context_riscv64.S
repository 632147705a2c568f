// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// The assembly of the context switch for riscv64 (the lp64d ABI); context.h
// says what each function is for.
//
//   register        across a call          here
//   s0, s1, sp      callee-saved           in the context
//   s2-s11          callee-saved           stored on the stack that is left
//   ra              the return address     stored on the stack that is left
//   fs0-fs11        callee-saved           stored on the stack that is left
//   gp, tp          the thread's           not touched
//   fcsr            the thread's           not saved: see docs/caveats.md
//   everything else caller-saved           the C++ caller has saved it; that is
//                                          all vector registers, too
//
// A context is {sp, s0, s1, pc}, 8 bytes each, in this order.
//
// The unwinder: each function describes its frame to the last store, so that a
// backtrace is right at every instruction, also for a context that lies
// suspended at the resume label. No function makes a frame record of its own:
// s0 stays the caller's, so a walk along the frame pointers of a suspended
// context starts at the function that switched.
//
// Jumps go through t2: to the processor's return stack that is neither a call
// nor a return (jumps through ra and t0 are), and under Zicfilp, the tracking
// of indirect branches, it is the register of branches that need no landing
// pad. Functions start with a pad, `lpad 0`, which is written as the
// instruction that it is to older processors and assemblers, one that does
// nothing. No property note says so: linkers that do not know it warn of it
// (GNU ld 2.40).
//
// The shadow stack (Zicfiss): none of this can run with one, for `sp` moves to
// another stack without it; the library refuses to start a greenlet then.

#if defined(__riscv) && __riscv_xlen == 64

        .text

// void microthread_switch(void* from /* a0 */, void* to /* a1 */)
        .globl  microthread_switch
        .type   microthread_switch, @function
        .p2align 4
microthread_switch:
        .cfi_startproc
        auipc   zero, 0                 // lpad 0
        addi    sp, sp, -192
        .cfi_def_cfa_offset 192
        sd      ra, 0(sp)
        .cfi_rel_offset ra, 0
        sd      s2, 8(sp)
        .cfi_rel_offset s2, 8
        sd      s3, 16(sp)
        .cfi_rel_offset s3, 16
        sd      s4, 24(sp)
        .cfi_rel_offset s4, 24
        sd      s5, 32(sp)
        .cfi_rel_offset s5, 32
        sd      s6, 40(sp)
        .cfi_rel_offset s6, 40
        sd      s7, 48(sp)
        .cfi_rel_offset s7, 48
        sd      s8, 56(sp)
        .cfi_rel_offset s8, 56
        sd      s9, 64(sp)
        .cfi_rel_offset s9, 64
        sd      s10, 72(sp)
        .cfi_rel_offset s10, 72
        sd      s11, 80(sp)
        .cfi_rel_offset s11, 80
        fsd     fs0, 88(sp)
        .cfi_rel_offset fs0, 88
        fsd     fs1, 96(sp)
        .cfi_rel_offset fs1, 96
        fsd     fs2, 104(sp)
        .cfi_rel_offset fs2, 104
        fsd     fs3, 112(sp)
        .cfi_rel_offset fs3, 112
        fsd     fs4, 120(sp)
        .cfi_rel_offset fs4, 120
        fsd     fs5, 128(sp)
        .cfi_rel_offset fs5, 128
        fsd     fs6, 136(sp)
        .cfi_rel_offset fs6, 136
        fsd     fs7, 144(sp)
        .cfi_rel_offset fs7, 144
        fsd     fs8, 152(sp)
        .cfi_rel_offset fs8, 152
        fsd     fs9, 160(sp)
        .cfi_rel_offset fs9, 160
        fsd     fs10, 168(sp)
        .cfi_rel_offset fs10, 168
        fsd     fs11, 176(sp)
        .cfi_rel_offset fs11, 176
        lla     t0, .Lresume
        sd      sp, 0(a0)
        sd      s0, 8(a0)
        sd      s1, 16(a0)
        sd      t0, 24(a0)
        .cfi_remember_state
        // From here to the jump the frame is found through `from`:
        // DW_CFA_def_cfa_expression: *(a0 + 0) + 192; s0, s1: at a0 + 8, + 16
        .cfi_escape 0x0f, 6, 0x7a, 0, 0x06, 0x23, 0xc0, 0x01
        .cfi_escape 0x10, 8, 2, 0x7a, 8
        .cfi_escape 0x10, 9, 2, 0x7a, 16
        ld      t2, 24(a1)
        ld      sp, 0(a1)
        ld      s0, 8(a1)
        ld      s1, 16(a1)
        jr      t2
        .cfi_restore_state
        nop                             // unwinders look before .Lresume
        .p2align 4
.Lresume:
        fld     fs11, 176(sp)
        .cfi_restore fs11
        fld     fs10, 168(sp)
        .cfi_restore fs10
        fld     fs9, 160(sp)
        .cfi_restore fs9
        fld     fs8, 152(sp)
        .cfi_restore fs8
        fld     fs7, 144(sp)
        .cfi_restore fs7
        fld     fs6, 136(sp)
        .cfi_restore fs6
        fld     fs5, 128(sp)
        .cfi_restore fs5
        fld     fs4, 120(sp)
        .cfi_restore fs4
        fld     fs3, 112(sp)
        .cfi_restore fs3
        fld     fs2, 104(sp)
        .cfi_restore fs2
        fld     fs1, 96(sp)
        .cfi_restore fs1
        fld     fs0, 88(sp)
        .cfi_restore fs0
        ld      s11, 80(sp)
        .cfi_restore s11
        ld      s10, 72(sp)
        .cfi_restore s10
        ld      s9, 64(sp)
        .cfi_restore s9
        ld      s8, 56(sp)
        .cfi_restore s8
        ld      s7, 48(sp)
        .cfi_restore s7
        ld      s6, 40(sp)
        .cfi_restore s6
        ld      s5, 32(sp)
        .cfi_restore s5
        ld      s4, 24(sp)
        .cfi_restore s4
        ld      s3, 16(sp)
        .cfi_restore s3
        ld      s2, 8(sp)
        .cfi_restore s2
        // Not `ret`: the processor's return stack does not know that we come
        // from elsewhere.
        ld      t2, 0(sp)
        .cfi_register ra, t2
        addi    sp, sp, 192
        .cfi_def_cfa_offset 0
        jr      t2
        .cfi_endproc
        .size   microthread_switch, .-microthread_switch

// The first instruction of every new stack. NewContext() has put the entry
// function into s0 and its argument into s1; sp is aligned to 16, as the ABI
// wants it at a function's start. It does not call: the processor would expect
// a return that never comes.
        .globl  microthread_entry
        .type   microthread_entry, @function
        .p2align 4
microthread_entry:
        .cfi_startproc
        // There is no caller. Said twice: to unwinders by an undefined return
        // address, to frame-pointer walkers by a zero s0, which the first
        // function stores in its frame record.
        .cfi_undefined ra
        .cfi_undefined s0
        mv      t1, s0
        mv      a0, s1
        mv      s0, zero
        lla     ra, 1f
        jr      t1
1:
        unimp
        .cfi_endproc
        .size   microthread_entry, .-microthread_entry

// void microthread_call_above(const void* context /* a0 */,
//                             void (*function)(void*) /* a1 */,
//                             void* argument /* a2 */)
//
// s1 holds the context while `function` runs. The call frame information says
// that the caller of this frame is what the context holds: its sp is the
// canonical frame address, and pc, s0 and s1 lie in the context itself. A
// backtrace from `function` thus walks on in the suspended stack, of which
// nothing has been touched. (Nothing may be thrown across this frame.)
        .globl  microthread_call_above
        .type   microthread_call_above, @function
        .p2align 4
microthread_call_above:
        .cfi_startproc
        auipc   zero, 0                 // lpad 0
        addi    sp, sp, -16
        .cfi_def_cfa_offset 16
        sd      s1, 0(sp)
        .cfi_rel_offset s1, 0
        sd      ra, 8(sp)
        .cfi_rel_offset ra, 8
        mv      s1, a0
        mv      a0, a2
        .cfi_remember_state
        // DW_CFA_def_cfa_expression: *(s1 + 0)
        .cfi_escape 0x0f, 3, 0x79, 0, 0x06
        // DW_CFA_expression ra (pc), s0, s1: at s1 + 24, + 8, + 16
        .cfi_escape 0x10, 1, 2, 0x79, 24
        .cfi_escape 0x10, 8, 2, 0x79, 8
        .cfi_escape 0x10, 9, 2, 0x79, 16
        jalr    a1
        .cfi_restore_state
        ld      ra, 8(sp)
        .cfi_restore ra
        ld      s1, 0(sp)
        .cfi_restore s1
        addi    sp, sp, 16
        .cfi_def_cfa_offset 0
        ret
        .cfi_endproc
        .size   microthread_call_above, .-microthread_call_above

#endif

        .section .note.GNU-stack, "", %progbits
