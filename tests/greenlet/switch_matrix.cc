// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// What must survive a context switch: register_matrix_test compiles this
// program with each compiler and each set of flags, and runs it. It prints
// "ok", or what was lost.
//
// Two lanes do the same sums over values of one kind, all of them alive at each
// switch, and a scrambler runs between them that leaves nothing in any register
// as it was. The result must be that of the same sums without a switch. Only
// sums that are exact in their type are used, so that no freedom of the
// compiler's floating point can hide a difference or make one.

#include "tests/greenlet/switch_matrix.h"

#include <alloca.h>
#include <sys/mman.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <type_traits>
#include <vector>

#include "microthread/greenlet/internal/context.h"
#include "tests/greenlet/scramble.h"

#if defined(__AVX512F__)
#include <immintrin.h>
#endif

namespace {

using microthread::internal::Context;

int failures = 0;

// ---------------------------------------------------------------------------
// The forms of the switch.

struct Twin {
  static constexpr const char* kName = "twin";
  static MICROTHREAD_ALWAYS_INLINE void Switch(Context& from, Context& to) {
    microthread_switch(&from, &to);
  }
};

#if MICROTHREAD_INLINE_SWITCH
struct Inline {
  static constexpr const char* kName = "inline";
  static MICROTHREAD_ALWAYS_INLINE void Switch(Context& from, Context& to) {
    microthread::internal::SwitchContextInline(from, to);
  }
};
#else
using Inline = Twin;
#endif

// The reference: stays where it is.
struct Stay {
  static MICROTHREAD_ALWAYS_INLINE void Switch(Context&, Context&) {}
};

// ---------------------------------------------------------------------------
// The stage: lane 0 is the program's own stack, lane 1 and the scrambler have
// stacks full of 0xA5.

constexpr int kRounds = 50;
constexpr size_t kStackSize = 256 * 1024;

struct Stage {
  Context lanes[2];
  Context scrambler;
  uint64_t (*worker)(int lane, uint64_t seed) = nullptr;  // of lane 1
  uint64_t result = 0;                                    // of lane 1
  int next = 0;
};
Stage stage;

char* NewStack() {
  void* memory = mmap(nullptr, kStackSize, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) std::abort();
  return static_cast<char*>(memory);
}

char* Dirty(char* stack) {
  std::memset(stack, 0xA5, kStackSize);
  return stack + kStackSize;
}

// Suspends the lane; the scrambler resumes the other one.
template <class Form>
MICROTHREAD_ALWAYS_INLINE void Go(int lane) {
  stage.next = 1 - lane;
  Form::Switch(stage.lanes[lane], stage.scrambler);
}

// Alternates between the forms, so that each lane is resumed by both.
void ScramblerMain(void*) {
  for (;;) {
    MICROTHREAD_TEST_SCRAMBLE();
    Inline::Switch(stage.scrambler, stage.lanes[stage.next]);
    MICROTHREAD_TEST_SCRAMBLE();
    Twin::Switch(stage.scrambler, stage.lanes[stage.next]);
    MICROTHREAD_TEST_SCRAMBLE();
    Twin::Switch(stage.scrambler, stage.lanes[stage.next]);
  }
}

void LaneMain(void*) {
  stage.result = stage.worker(1, 2000);
  for (;;) Go<Twin>(1);
}

// ---------------------------------------------------------------------------
// The workers: template <class Form> uint64_t Worker(int lane, uint64_t seed).

// The same number, but the compiler cannot know it.
MICROTHREAD_ALWAYS_INLINE uint64_t Opaque(uint64_t value) {
  asm volatile("" : "+r"(value));
  return value;
}

// One value, or all elements of a vector, as one number; and back.
template <class T>
MICROTHREAD_ALWAYS_INLINE void Set(T& value, uint64_t from) {
  if constexpr (requires { value[0]; }) {
    for (size_t i = 0; i < sizeof(T) / sizeof(value[0]); ++i) {
      value[i] = static_cast<double>(from + 7 * i);
    }
  } else {
    value = static_cast<T>(from);
  }
}
template <class T>
MICROTHREAD_ALWAYS_INLINE uint64_t Sum(const T& value) {
  uint64_t sum = 0;
  if constexpr (requires { value[0]; }) {
    for (size_t i = 0; i < sizeof(T) / sizeof(value[0]); ++i) {
      sum = sum * 31 + static_cast<uint64_t>(static_cast<int64_t>(value[i]));
    }
  } else if constexpr (std::is_integral_v<T>) {
    sum = value;
  } else {
    sum = static_cast<uint64_t>(static_cast<int64_t>(value));
  }
  return sum;
}

// clang-format off
#define TWENTY(X)                                                     \
  X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12) \
  X(13) X(14) X(15) X(16) X(17) X(18) X(19)
// clang-format on

#define DECLARE(k) \
  Type v##k;       \
  Set(v##k, base + Opaque(seed) + 3 * k);
#define STEP(k) v##k = static_cast<Element>(round + k) - v##k;
#define ADD_UP(k) sum = sum * 31 + Sum(v##k);

// Twenty variables of one type.
#define DEFINE_TWENTY(name, attributes, VariableType, ElementType, Base)   \
  template <class Form>                                                    \
  attributes MICROTHREAD_NOINLINE uint64_t name(int lane, uint64_t seed) { \
    using Type = VariableType;                                             \
    using Element = ElementType;                                           \
    constexpr uint64_t base = Base;                                        \
    TWENTY(DECLARE)                                                        \
    for (int round = 0; round < kRounds; ++round) {                        \
      TWENTY(STEP)                                                         \
      Go<Form>(lane);                                                      \
    }                                                                      \
    uint64_t sum = 0;                                                      \
    TWENTY(ADD_UP)                                                         \
    return sum;                                                            \
  }

using Xmm = double __attribute__((vector_size(16)));

DEFINE_TWENTY(Integers, , uint64_t, uint64_t, 0)
DEFINE_TWENTY(Doubles, , double, double, 0)
DEFINE_TWENTY(Vectors128, , Xmm, double, 0)
// More digits than a double has: the whole x87 register must come back.
DEFINE_TWENTY(LongDoubles, , long double, long double, uint64_t{1} << 62)

#if defined(__x86_64__)
using Ymm = double __attribute__((vector_size(32)));
DEFINE_TWENTY(Vectors256, __attribute__((target("avx"))), Ymm, double, 0)
#endif

#if defined(__AVX512F__)
using Zmm = double __attribute__((vector_size(64)));
DEFINE_TWENTY(Vectors512, , Zmm, double, 0)

// Conditions in mask registers.
template <class Form>
MICROTHREAD_NOINLINE uint64_t Masks(int lane, uint64_t seed) {
  const auto first = static_cast<double>(Opaque(seed));
  const __m512d limit = _mm512_set1_pd(first + 20);
  __m512d value = _mm512_set_pd(first, first + 8, first + 16, first + 24,
                                first + 32, first + 40, first + 48, first + 56);
  for (int round = 0; round < kRounds; ++round) {
    __mmask8 low = _mm512_cmp_pd_mask(value, limit, _CMP_LT_OQ);
    __mmask8 high = _mm512_cmp_pd_mask(value, limit, _CMP_GE_OQ);
    Go<Form>(lane);
    value = _mm512_mask_add_pd(value, low, value, _mm512_set1_pd(9));
    value = _mm512_mask_sub_pd(value, high, value, _mm512_set1_pd(5));
  }
  return Sum(value);
}
#endif

// One long double in the x87 stack, none of it in memory.
template <class Form>
MICROTHREAD_NOINLINE uint64_t LongDouble(int lane, uint64_t seed) {
  long double x = static_cast<long double>(Opaque(seed) | (uint64_t{1} << 62));
  long double y = static_cast<long double>(Opaque(1));
  for (int round = 0; round < kRounds; ++round) {
    x = x + y;
    Go<Form>(lane);
    y = 4 - y;
  }
  return static_cast<uint64_t>(x + y);
}

// An over-aligned local beside a block of variable size: the frame in which
// LLVM addresses its locals by rbx.
template <class Form>
MICROTHREAD_NOINLINE uint64_t OveralignedWithAlloca(int lane, uint64_t seed) {
  alignas(64) volatile uint64_t block[16];
  const size_t size = 64 + Opaque(seed) % 64;
  auto* bytes = static_cast<volatile unsigned char*>(alloca(size));
  for (uint64_t i = 0; i < 16; ++i) block[i] = seed + i;
  for (size_t i = 0; i < size; ++i) bytes[i] = static_cast<unsigned char>(i);
  uint64_t sum = 0;
  for (uint64_t round = 0; round < kRounds; ++round) {
    block[round % 16] = block[round % 16] + round;
    bytes[round] = bytes[round] + 1;
    Go<Form>(lane);
    if (Opaque(reinterpret_cast<uintptr_t>(&block[0])) % 64 != 0) return 0;
    for (uint64_t i = 0; i < 16; ++i) sum = sum * 31 + block[i];
    for (size_t i = 0; i < size; ++i) sum = sum * 31 + bytes[i];
  }
  return sum;
}

// An exception that is thrown after a switch finds its handler, and there the
// variables of before.
template <class Form>
MICROTHREAD_NOINLINE uint64_t ThrowAfterSwitch(int lane, uint64_t seed) {
  uint64_t a = Opaque(seed), b = Opaque(seed + 1), c = Opaque(seed + 2);
  double d = static_cast<double>(Opaque(seed));
  for (uint64_t round = 0; round < kRounds; ++round) {
    try {
      a += b;
      d = 10 - d;
      Go<Form>(lane);
      if (Opaque(round) % 2 == 0) throw round;
      b ^= c;
    } catch (uint64_t caught) {
      c += caught + a;
    }
  }
  return a + 31 * b + 961 * c + static_cast<uint64_t>(1e6 + d);
}

struct Worker {
  const char* name;
  uint64_t (*stay)(int, uint64_t);
  uint64_t (*inlined)(int, uint64_t);
  uint64_t (*twin)(int, uint64_t);
};
// clang-format off
#define WORKER(name) {#name, name<Stay>, name<Inline>, name<Twin>}
// clang-format on

std::vector<Worker> Workers() {
  std::vector<Worker> workers = {
      WORKER(Integers),         WORKER(Doubles),
      WORKER(Vectors128),       WORKER(LongDoubles),
      WORKER(LongDouble),       WORKER(OveralignedWithAlloca),
      WORKER(ThrowAfterSwitch),
  };
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx")) workers.push_back(WORKER(Vectors256));
#endif
#if defined(__AVX512F__)
  workers.push_back(WORKER(Vectors512));
  workers.push_back(WORKER(Masks));
#endif
  return workers;
}

void RunLanes(const Worker& worker, bool twin0, bool twin1) {
  static char* const lane_stack = NewStack();
  static char* const scrambler_stack = NewStack();
  stage = Stage();
  stage.lanes[1] =
      microthread::internal::NewContext(Dirty(lane_stack), LaneMain, nullptr);
  stage.scrambler = microthread::internal::NewContext(Dirty(scrambler_stack),
                                                      ScramblerMain, nullptr);
  stage.worker = twin1 ? worker.twin : worker.inlined;
  uint64_t result0 = (twin0 ? worker.twin : worker.inlined)(0, 1000);
  Go<Twin>(0);  // lane 1 is one switch behind
  std::string name = std::string(worker.name) + ", lane 0 " +
                     (twin0 ? Twin::kName : Inline::kName) + ", lane 1 " +
                     (twin1 ? Twin::kName : Inline::kName);
  if (result0 != worker.stay(0, 1000)) Fail(name + ": lane 0 lost something");
  if (stage.result != worker.stay(1, 2000)) {
    Fail(name + ": lane 1 lost something");
  }
}

}  // namespace

void Fail(const std::string& what) {
  ++failures;
  std::printf("FAILED: %s\n", what.c_str());
}

int main() {
  for (const Worker& worker : Workers()) {
    for (int forms = 0; forms < 4; ++forms) {
      RunLanes(worker, (forms & 1) != 0, (forms & 2) != 0);
    }
  }
  CheckExceptions();
  if (failures == 0) std::printf("ok\n");
  return failures == 0 ? 0 : 1;
}
