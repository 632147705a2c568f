// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// Those who wait for the end of one item.

#ifndef MICROTHREAD_SCHEDULER_INTERNAL_JOINERS_H_
#define MICROTHREAD_SCHEDULER_INTERNAL_JOINERS_H_

#include <cstdint>
#include <string>

#include "microthread/greenlet/config.h"
#include "microthread/scheduler/internal/item.h"
#include "microthread/scheduler/internal/wait_queue.h"

MICROTHREAD_NAMESPACE_BEGIN
namespace internal {

class Joiners : public WaitQueue {
 public:
  explicit Joiners(const Item& target)
      : WaitQueue(&DescribeWait), target_(target) {}

 private:
  static std::string DescribeWait(const WaitQueue& queue, int32_t) {
    return "waiting for the end of " +
           DescribeItem(static_cast<const Joiners&>(queue).target_);
  }

  const Item& target_;
};

}  // namespace internal
MICROTHREAD_NAMESPACE_END

#endif  // MICROTHREAD_SCHEDULER_INTERNAL_JOINERS_H_
