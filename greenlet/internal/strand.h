// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// A strand is one line of control as the greenlet layer knows it: an OS
// thread's own stack, or a tasklet. The greenlets that start on it form a tree
// under one root, and exactly one of them is current. The layer above makes its
// tasklets strands, and tells which one runs by `Thread::current`.

#ifndef MICROTHREAD_GREENLET_INTERNAL_STRAND_H_
#define MICROTHREAD_GREENLET_INTERNAL_STRAND_H_

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "microthread/greenlet/config.h"
#include "microthread/greenlet/internal/stack.h"

MICROTHREAD_NAMESPACE_BEGIN
namespace internal {

struct GreenletRecord;

// What few strands have. Whoever owns the strand makes it when it is needed,
// and owns it.
struct StrandExtras {
  std::string name;
};

struct Strand {
  // Both are null until the first use of a greenlet on this strand.
  GreenletRecord* root = nullptr;     // to which it owns a reference
  GreenletRecord* current = nullptr;  // who runs
  Stack* stack = nullptr;             // of the root
  uint64_t id = 0;
  std::atomic<StrandExtras*> extras{
      nullptr};  // foreign threads look at it, too

  std::string_view name() const {
    const StrandExtras* const mine = extras.load(std::memory_order_acquire);
    return mine == nullptr ? std::string_view() : mine->name;
  }

  // Becomes the line of control that `other` was; each keeps its own extras.
  void TakeOver(Strand& other) {
    root = std::exchange(other.root, nullptr);
    current = std::exchange(other.current, nullptr);
    stack = std::exchange(other.stack, nullptr);
    id = other.id;
  }
};

// The stack that the strand runs on now.
inline Stack* StackInUse(const Strand& strand);

// How errors name it: `tasklet "reader"`, `tasklet 3` or `the thread's main`.
std::string DescribeStrand(const Strand& strand);

}  // namespace internal
MICROTHREAD_NAMESPACE_END

#endif  // MICROTHREAD_GREENLET_INTERNAL_STRAND_H_
