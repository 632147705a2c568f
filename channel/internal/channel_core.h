// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// What a channel is, whatever it carries; `Channel<T>` is a handle to one.

#ifndef MICROTHREAD_CHANNEL_INTERNAL_CHANNEL_CORE_H_
#define MICROTHREAD_CHANNEL_INTERNAL_CHANNEL_CORE_H_

#include <cstdint>
#include <exception>
#include <string>
#include <string_view>

#include "microthread/greenlet/config.h"
#include "microthread/greenlet/internal/record_memory.h"
#include "microthread/greenlet/internal/ref_count.h"
#include "microthread/greenlet/internal/relaxed.h"
#include "microthread/greenlet/internal/thread.h"
#include "microthread/scheduler/internal/dispatch_inl.h"
#include "microthread/scheduler/internal/wait_queue.h"

MICROTHREAD_NAMESPACE_BEGIN
namespace internal {

inline constexpr int32_t kReceiving = -1;
inline constexpr int32_t kSending = 1;

struct alignas(kCacheLine) ChannelCore : WaitQueue, Counted, RecordMemory {
  explicit ChannelCore(Thread& maker);

  // Changed by those who have locked the queue.
  Relaxed<int8_t> preference = -1;  // who runs on: the receiver, +1: the sender
  Relaxed<bool> schedule_all = false;  // neither: the next in the ring
  Relaxed<bool> finished = false;
  uint64_t id;
  std::string name;

  // No handle is left: those who wait are nobody's, and are unwound.
  void Unreferenced();
};

Ref<ChannelCore> NewChannel(std::string_view name);

// Who waits longest; null if nobody does.
Ref<Item> FirstWaiter(ChannelCore& channel);

void FinishChannel(ChannelCore& channel);
void CloseChannel(ChannelCore& channel);
void OpenChannel(ChannelCore& channel);
void SetPreference(ChannelCore& channel, int8_t preference);
void SetScheduleAll(ChannelCore& channel, bool on);
void SendException(ChannelCore& channel, std::exception_ptr error);

// Whether a receiver has to throw `error`. In a build without exceptions it
// learns of the end of the channel by getting no value.
bool MustBeThrown(const std::exception_ptr& error);

// Calls the channel callback: the running item is about to send or to receive.
// Throws what that throws, and ChannelCallbackError inside of it.
void TellChannelCallback(Thread& thread, ChannelCore& channel,
                         int32_t direction);

// What a receiver on a finished channel gets.
std::exception_ptr EndOfChannelError(const ChannelCore& channel);

// `channel "lines"` or `channel 7`.
std::string DescribeChannel(const ChannelCore& channel);

}  // namespace internal
MICROTHREAD_NAMESPACE_END

#endif  // MICROTHREAD_CHANNEL_INTERNAL_CHANNEL_CORE_H_
