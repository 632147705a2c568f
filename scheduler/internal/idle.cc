// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0

#include "microthread/scheduler/internal/idle.h"

#include <pthread.h>
#include <sched.h>
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <optional>
#include <utility>

#include "microthread/scheduler/census.h"
#include "microthread/scheduler/internal/scheduler_state.h"
#include "microthread/scheduler/internal/spawn_inl.h"

MICROTHREAD_NAMESPACE_BEGIN
namespace internal {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::microseconds kSpinTime(20);
// What a thread may lose by giving way: at most this much with success, and
// without that as little as this for each sleep.
constexpr std::chrono::microseconds kLongTurn(100);
constexpr std::chrono::nanoseconds kLossPerSleep(500);

// Threads that have said that they will wake nobody.
constinit std::atomic<int> absent_threads{0};

// How many OS threads the process has; 0 if that cannot be found out.
int CountOsThreads() {
  struct stat tasks;
  if (stat("/proc/self/task", &tasks) != 0) return 0;
  return static_cast<int>(tasks.st_nlink) - 2;
}

// Threads that belong to the tools under which the program runs: those that are
// there before main() begins, and that of TSan, which comes with the first
// thread that the program makes.
const int tool_threads =
    std::max(CountOsThreads() - 1, 0) + (MICROTHREAD_TSAN ? 1 : 0);

// Whether there are threads that have never used the library, or had not when
// there were `known` ones. They may yet begin to.
bool StrangersMayHelp(int known) {
  return CountOsThreads() - tool_threads > known;
}

enum class Help { kNone, kFromStrangers, kFromThreads };

// Who could wake a thread, if `others` threads, itself among them, could not.
Help HelpBeside(int others) {
  const int known = CountThreads();  // one that begins now is a stranger here
  if (known > others) return Help::kFromThreads;
  return StrangersMayHelp(known) ? Help::kFromStrangers : Help::kNone;
}

// Who could wake the thread, which is awake itself.
Help HelpFor(const Thread& thread, int sleeping) {
  const int me = thread.scheduler->absent ? 0 : 1;  // or one of the absent
  return HelpBeside(sleeping + absent_threads.load() + me);
}

// Counts the thread as sleeping, or finds that nobody could wake it. Of two
// threads that are the last to be awake, the second to come here sees that the
// first sleeps.
Help FallAsleep(Thread& thread) {
  int sleeping = sleeping_threads.load();
  do {
    if (HelpFor(thread, sleeping) == Help::kNone) return Help::kNone;
  } while (!sleeping_threads.compare_exchange_weak(sleeping, sleeping + 1));
  const int absent = thread.scheduler->absent ? 1 : 0;
  absent_threads.fetch_sub(absent);  // who sleeps is not also absent
  // The last other one may have ended meanwhile, and not have seen this one.
  const Help help = HelpBeside(sleeping_threads.load() + absent_threads.load());
  if (help == Help::kNone) {
    absent_threads.fetch_add(absent);
    sleeping_threads.fetch_sub(1);
  }
  return help;
}

// With one processor, whoever could wake this thread does not run meanwhile.
bool MaySpin() {
  cpu_set_t processors;
  return sched_getaffinity(0, sizeof(processors), &processors) == 0 &&
         CPU_COUNT(&processors) > 1;
}

void Relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#else
  std::atomic_signal_fence(std::memory_order_seq_cst);
#endif
}

bool SomethingCame(const Thread& thread) {
  return (thread.attention.load(std::memory_order_acquire) & kAttentionInbox) !=
         0;
}

// Lets those run who wait for the processor. If one of them has something for
// this thread at once, that neither sleeps nor has to be woken. But while
// others take their time, or nobody comes, this thread had better sleep: who
// sleeps is preferred when it wakes.
void GiveWay(Thread& thread) {
  Scheduler& scheduler = *thread.scheduler;
  if (scheduler.sleeps_to_come != 0) {
    --scheduler.sleeps_to_come;
    return;
  }
  const auto start = steady_clock::now();
  sched_yield();
  const auto lost = steady_clock::now() - start;
  if (!SomethingCame(thread) || lost > kLongTurn) {
    scheduler.sleeps_to_come = 16 + lost / kLossPerSleep;
  }
}

void Spin(Thread& thread) {
  const auto end = steady_clock::now() + kSpinTime;
  do {
    for (int i = 0; i < 32; ++i) {
      if (SomethingCame(thread)) return;
      Relax();
    }
  } while (steady_clock::now() < end);
}

// A partner that answers at once finds the thread awake.
void Linger(Thread& thread) {
  if (SomethingCame(thread)) return;
  if (HelpFor(thread, sleeping_threads.load()) != Help::kFromThreads) return;
  // Asking the system costs as much as a tenth of the time that may be spun.
  Scheduler& scheduler = *thread.scheduler;
  if (scheduler.idle_count++ % 64 == 0) scheduler.may_spin = MaySpin();
  // The partner probably runs where it ran last: if here, not meanwhile.
  if (!scheduler.may_spin ||
      thread.inbox.sender_processor() == sched_getcpu()) {
    GiveWay(thread);
  } else {
    Spin(thread);
  }
}

// Returns false if nobody could wake this thread.
bool Sleep(Thread& thread, std::chrono::nanoseconds patience_with_strangers) {
  Help help = Help::kNone;
  using Patience = std::optional<std::chrono::nanoseconds>;
  const bool hope = thread.inbox.Sleep([&]() -> Patience {
    help = FallAsleep(thread);
    if (help == Help::kNone) return std::nullopt;
    // Nobody tells when strangers end.
    return help == Help::kFromThreads ? Inbox::kForEver
                                      : patience_with_strangers;
  });
  if (help != Help::kNone && thread.scheduler->absent) {
    absent_threads.fetch_add(1);
  }
  return hope;
}

// While nobody runs, nothing can be unwound: makes an item that does it.
void SpawnCleaner(Thread& thread) {
  const Ref<Item> cleaner = NewItem(thread, "cleaner", 0, 0);
  const auto clean = [&thread] { DrainInbox(thread); };
  BindItem<decltype(clean)>(*cleaner, clean);
  Append(thread, *cleaner);
}

// If all who are left sleep, one of them must learn it.
void RouseIfAllSleep() {
  const int sleeping = sleeping_threads.load();
  if (sleeping == 0 || CountThreads() > sleeping + absent_threads.load())
    return;
  bool roused = false;
  ForEachThread(
      [](Thread& thread, void* done) {
        if (!*static_cast<bool*>(done)) {
          *static_cast<bool*>(done) = thread.inbox.Rouse();
        }
      },
      &roused);
}

}  // namespace

void WatchThreadEnds() {
  on_thread_ended.store(&RouseIfAllSleep);
  static const int fork_handler [[maybe_unused]] =
      pthread_atfork(nullptr, nullptr, [] {
        const Thread* thread = current_thread;
        absent_threads.store(thread != nullptr &&
                             thread->scheduler != nullptr &&
                             thread->scheduler->absent);
      });
}

bool HelpMayCome(Thread& thread) {
  return HelpFor(thread, sleeping_threads.load()) != Help::kNone;
}

Item* WaitForWork(Thread& thread) {
  Item& idle = thread.scheduler->idle;
  Strand* const running = thread.current;
  idle.next = idle.prev = &idle;
  thread.current = &idle;
  std::chrono::nanoseconds patience = std::chrono::milliseconds(1);
  bool hope = true;
  for (;;) {
    if (SomethingCame(thread)) thread.ClearAttention(kAttentionInbox);
    DeliverLetters(thread);
    if (thread.inbox.has_dropped()) {
      if (idle.next == &idle) SpawnCleaner(thread);
      thread.RequestAttention(kAttentionInbox);
    }
    if (idle.next != &idle) break;
    if (!hope) break;
    Linger(thread);
    if (SomethingCame(thread)) continue;
    hope = Sleep(thread, patience);
    patience = std::min(patience * 2, std::chrono::nanoseconds(1'000'000'000));
  }
  thread.current = running;
  if (idle.next == &idle) return nullptr;
  Item* first = idle.next;
  Unlink(idle);
  return first;
}

}  // namespace internal

Absence::Absence() : was_absent_(true) {
  bool& absent = internal::SchedulingThread().scheduler->absent;
  was_absent_ = std::exchange(absent, true);
  if (was_absent_) return;
  internal::absent_threads.fetch_add(1);
  internal::RouseIfAllSleep();
}

Absence::~Absence() {
  if (was_absent_) return;
  internal::SchedulingThread().scheduler->absent = false;
  internal::absent_threads.fetch_sub(1);
}

MICROTHREAD_NAMESPACE_END
