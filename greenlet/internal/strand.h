// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// A strand is one line of control as the greenlet layer knows it: an OS
// thread's own stack, or a tasklet. The greenlets that start on it form a tree
// under one root, and exactly one of them is current. The layer above makes its
// tasklets strands, and tells which one runs by `Thread::current`.

#ifndef MICROTHREAD_GREENLET_INTERNAL_STRAND_H_
#define MICROTHREAD_GREENLET_INTERNAL_STRAND_H_

#include <cstdint>
#include <string>

#include "microthread/greenlet/config.h"
#include "microthread/greenlet/internal/stack.h"

MICROTHREAD_NAMESPACE_BEGIN
namespace internal {

struct GreenletRecord;

struct Strand {
  // Both are null until the first use of a greenlet on this strand. The strand
  // owns a reference to each.
  GreenletRecord* root = nullptr;
  GreenletRecord* current = nullptr;
  Stack* stack = nullptr;  // of the root
  uint64_t id = 0;
  std::string name;
};

// The stack that the strand runs on now.
inline Stack* StackInUse(const Strand& strand);

// How errors name it: `tasklet "reader"`, `tasklet 3` or `the thread's main`.
std::string DescribeStrand(const Strand& strand);

}  // namespace internal
MICROTHREAD_NAMESPACE_END

#endif  // MICROTHREAD_GREENLET_INTERNAL_STRAND_H_
