// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// What a channel is, whatever it carries; `Channel<T>` is a handle to one.
//
// Owner. Nearly all channels are used by one thread only. The first thread that
// operates on a channel becomes its owner, and works on it with plain loads and
// stores between Enter() and Leave(): while `Thread::busy` is 1 and the
// channel's owner is still itself, nobody else touches the channel. No code of
// the user and no switch runs in between.

#ifndef MICROTHREAD_CHANNEL_INTERNAL_CHANNEL_CORE_H_
#define MICROTHREAD_CHANNEL_INTERNAL_CHANNEL_CORE_H_

#include <atomic>
#include <cstdint>
#include <exception>
#include <string>
#include <string_view>

#include "microthread/greenlet/config.h"
#include "microthread/greenlet/internal/record_memory.h"
#include "microthread/greenlet/internal/ref_count.h"
#include "microthread/greenlet/internal/thread.h"
#include "microthread/scheduler/internal/dispatch_inl.h"
#include "microthread/scheduler/internal/wait_queue.h"

MICROTHREAD_NAMESPACE_BEGIN
namespace internal {

struct alignas(kCacheLine) ChannelCore : WaitQueue, Counted, RecordMemory {
  explicit ChannelCore(Thread& maker);

  std::atomic<Thread*> owner{nullptr};
  int8_t preference = -1;     // who runs on: -1 receiver, +1 sender, 0 caller
  bool schedule_all = false;  // neither: the next in the ring
  bool closing = false;       // closed or finished: nobody may wait any more
  bool finished = false;
  uint64_t id;
  std::string name;

  // No handle is left: those who wait are nobody's, and are unwound.
  void Unreferenced();
};

Ref<ChannelCore> NewChannel(std::string_view name);

void FinishChannel(ChannelCore& channel);
void CloseChannel(ChannelCore& channel);
void OpenChannel(ChannelCore& channel);
void SetPreference(ChannelCore& channel, int8_t preference);
void SetScheduleAll(ChannelCore& channel, bool on);
void SendException(ChannelCore& channel, std::exception_ptr error);

// `channel "lines"` or `channel 7`.
std::string DescribeChannel(const ChannelCore& channel);

// Makes the calling thread the owner of a channel that has none; throws
// WrongThreadError if another thread owns it.
MICROTHREAD_COLD void EnterSlow(Thread& thread, ChannelCore& channel);

MICROTHREAD_ALWAYS_INLINE void Enter(Thread& thread, ChannelCore& channel) {
  thread.busy.store(1, std::memory_order_relaxed);
  std::atomic_signal_fence(std::memory_order_seq_cst);
  if (channel.owner.load(std::memory_order_relaxed) != &thread) [[unlikely]] {
    EnterSlow(thread, channel);
  }
}

MICROTHREAD_ALWAYS_INLINE void Leave(Thread& thread) {
  thread.busy.store(0, std::memory_order_release);
}

// While in scope, the channel is the calling thread's alone.
class Entered {
 public:
  Entered(Thread& thread, ChannelCore& channel) : thread_(thread) {
    Enter(thread, channel);
  }
  Entered(const Entered&) = delete;
  Entered& operator=(const Entered&) = delete;
  ~Entered() { Leave(thread_); }

 private:
  Thread& thread_;
};

}  // namespace internal
MICROTHREAD_NAMESPACE_END

#endif  // MICROTHREAD_CHANNEL_INTERNAL_CHANNEL_CORE_H_
