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

inline constexpr int32_t kReceiving = -1;
inline constexpr int32_t kSending = 1;

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

// Calls the channel callback: the running item is about to send or to receive.
// Throws what that throws, and ChannelCallbackError inside of it.
void TellChannelCallback(Thread& thread, ChannelCore& channel,
                         int32_t direction);

// What a receiver on a finished channel gets.
std::exception_ptr EndOfChannelError(const ChannelCore& channel);

// `channel "lines"` or `channel 7`.
std::string DescribeChannel(const ChannelCore& channel);

// The short way in: false if the channel is not the calling thread's own.
MICROTHREAD_ALWAYS_INLINE bool TryEnter(Thread& thread, ChannelCore& channel) {
  thread.busy.store(1, std::memory_order_relaxed);
  std::atomic_signal_fence(std::memory_order_seq_cst);
  if (channel.owner.load(std::memory_order_relaxed) == &thread) [[likely]] {
    return true;
  }
  thread.busy.store(0, std::memory_order_relaxed);
  return false;
}

MICROTHREAD_ALWAYS_INLINE void Leave(Thread& thread) {
  thread.busy.store(0, std::memory_order_release);
}

// Makes the calling thread the owner of a channel that has none; throws
// WrongThreadError if another thread owns it.
void Enter(Thread& thread, ChannelCore& channel);

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
