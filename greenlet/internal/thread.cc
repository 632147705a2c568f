// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0

#include "microthread/greenlet/internal/thread.h"

#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <mutex>
#include <string>
#include <utility>

#include "microthread/greenlet/error.h"
#include "microthread/greenlet/internal/greenlet_inl.h"
#include "microthread/greenlet/internal/greenlet_record.h"
#include "microthread/greenlet/internal/record_memory.h"
#include "microthread/greenlet/internal/sanitizer.h"
#include "microthread/greenlet/internal/throw.h"
#include "microthread/greenlet/internal/tracing.h"

MICROTHREAD_NAMESPACE_BEGIN
namespace internal {

constinit thread_local Thread* current_thread = nullptr;
constinit thread_local ThreadToken current_token = ThreadToken::kNone;
constinit std::atomic<void (*)()> on_thread_ended{nullptr};

namespace {

// All records, and those that no thread has now. Never destroyed: threads may
// outlive static objects.
struct Registry {
  std::mutex mutex;
  Thread* all = nullptr;
  Thread* free = nullptr;
  std::atomic<int> in_use{0};
};
void LockForFork();
void UnlockAfterFork();
void ForgetOtherThreads();

Registry& TheRegistry() {
  static Registry& registry = *new Registry;
  static const int fork_handlers [[maybe_unused]] =
      pthread_atfork(&LockForFork, &UnlockAfterFork, &ForgetOtherThreads);
  return registry;
}

void LockForFork() {
  Registry& registry = TheRegistry();
  registry.mutex.lock();
  for (Thread* t = registry.all; t != nullptr; t = t->next_record) {
    t->inbox.LockForFork();
  }
  LockRecordsForFork();
}

void UnlockAfterFork() {
  UnlockRecordsAfterFork();
  Registry& registry = TheRegistry();
  for (Thread* t = registry.all; t != nullptr; t = t->next_record) {
    t->inbox.UnlockAfterFork();
  }
  registry.mutex.unlock();
}

// In the child, which has only the thread that called fork(). The records of
// the others keep what they have, for ever.
void ForgetOtherThreads() {
  Registry& registry = TheRegistry();
  for (Thread* t = registry.all; t != nullptr; t = t->next_record) {
    if (t == current_thread) continue;
    t->left_by_fork |= t->inbox.CloseAfterFork();
    t->busy.store(0, std::memory_order_relaxed);
  }
  sleeping_threads.store(0);
  registry.in_use.store(current_thread == nullptr ? 0 : 1);
  if (current_thread != nullptr) current_thread->is_process_main = true;
  UnlockAfterFork();
}

Thread* TakeRecord() {
  Registry& registry = TheRegistry();
  std::lock_guard lock(registry.mutex);
  registry.in_use.fetch_add(1);
  Thread* thread = registry.free;
  if (thread != nullptr) {
    registry.free = thread->next_free;
    return thread;
  }
  thread = new Thread;
  thread->next_record = registry.all;
  registry.all = thread;
  return thread;
}

void ReturnRecord(Thread* thread) {
  Registry& registry = TheRegistry();
  std::lock_guard lock(registry.mutex);
  thread->next_free = registry.free;
  registry.free = thread;
  registry.in_use.fetch_sub(1);
}

void SettleAll(Counted* list) {
  while (list != nullptr) {
    Counted* object = list;
    list = std::exchange(object->next_in_inbox, nullptr);
    if (object->MergeQueued()) object->Unreferenced();
  }
}

// Says that this OS thread is, or is no longer, the one that has the record.
void Become(Thread* thread) {
  current_thread = thread;
  current_token = thread == nullptr ? ThreadToken::kNone : thread->token;
}

ThreadToken NewToken(Thread& thread) {
  const uintptr_t life = ++thread.lives;
  return ThreadToken{reinterpret_cast<uintptr_t>(&thread) |
                     (life & ((1 << kTokenLowBits) - 1)) |
                     (life >> kTokenLowBits) << 48};
}

// Unwinds all that the thread has, and gives back what it has made.
void EndAllOf(Thread& thread) {
  if (auto* end = std::exchange(thread.end_scheduler, nullptr)) end(thread);
  EndGreenletsOfThread(thread);
  delete std::exchange(thread.tracer, nullptr);
}

// Ends the library's part of the calling thread.
void Detach() {
  Thread* thread = current_thread;
  // When main returns, its variables are gone, and unwinding what refers to
  // them would do harm; see ThreadScope.
  if (thread == nullptr || thread->is_process_main) return;
  // Nor when a tasklet has called exit(): this still runs on its stack, and the
  // process ends.
  const char* const here = static_cast<char*>(__builtin_frame_address(0));
  if (here < thread->own_stack.limit || here >= thread->own_stack.end) return;
  if (StackInUse(*thread->current) != &thread->own_stack) {
    OnStacksAbandoned(thread->own_stack);
  }
  EndAllOf(*thread);
  // What this thread owned may from now on be settled by others, so it must
  // have stopped to count before the inbox is closed.
  do {
    Become(thread);
    DrainInbox(*thread);
    EndAllOf(*thread);  // what was dropped may have begun something
    Become(nullptr);
  } while (!thread->inbox.CloseIfEmpty());
  thread->stacks.ReleaseAll();
  ReturnRecord(thread);
  if (auto* ended = on_thread_ended.load()) ended();
}

constinit thread_local bool detacher_is_gone = false;

// Its thread-local instance detaches a thread that ends.
class Detacher {
 public:
  ~Detacher() {
    detacher_is_gone = true;
    Detach();
  }
  void Arm() {}
};

// Other thread-local objects may be destroyed even later, and use the library
// again. What is attached then is detached with the thread-specific data, which
// the C library destroys last, and as often as there is some.
void DetachAtTheVeryEnd(Thread& thread) {
  static const pthread_key_t key = [] {
    pthread_key_t made;
    pthread_key_create(&made, [](void*) { Detach(); });
    return made;
  }();
  pthread_setspecific(key, &thread);
}

void DetachAtTheEnd(Thread& thread) {
  if (detacher_is_gone) {
    DetachAtTheVeryEnd(thread);
  } else {
    thread_local Detacher detacher;
    detacher.Arm();
  }
}

}  // namespace

MICROTHREAD_COLD void Thread::TakeIds() noexcept {
  static std::atomic<uint64_t> next_block{1};
  constexpr uint64_t kBlock = 4096;
  next_id = next_block.fetch_add(kBlock, std::memory_order_relaxed);
  end_id = next_id + kBlock;
}

MICROTHREAD_COLD Thread& AttachThread() {
  if (ShadowStackIsActive()) {
    Throw(Error(absl::StatusCode::kUnimplemented,
                std::string("a hardware shadow stack is active on this thread: "
                            "microthread cannot switch it; start the program "
                            "with it disabled (") +
                    kWithoutShadowStack + ")"));
  }
  Thread* thread = TakeRecord();
  thread->exceptions = CurrentExceptionState();
  thread->attention.store(0, std::memory_order_relaxed);
  thread->is_process_main = getpid() == syscall(SYS_gettid);
  DescribeOwnStack(&thread->own_stack);
  OnThreadStack(thread->own_stack);
  thread->end_scheduler = nullptr;
  thread->own.stack = &thread->own_stack;
  thread->own.id = thread->NewId();
  if (thread->own.extras == nullptr) {  // a recycled record has them
    thread->own.extras = new StrandExtras{.name = "main"};
  }
  thread->current = &thread->own;
  thread->token = NewToken(*thread);
  thread->inbox.Open(thread->token, thread->own.id);
  Become(thread);
  DetachAtTheEnd(*thread);
  return *thread;
}

void AddDeferred(Thread& thread, int change) {
  thread.deferred += static_cast<size_t>(change);
  if (thread.deferred != 0) {
    thread.RequestAttention(kAttentionDeferred);
  } else {
    thread.ClearAttention(kAttentionDeferred);
  }
}

bool RunningCodeIsShielded(Thread& thread) {
  return thread.exceptions->uncaught != 0 ||
         StackInUse(*thread.current)->shields != 0;
}

MICROTHREAD_COLD void DrainInbox(Thread& thread) {
  thread.ClearAttention(kAttentionInbox);
  DeliverLetters(thread);
  SettleAll(thread.inbox.TakeDropped());
}

bool DeliverLetters(Thread& thread) {
  bool any = false;
  while (Letter* letter = thread.inbox.TakeLetter()) {
    letter->deliver(thread, *letter);
    any = true;
  }
  return any;
}

bool PostLetter(ThreadToken to, Letter& letter) {
  Thread& thread = ThreadOf(to);
  const Inbox::Found found = thread.inbox.Post(letter, to);
  // Who wakes looks into its inbox anyhow.
  if (found == Inbox::Found::kAwake) thread.RequestAttention(kAttentionInbox);
  return found != Inbox::Found::kEnded;
}

int CountThreads() { return TheRegistry().in_use.load(); }

void ForEachThread(void (*visit)(Thread& thread, void* argument),
                   void* argument) {
  Registry& registry = TheRegistry();
  std::lock_guard lock(registry.mutex);
  for (Thread* t = registry.all; t != nullptr; t = t->next_record) {
    visit(*t, argument);
  }
}

}  // namespace internal
MICROTHREAD_NAMESPACE_END
