// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0

#include "microthread/tasklet/timed_run.h"

#include <utility>

#include "microthread/scheduler/internal/limit.h"
#include "microthread/tasklet/internal/tasklet_access.h"

MICROTHREAD_NAMESPACE_BEGIN

TimedRunResult Run(const RunOptions& options) {
  internal::Limit limit;
  limit.checkpoints = options.checkpoints;
  limit.time = options.time;
  limit.soft = options.soft;
  limit.total = options.total;
  RunResult result = internal::RunItems(limit.is_set() ? &limit : nullptr,
                                        options.threadblock);
  return TimedRunResult(
      std::move(result),
      internal::TaskletAccess::Make<Tasklet>(std::move(limit.victim)),
      limit.reached);
}

MICROTHREAD_NAMESPACE_END
