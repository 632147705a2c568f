// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// What the library knows of an OS thread. The record is made at the thread's
// first use of the library and recycled, never freed, when the thread ends, so
// that foreign threads may still look at it.
//
// It is reached through one thread-local pointer. Since nothing ever migrates
// to another OS thread, a function may keep what it read from it across a
// switch.

#ifndef MICROTHREAD_GREENLET_INTERNAL_THREAD_H_
#define MICROTHREAD_GREENLET_INTERNAL_THREAD_H_

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "microthread/greenlet/config.h"
#include "microthread/greenlet/internal/context.h"
#include "microthread/greenlet/internal/exception_state.h"
#include "microthread/greenlet/internal/inbox.h"
#include "microthread/greenlet/internal/ref_count.h"
#include "microthread/greenlet/internal/relaxed.h"
#include "microthread/greenlet/internal/stack_pool.h"
#include "microthread/greenlet/internal/strand.h"

MICROTHREAD_NAMESPACE_BEGIN
namespace internal {

struct Limit;
struct Scheduler;
struct TracerState;

// The reasons for which a switching operation must leave its short path. The
// owner sets and clears bits of its own word; foreign threads set theirs with
// an atomic "or". The owner looks once per operation.
enum Attention : uint32_t {
  kAttentionInbox = 1,       // a foreign thread has left something
  kAttentionSwitchTrap = 2,  // switches are forbidden
  kAttentionDeferred = 4,    // somebody has an exception that waits
  kAttentionTracer = 8,      // a tracer wants to know of greenlet switches
  kAttentionScheduleCallback = 16,  // somebody wants to know of item switches
  kAttentionChannelCallback = 32,   // and somebody of meetings
  kAttentionLimit = 64,             // the time of whoever runs is limited
  kAttentionInvariants = 128,       // all operations are to be checked
};

inline constexpr size_t kCacheLine = 64;
inline constexpr size_t kMaxRecordLines = 8;

// A block of memory for a record, while there is none in it.
struct FreeRecord {
  FreeRecord* next;
  FreeRecord* next_batch;  // of the first one of a batch; see record_memory.cc
};
struct FreeRecords {
  FreeRecord* first = nullptr;
  size_t count = 0;
};

struct alignas(kCacheLine) Thread {
  // What every switch looks at.
  Relaxed<Strand*> current = nullptr;  // who runs
  ExceptionState* exceptions = nullptr;
  ThreadToken token =
      ThreadToken::kNone;  // of the OS thread that has the record
  std::atomic<uint32_t> attention{0};
  std::atomic<uint32_t> busy{0};     // 1 while the owner works on a channel
  Scheduler* scheduler = nullptr;    // of the layer above, made at first use
  GreenletRecord* active = nullptr;  // all greenlets that have a stack
  TracerState* tracer = nullptr;     // null: nobody traces
  Limit* limit = nullptr;            // of the `Run()` under way; null: none

  // By size in cache lines.
  FreeRecords free_records[kMaxRecordLines + 1];
  StackPool stacks;
  Strand own;            // the thread's own stack
  Stack own_stack;       // and its extent
  uint64_t next_id = 0;  // of what is made here: the rest of a block of ids
  uint64_t end_id = 0;
  size_t deferred = 0;  // how many exceptions wait until they may be thrown
  // Changed by any thread, though nearly always by the owner of the record.
  Relaxed<int64_t> live_greenlets;
  Relaxed<int64_t> live_tasklets;
  Relaxed<int64_t> live_channels;

  Inbox inbox;
  // Set by the layer above: ends its tasklets when the thread ends.
  void (*end_scheduler)(Thread& thread) = nullptr;
  bool is_process_main = false;
  bool left_by_fork = false;      // its OS thread is one of the parent process
  uint32_t lives = 0;             // how many OS threads have had the record
  Thread* next_record = nullptr;  // in the list of all records
  Thread* next_free = nullptr;

  // An id that no other object of the process has or will have.
  uint64_t NewId() {
    if (next_id == end_id) [[unlikely]]
      TakeIds();
    return next_id++;
  }
  void TakeIds() noexcept;

  void RequestAttention(uint32_t bits) {
    attention.fetch_or(bits, std::memory_order_release);
  }
  void ClearAttention(uint32_t bits) {
    attention.fetch_and(~bits, std::memory_order_acquire);
  }
  bool needs_attention() const {
    return attention.load(std::memory_order_relaxed) != 0;
  }
};

// The calling thread's record, or null if it has none yet.
extern constinit thread_local Thread* current_thread
    __attribute__((tls_model("initial-exec")));

// The record in a token. Records are aligned, so the low bits of an address are
// free for the number of the life, and so are the high ones.
inline constexpr int kTokenLowBits = 6;
inline Thread& ThreadOf(ThreadToken token) {
  constexpr uintptr_t kAddress =
      ((uintptr_t{1} << 48) - 1) & ~((uintptr_t{1} << kTokenLowBits) - 1);
  return *reinterpret_cast<Thread*>(static_cast<uintptr_t>(token) & kAddress);
}

// Makes the calling thread's record.
Thread& AttachThread();

MICROTHREAD_ALWAYS_INLINE Thread& CurrentThread() {
  Thread* thread = current_thread;
  if (thread == nullptr) [[unlikely]]
    return AttachThread();
  return *thread;
}

// One more exception waits, or one less.
void AddDeferred(Thread& thread, int change);

// Whether the running code may be thrown out of the operation that it calls.
bool RunningCodeIsShielded(Thread& thread);

// Settles what foreign threads have left in the inbox: the letters first, then
// the dropped objects, whose ends may run code of the user.
void DrainInbox(Thread& thread);

// Only the letters. Returns whether there were any.
bool DeliverLetters(Thread& thread);

// Sends a letter; false if that thread has ended.
[[nodiscard]] bool PostLetter(ThreadToken to, Letter& letter);

// How many OS threads have a record now.
int CountThreads();

// Called on a thread whose record has just been given back.
extern std::atomic<void (*)()> on_thread_ended;

// Calls `visit` with every record that there is, also of ended threads.
void ForEachThread(void (*visit)(Thread& thread, void* argument),
                   void* argument);

}  // namespace internal
MICROTHREAD_NAMESPACE_END

#endif  // MICROTHREAD_GREENLET_INTERNAL_THREAD_H_
