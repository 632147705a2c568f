// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// File: config.h
//
// What every other header takes for granted: the version, the platforms that
// are supported, and the build modes. A build mode changes how code is
// generated, so all modes together name one inline namespace: object files of
// different modes do not link with each other instead of crashing later.
//
// The modes follow from the compiler's flags. Only two are chosen by hand, for
// the whole build (for instance by `--copt=-DMICROTHREAD_INLINE_SWITCH=0`):
//
//   MICROTHREAD_INLINE_SWITCH  1: a switch is compiled into its caller (the
//       default). 0: every switch calls one assembly function. Under a
//       sanitizer it is always 0.
//   MICROTHREAD_CHECK_INVARIANTS  1: the scheduler checks its lists after
//       every operation. The default is 0.

#ifndef MICROTHREAD_GREENLET_CONFIG_H_
#define MICROTHREAD_GREENLET_CONFIG_H_

#define MICROTHREAD_VERSION_MAJOR 0
#define MICROTHREAD_VERSION_MINOR 1
#define MICROTHREAD_VERSION_PATCH 0
#define MICROTHREAD_VERSION_STRING "0.1.0"

#if !defined(__cplusplus) || __cplusplus < 202002L
#error \
    "microthread needs C++20: compile with -std=c++20 (Bazel: --cxxopt=-std=c++20)"
#endif
#if !defined(__linux__)
#error \
    "microthread runs on Linux only: a port needs guard pages, thread exit and futexes, see greenlet/internal"
#endif
#if (!defined(__x86_64__) && !defined(__aarch64__) && !defined(__riscv)) || \
    defined(__ILP32__)
#error \
    "microthread knows no context switch for this architecture: a port needs greenlet/internal/context_<arch>.h and .S, see docs/porting.md"
#endif
#if defined(__riscv) && \
    (__riscv_xlen != 64 || !defined(__riscv_float_abi_double))
#error \
    "microthread knows of RISC-V the lp64d ABI only: a port to another one saves other registers, see greenlet/internal/context_riscv64.S"
#endif
#if !defined(__GNUC__)
#error \
    "microthread needs gcc or clang: its context switch is written in their inline assembly"
#endif

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define MICROTHREAD_ASAN 1
#endif
#if __has_feature(thread_sanitizer)
#define MICROTHREAD_TSAN 1
#endif
#if __has_feature(memory_sanitizer)
#error \
    "microthread has no annotations for MemorySanitizer: use ASan, UBSan, TSan or Valgrind"
#endif
#if __has_feature(shadow_call_stack)
#error \
    "microthread cannot switch clang's shadow call stack: compile without -fsanitize=shadow-call-stack"
#endif
#if __has_feature(safe_stack)
#error \
    "microthread cannot switch SafeStack's second stack: compile without -fsanitize=safe-stack"
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) && !defined(MICROTHREAD_ASAN)
#define MICROTHREAD_ASAN 1
#endif
#if defined(__SANITIZE_THREAD__) && !defined(MICROTHREAD_TSAN)
#define MICROTHREAD_TSAN 1
#endif
#if defined(__SPLIT_STACK__)
#error "microthread cannot run on split stacks: compile without -fsplit-stack"
#endif
#if !defined(MICROTHREAD_ASAN)
#define MICROTHREAD_ASAN 0
#endif
#if !defined(MICROTHREAD_TSAN)
#define MICROTHREAD_TSAN 0
#endif
#define MICROTHREAD_SANITIZER (MICROTHREAD_ASAN || MICROTHREAD_TSAN)

#if defined(__cpp_exceptions)
#define MICROTHREAD_EXCEPTIONS 1
#else
#define MICROTHREAD_EXCEPTIONS 0
#endif

// clang makes no fake stack in a function that contains inline assembly, so a
// sanitizer sees everything only with the out-of-line switch.
#if MICROTHREAD_SANITIZER
#undef MICROTHREAD_INLINE_SWITCH
#define MICROTHREAD_INLINE_SWITCH 0
#elif !defined(MICROTHREAD_INLINE_SWITCH)
#define MICROTHREAD_INLINE_SWITCH 1
#endif

#if !defined(MICROTHREAD_CHECK_INVARIANTS)
#define MICROTHREAD_CHECK_INVARIANTS 0
#endif

#define MICROTHREAD_ABI_PASTE_(version, asan, tsan, exceptions, checks, \
                               inlined)                                 \
  v##version##_a##asan##t##tsan##e##exceptions##c##checks##i##inlined
#define MICROTHREAD_ABI_EXPAND_(version, asan, tsan, exceptions, checks, \
                                inlined)                                 \
  MICROTHREAD_ABI_PASTE_(version, asan, tsan, exceptions, checks, inlined)
#define MICROTHREAD_ABI_NAMESPACE                                    \
  MICROTHREAD_ABI_EXPAND_(                                           \
      0, MICROTHREAD_ASAN, MICROTHREAD_TSAN, MICROTHREAD_EXCEPTIONS, \
      MICROTHREAD_CHECK_INVARIANTS, MICROTHREAD_INLINE_SWITCH)

// Everything of the library lies between these two.
#define MICROTHREAD_NAMESPACE_BEGIN \
  namespace microthread {           \
  inline namespace MICROTHREAD_ABI_NAMESPACE {
#define MICROTHREAD_NAMESPACE_END \
  }                               \
  }

#define MICROTHREAD_ALWAYS_INLINE inline __attribute__((always_inline))
#define MICROTHREAD_NOINLINE __attribute__((noinline))
#define MICROTHREAD_COLD __attribute__((noinline, cold))

#endif  // MICROTHREAD_GREENLET_CONFIG_H_
