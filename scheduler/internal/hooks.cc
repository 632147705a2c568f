// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0

#include "microthread/scheduler/internal/hooks.h"

#include <mutex>

#include "microthread/greenlet/internal/thread.h"

MICROTHREAD_NAMESPACE_BEGIN
namespace internal {

constinit Hooks hooks;

namespace {

#if MICROTHREAD_CHECK_INVARIANTS
constexpr uint32_t kAlways = kAttentionInvariants;
#else
constexpr uint32_t kAlways = 0;
#endif

// Under one lock with the words of all threads, so that one that begins
// meanwhile is either asked here or asks itself. Never destroyed.
struct Asked {
  std::mutex mutex;
  uint32_t bits = kAlways;
};
Asked& TheAsked() {
  static Asked& asked = *new Asked;
  return asked;
}

}  // namespace

void AskAllThreads(uint32_t bits, bool on) {
  Asked& asked = TheAsked();
  std::lock_guard lock(asked.mutex);
  if (on) {
    asked.bits |= bits;
    ForEachThread(
        [](Thread& thread, void* argument) {
          thread.RequestAttention(*static_cast<uint32_t*>(argument));
        },
        &bits);
  } else {
    asked.bits &= ~bits;
    ForEachThread(
        [](Thread& thread, void* argument) {
          thread.ClearAttention(*static_cast<uint32_t*>(argument));
        },
        &bits);
  }
}

void AskNewThread(Thread& thread) {
  Asked& asked = TheAsked();
  std::lock_guard lock(asked.mutex);
  if (asked.bits != 0) thread.RequestAttention(asked.bits);
}

}  // namespace internal
MICROTHREAD_NAMESPACE_END
