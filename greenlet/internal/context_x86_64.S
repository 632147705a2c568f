// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// The assembly of the context switch for x86-64 (System V ABI); context.h says
// what each function is for.
//
//   register        across a call          here
//   rbx, rbp, rsp   callee-saved           in the context
//   r12-r15         callee-saved           pushed on the stack that is left
//   mxcsr, x87 cw   callee-saved (bits)    not saved: see docs/caveats.md
//   everything else caller-saved           the C++ caller has saved it
//
// A context is {rsp, rbp, rbx, rip}, 8 bytes each, in this order.
//
// The unwinder: each function describes its frame to the last push, so that a
// backtrace is right at every instruction, also for a context that lies
// suspended at the resume label.
//
// The shadow stack: none of this can run with one, for `rsp` moves to another
// stack without it; the library refuses to start a greenlet then. Indirect
// branch tracking is served: each label that is reached by a jump starts with
// `endbr64`, and the property note at the end says so to the linker.

#if defined(__x86_64__)

        .text

// void microthread_switch(void* from /* rdi */, void* to /* rsi */)
        .globl  microthread_switch
        .type   microthread_switch, @function
        .p2align 4
microthread_switch:
        .cfi_startproc
        endbr64
        pushq   %r12
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset %r12, 0
        pushq   %r13
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset %r13, 0
        pushq   %r14
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset %r14, 0
        pushq   %r15
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset %r15, 0
        leaq    .Lresume(%rip), %rax
        movq    %rsp, 0(%rdi)
        movq    %rbp, 8(%rdi)
        movq    %rbx, 16(%rdi)
        movq    %rax, 24(%rdi)
        .cfi_remember_state
        // From here to the jump the frame is found through `from`:
        // DW_CFA_def_cfa_expression: *(rdi + 0) + 40; rbp, rbx: at rdi + 8, + 16
        .cfi_escape 0x0f, 5, 0x75, 0, 0x06, 0x23, 40
        .cfi_escape 0x10, 6, 2, 0x75, 8
        .cfi_escape 0x10, 3, 2, 0x75, 16
        movq    0(%rsi), %rsp
        movq    8(%rsi), %rbp
        movq    16(%rsi), %rbx
        jmpq    *24(%rsi)
        .cfi_restore_state
        nop  # unwinders look one byte before .Lresume
        .p2align 4
.Lresume:
        endbr64
        popq    %r15
        .cfi_adjust_cfa_offset -8
        .cfi_restore %r15
        popq    %r14
        .cfi_adjust_cfa_offset -8
        .cfi_restore %r14
        popq    %r13
        .cfi_adjust_cfa_offset -8
        .cfi_restore %r13
        popq    %r12
        .cfi_adjust_cfa_offset -8
        .cfi_restore %r12
        // Not `ret`: the processor's return stack does not know that we come
        // from elsewhere, and the misprediction would cost more than the rest.
        popq    %rcx
        .cfi_adjust_cfa_offset -8
        .cfi_register %rip, %rcx
        notrack jmpq *%rcx
        .cfi_endproc
        .size   microthread_switch, .-microthread_switch

// The first instruction of every new stack. NewContext() has put the entry
// function into rbp and its argument into rbx; rsp is aligned to 16, so what a
// call pushes leaves it as the ABI wants it at a function's start. It is not a
// call, though: the processor would expect a return that never comes, and the
// next one elsewhere would be mispredicted (3.5 of 12.7 ns of a spawn).
        .globl  microthread_entry
        .type   microthread_entry, @function
        .p2align 4
microthread_entry:
        .cfi_startproc
        // There is no caller. Said three times: to unwinders by an undefined
        // return address, to frame-pointer walkers by a zero rbp, and to those
        // who read the stack itself by nothing above the first frame.
        .cfi_undefined %rip
        .cfi_undefined %rbp
        endbr64
        movq    %rbp, %rax
        movq    %rbx, %rdi
        xorl    %ebp, %ebp
        leaq    1f(%rip), %rcx
        pushq   %rcx
        jmpq    *%rax
1:
        ud2
        .cfi_endproc
        .size   microthread_entry, .-microthread_entry

// void microthread_call_above(const void* context /* rdi */,
//                             void (*function)(void*) /* rsi */,
//                             void* argument /* rdx */)
//
// rbx holds the context while `function` runs. The call frame information says
// that the caller of this frame is what the context holds: its rsp is the
// canonical frame address, and rip, rbp and rbx lie in the context itself. A
// backtrace from `function` thus walks on in the suspended stack, of which
// nothing has been touched. (Nothing may be thrown across this frame.)
        .globl  microthread_call_above
        .type   microthread_call_above, @function
        .p2align 4
microthread_call_above:
        .cfi_startproc
        endbr64
        pushq   %rbx
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset %rbx, 0
        movq    %rdi, %rbx
        movq    %rdx, %rdi
        .cfi_remember_state
        // DW_CFA_def_cfa_expression: *(rbx + 0)
        .cfi_escape 0x0f, 3, 0x73, 0, 0x06
        // DW_CFA_expression rip, rbp, rbx: at rbx + 24, + 8, + 16
        .cfi_escape 0x10, 16, 2, 0x73, 24
        .cfi_escape 0x10, 6, 2, 0x73, 8
        .cfi_escape 0x10, 3, 2, 0x73, 16
        callq   *%rsi
        .cfi_restore_state
        popq    %rbx
        .cfi_adjust_cfa_offset -8
        .cfi_restore %rbx
        ret
        .cfi_endproc
        .size   microthread_call_above, .-microthread_call_above

// This object is ready for indirect branch tracking (bit 0), not for shadow
// stacks (bit 1): the linker combines the notes of all objects by "and".
        .section .note.gnu.property, "a"
        .p2align 3
        .long   4                       // length of the name
        .long   16                      // length of the description
        .long   5                       // NT_GNU_PROPERTY_TYPE_0
        .asciz  "GNU"
        .long   0xc0000002              // GNU_PROPERTY_X86_FEATURE_1_AND
        .long   4
        .long   1
        .long   0

#endif

        .section .note.GNU-stack, "", %progbits
