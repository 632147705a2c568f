// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// The bare switch between contexts, as the library does it everywhere: with the
// look at the state of exceptions that precedes it.

#include <cstdint>
#include <vector>

#include "benchmark/benchmark.h"
#include "benchmarks/report.h"
#include "microthread/greenlet/config.h"
#include "microthread/greenlet/internal/context.h"
#include "microthread/greenlet/internal/stack.h"
#include "microthread/greenlet/internal/stack_pool.h"
#include "microthread/greenlet/internal/switch_inl.h"
#include "microthread/greenlet/internal/thread.h"

namespace microthread::benchmarks {
namespace {

using internal::Context;
using internal::Stack;

// Never destroyed: a pool's slabs live as long as their thread.
internal::StackPool& Pool() {
  static auto& pool = *new internal::StackPool;
  return pool;
}

// Somebody to switch to, with what a switch needs in one cache line.
struct alignas(64) Member {
  Context context;
  Stack* stack = nullptr;
  Member* next = nullptr;
};

struct Inline {
  MICROTHREAD_ALWAYS_INLINE void operator()(Member& from, Member& to) const {
    internal::SwitchStacks(
        internal::CurrentThread(), from.context, to.context,
        [&from] { return from.stack; }, [&to] { return to.stack; });
  }
};

// What an inline switch cannot do without: it neither finds the thread nor asks
// whether somebody handles an exception.
struct Bare {
  MICROTHREAD_ALWAYS_INLINE void operator()(Member& from, Member& to) const {
    internal::SwitchContext(from.context, to.context);
  }
};

// The assembly function alone.
struct Twin {
  void operator()(Member& from, Member& to) const {
    microthread_switch(&from.context, &to.context);
  }
};

// Whoever switches from `here` to `there` first runs `function(argument)` on
// another stack. That is given back by GiveBack(): nothing on it needs to be
// destroyed.
void Prepare(Member& here, Member& there, internal::EntryFunction function,
             void* argument) {
  here.stack = &internal::CurrentThread().own_stack;
  there.stack = Pool().Take(0, 0);
  there.context = internal::NewContext(there.stack->top(), function, argument);
}
void GiveBack(Member& there) { Pool().Return(there.stack); }

// ---- There and back: two contexts, two places in the code.

struct Pair {
  Member here;
  Member there;
  int64_t visits = 0;
};

template <class Switch>
void SwitchBackForever(void* argument) {
  auto* pair = static_cast<Pair*>(argument);
  for (;;) {
    ++pair->visits;
    Switch()(pair->there, pair->here);
  }
}

template <class Switch>
void BM_ThereAndBack(benchmark::State& state) {
  // Static, so that finding the contexts does not wait for the frame pointer
  // that the switch has just loaded; nor does the library keep them in frames.
  static Pair pair;
  pair = Pair();
  Prepare(pair.here, pair.there, &SwitchBackForever<Switch>, &pair);
  for (auto _ : state) Switch()(pair.here, pair.there);
  GiveBack(pair.there);
  CheckEqual(state, "visits", pair.visits, state.iterations());
  ReportTime(state, 2);
}
BENCHMARK_TEMPLATE(BM_ThereAndBack, Inline)->Name("raw_switch");
BENCHMARK_TEMPLATE(BM_ThereAndBack, Bare)->Name("raw_switch_bare");
BENCHMARK_TEMPLATE(BM_ThereAndBack, Twin)->Name("raw_switch_noinline");

// ---- What a generator cannot do without: two switches, and the address of the
// value. No greenlets, nobody who must know who runs.

struct BareGenerator {
  Member consumer;
  Member body;
  const int64_t* value = nullptr;
};

void YieldNumbers(void* argument) {
  auto* generator = static_cast<BareGenerator*>(argument);
  for (int64_t number = 0;; ++number) {
    generator->value = &number;
    Inline()(generator->body, generator->consumer);
  }
}

void BM_BareGenerator(benchmark::State& state) {
  static BareGenerator generator;
  generator = BareGenerator();
  Prepare(generator.consumer, generator.body, &YieldNumbers, &generator);
  int64_t sum = 0;
  for (auto _ : state) {
    Inline()(generator.consumer, generator.body);
    sum += *generator.value;
  }
  GiveBack(generator.body);
  const int64_t items = state.iterations();
  CheckEqual(state, "sum", sum, items * (items - 1) / 2);
  ReportTime(state);
}
BENCHMARK(BM_BareGenerator)->Name("generator_bare");

// What any switch competes with.
MICROTHREAD_NOINLINE int64_t CountedCall(int64_t calls) {
  benchmark::DoNotOptimize(calls);
  return calls + 1;
}

void BM_FunctionCall(benchmark::State& state) {
  int64_t calls = 0;
  for (auto _ : state) calls = CountedCall(calls);
  CheckEqual(state, "calls", calls, state.iterations());
  ReportTime(state);
}
BENCHMARK(BM_FunctionCall)->Name("function_call");

// ---- Around a ring of many contexts, each with a stack of its own, of which
// the caller is the first.

class Ring {
 public:
  explicit Ring(int64_t members) : members_(members) {
    for (Member& member : members_) {
      member.next = &member + 1;
      member.stack = Pool().Take(kStackSize, 0);
      member.context =
          internal::NewContext(member.stack->top(), &Forward, &member);
    }
    members_.back().next = &members_.front();
    Lap();  // each touches its stack
    visits = 0;
  }

  MICROTHREAD_ALWAYS_INLINE void Lap() {
    Inline()(members_.front(), *members_.front().next);
  }

  static inline int64_t visits = 0;

 private:
  static constexpr size_t kStackSize = 16 * 1024;

  static void Forward(void* argument) {
    auto* member = static_cast<Member*>(argument);
    // On the stack: it has to be there for the switch to be worth something.
    volatile int64_t mine = 0;
    for (;;) {
      mine = mine + 1;
      ++visits;
      Inline()(*member, *member->next);
    }
  }

  std::vector<Member> members_;
};

template <int64_t kMembers>
void BM_SwitchAround(benchmark::State& state) {
  // Never destroyed: its contexts are left where they are.
  static auto& ring = *new Ring(kMembers);
  Ring::visits = 0;
  for (auto _ : state) ring.Lap();
  CheckEqual(state, "visits", Ring::visits,
             state.iterations() * (kMembers - 1));
  ReportTime(state, kMembers);
}
BENCHMARK_TEMPLATE(BM_SwitchAround, 10'000)->Name("raw_switch_10k");
BENCHMARK_TEMPLATE(BM_SwitchAround, 1'000'000)->Name("raw_switch_1m");

}  // namespace
}  // namespace microthread::benchmarks
