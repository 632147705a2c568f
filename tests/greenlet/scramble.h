// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// MICROTHREAD_TEST_SCRAMBLE() leaves ones in every register that a context
// switch does not itself keep in the context: what somebody else may have done
// there while a context was suspended.

#ifndef MICROTHREAD_TESTS_GREENLET_SCRAMBLE_H_
#define MICROTHREAD_TESTS_GREENLET_SCRAMBLE_H_

#if defined(__x86_64__)

#if defined(__AVX512F__)
#define SCRAMBLE_ZMM(n) \
  "vpternlogd $255, %%zmm" #n ", %%zmm" #n ", %%zmm" #n "\n\t"
#define SCRAMBLE_AVX512 \
  SCRAMBLE_ZMM(16) SCRAMBLE_ZMM(17) SCRAMBLE_ZMM(18) SCRAMBLE_ZMM(19)         \
  SCRAMBLE_ZMM(20) SCRAMBLE_ZMM(21) SCRAMBLE_ZMM(22) SCRAMBLE_ZMM(23)         \
  SCRAMBLE_ZMM(24) SCRAMBLE_ZMM(25) SCRAMBLE_ZMM(26) SCRAMBLE_ZMM(27)         \
  SCRAMBLE_ZMM(28) SCRAMBLE_ZMM(29) SCRAMBLE_ZMM(30) SCRAMBLE_ZMM(31)         \
  "kxnorw %%k0, %%k0, %%k0\n\t"                                               \
  "kxnorw %%k1, %%k1, %%k1\n\tkxnorw %%k2, %%k2, %%k2\n\t"                    \
  "kxnorw %%k3, %%k3, %%k3\n\tkxnorw %%k4, %%k4, %%k4\n\t"                    \
  "kxnorw %%k5, %%k5, %%k5\n\tkxnorw %%k6, %%k6, %%k6\n\t"                    \
  "kxnorw %%k7, %%k7, %%k7\n\t"
#define SCRAMBLE_AVX512_CLOBBERS                                              \
  , "xmm16", "xmm17", "xmm18", "xmm19", "xmm20", "xmm21", "xmm22", "xmm23",   \
      "xmm24", "xmm25", "xmm26", "xmm27", "xmm28", "xmm29", "xmm30", "xmm31", \
      "k0", "k1", "k2", "k3", "k4", "k5", "k6", "k7"
#else
#define SCRAMBLE_AVX512 ""
#define SCRAMBLE_AVX512_CLOBBERS
#endif

#define MICROTHREAD_TEST_SCRAMBLE()                                          \
  asm volatile(                                                              \
      "movq $-1, %%rax\n\tmovq %%rax, %%rbx\n\tmovq %%rax, %%rcx\n\t"        \
      "movq %%rax, %%rdx\n\tmovq %%rax, %%rsi\n\tmovq %%rax, %%rdi\n\t"      \
      "movq %%rax, %%r8\n\tmovq %%rax, %%r9\n\tmovq %%rax, %%r10\n\t"        \
      "movq %%rax, %%r11\n\tmovq %%rax, %%r12\n\tmovq %%rax, %%r13\n\t"      \
      "movq %%rax, %%r14\n\tmovq %%rax, %%r15\n\t"                           \
      "pcmpeqd %%xmm0, %%xmm0\n\tpcmpeqd %%xmm1, %%xmm1\n\t"                 \
      "pcmpeqd %%xmm2, %%xmm2\n\tpcmpeqd %%xmm3, %%xmm3\n\t"                 \
      "pcmpeqd %%xmm4, %%xmm4\n\tpcmpeqd %%xmm5, %%xmm5\n\t"                 \
      "pcmpeqd %%xmm6, %%xmm6\n\tpcmpeqd %%xmm7, %%xmm7\n\t"                 \
      "pcmpeqd %%xmm8, %%xmm8\n\tpcmpeqd %%xmm9, %%xmm9\n\t"                 \
      "pcmpeqd %%xmm10, %%xmm10\n\tpcmpeqd %%xmm11, %%xmm11\n\t"             \
      "pcmpeqd %%xmm12, %%xmm12\n\tpcmpeqd %%xmm13, %%xmm13\n\t"             \
      "pcmpeqd %%xmm14, %%xmm14\n\tpcmpeqd %%xmm15, %%xmm15\n\t"             \
      "emms\n\t" SCRAMBLE_AVX512                                             \
      :                                                                      \
      :                                                                      \
      : "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11",  \
        "r12", "r13", "r14", "r15", "cc", "memory", "st", "st(1)", "st(2)",  \
        "st(3)", "st(4)", "st(5)", "st(6)", "st(7)", "xmm0", "xmm1", "xmm2", \
        "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10",     \
        "xmm11", "xmm12", "xmm13", "xmm14", "xmm15" SCRAMBLE_AVX512_CLOBBERS)

#elif defined(__aarch64__)

// x19, x29 and x30 belong to compilers and to the frame. x18 would be the
// platform's, but Linux leaves it to compilers.
#define MICROTHREAD_TEST_SCRAMBLE()                                           \
  asm volatile(                                                               \
      "mov x0, #-1\n\tmov x1, #-1\n\tmov x2, #-1\n\t"                         \
      "mov x3, #-1\n\tmov x4, #-1\n\tmov x5, #-1\n\t"                         \
      "mov x6, #-1\n\tmov x7, #-1\n\tmov x8, #-1\n\t"                         \
      "mov x9, #-1\n\tmov x10, #-1\n\tmov x11, #-1\n\t"                       \
      "mov x12, #-1\n\tmov x13, #-1\n\tmov x14, #-1\n\t"                      \
      "mov x15, #-1\n\tmov x16, #-1\n\tmov x17, #-1\n\t"                      \
      "mov x18, #-1\n\tmov x20, #-1\n\tmov x21, #-1\n\tmov x22, #-1\n\t"      \
      "mov x23, #-1\n\tmov x24, #-1\n\tmov x25, #-1\n\t"                      \
      "mov x26, #-1\n\tmov x27, #-1\n\tmov x28, #-1\n\t"                      \
      "movi v0.16b, #255\n\tmovi v1.16b, #255\n\t"                            \
      "movi v2.16b, #255\n\tmovi v3.16b, #255\n\t"                            \
      "movi v4.16b, #255\n\tmovi v5.16b, #255\n\t"                            \
      "movi v6.16b, #255\n\tmovi v7.16b, #255\n\t"                            \
      "movi v8.16b, #255\n\tmovi v9.16b, #255\n\t"                            \
      "movi v10.16b, #255\n\tmovi v11.16b, #255\n\t"                          \
      "movi v12.16b, #255\n\tmovi v13.16b, #255\n\t"                          \
      "movi v14.16b, #255\n\tmovi v15.16b, #255\n\t"                          \
      "movi v16.16b, #255\n\tmovi v17.16b, #255\n\t"                          \
      "movi v18.16b, #255\n\tmovi v19.16b, #255\n\t"                          \
      "movi v20.16b, #255\n\tmovi v21.16b, #255\n\t"                          \
      "movi v22.16b, #255\n\tmovi v23.16b, #255\n\t"                          \
      "movi v24.16b, #255\n\tmovi v25.16b, #255\n\t"                          \
      "movi v26.16b, #255\n\tmovi v27.16b, #255\n\t"                          \
      "movi v28.16b, #255\n\tmovi v29.16b, #255\n\t"                          \
      "movi v30.16b, #255\n\tmovi v31.16b, #255\n\t"                          \
      :                                                                       \
      :                                                                       \
      : "x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10",    \
        "x11", "x12", "x13", "x14", "x15", "x16", "x17", "x18", "x20", "x21", \
        "x22", "x23", "x24", "x25", "x26", "x27", "x28", "v0", "v1", "v2",    \
        "v3", "v4", "v5", "v6", "v7", "v8", "v9", "v10", "v11", "v12", "v13", \
        "v14", "v15", "v16", "v17", "v18", "v19", "v20", "v21", "v22", "v23", \
        "v24", "v25", "v26", "v27", "v28", "v29", "v30", "v31", "cc",         \
        "memory")

#elif defined(__riscv)

// x1-x4 are ra, sp, gp, tp; x8 and x9 belong to the frame.
#define MICROTHREAD_TEST_SCRAMBLE()                                            \
  asm volatile(                                                                \
      "li x5, -1\n\tli x6, -1\n\tli x7, -1\n\tli x10, -1\n\t"                  \
      "li x11, -1\n\tli x12, -1\n\tli x13, -1\n\tli x14, -1\n\t"               \
      "li x15, -1\n\tli x16, -1\n\tli x17, -1\n\tli x18, -1\n\t"               \
      "li x19, -1\n\tli x20, -1\n\tli x21, -1\n\tli x22, -1\n\t"               \
      "li x23, -1\n\tli x24, -1\n\tli x25, -1\n\tli x26, -1\n\t"               \
      "li x27, -1\n\tli x28, -1\n\tli x29, -1\n\tli x30, -1\n\t"               \
      "li x31, -1\n\t"                                                         \
      "fmv.d.x f0, x5\n\tfmv.d.x f1, x5\n\tfmv.d.x f2, x5\n\t"                 \
      "fmv.d.x f3, x5\n\tfmv.d.x f4, x5\n\tfmv.d.x f5, x5\n\t"                 \
      "fmv.d.x f6, x5\n\tfmv.d.x f7, x5\n\tfmv.d.x f8, x5\n\t"                 \
      "fmv.d.x f9, x5\n\tfmv.d.x f10, x5\n\tfmv.d.x f11, x5\n\t"               \
      "fmv.d.x f12, x5\n\tfmv.d.x f13, x5\n\tfmv.d.x f14, x5\n\t"              \
      "fmv.d.x f15, x5\n\tfmv.d.x f16, x5\n\tfmv.d.x f17, x5\n\t"              \
      "fmv.d.x f18, x5\n\tfmv.d.x f19, x5\n\tfmv.d.x f20, x5\n\t"              \
      "fmv.d.x f21, x5\n\tfmv.d.x f22, x5\n\tfmv.d.x f23, x5\n\t"              \
      "fmv.d.x f24, x5\n\tfmv.d.x f25, x5\n\tfmv.d.x f26, x5\n\t"              \
      "fmv.d.x f27, x5\n\tfmv.d.x f28, x5\n\tfmv.d.x f29, x5\n\t"              \
      "fmv.d.x f30, x5\n\tfmv.d.x f31, x5\n\t"                                 \
      :                                                                        \
      :                                                                        \
      : "x5", "x6", "x7", "x10", "x11", "x12", "x13", "x14", "x15", "x16",     \
        "x17", "x18", "x19", "x20", "x21", "x22", "x23", "x24", "x25", "x26",  \
        "x27", "x28", "x29", "x30", "x31", "f0", "f1", "f2", "f3", "f4", "f5", \
        "f6", "f7", "f8", "f9", "f10", "f11", "f12", "f13", "f14", "f15",      \
        "f16", "f17", "f18", "f19", "f20", "f21", "f22", "f23", "f24", "f25",  \
        "f26", "f27", "f28", "f29", "f30", "f31", "memory")

#else

// Another lane does the same sums: that changes most registers as well.
#define MICROTHREAD_TEST_SCRAMBLE() asm volatile("" ::: "memory")

#endif

#endif  // MICROTHREAD_TESTS_GREENLET_SCRAMBLE_H_
