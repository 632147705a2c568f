// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// File: microthread.h
//
// Everything at once. The layers, from the top:
//
//   channel/    Channel<T>: where tasklets meet
//   tasklet/    Tasklet, Spawn: what the scheduler runs
//   scheduler/  Run, Schedule, ThreadScope: who runs next
//   greenlet/   Greenlet, Generator: control that is switched by hand

#ifndef MICROTHREAD_MICROTHREAD_H_
#define MICROTHREAD_MICROTHREAD_H_

#include "microthread/channel/channel.h"           // IWYU pragma: export
#include "microthread/channel/channel_callback.h"  // IWYU pragma: export
#include "microthread/channel/error.h"             // IWYU pragma: export
#include "microthread/greenlet/config.h"           // IWYU pragma: export
#include "microthread/greenlet/context_value.h"    // IWYU pragma: export
#include "microthread/greenlet/error.h"            // IWYU pragma: export
#include "microthread/greenlet/exit_shield.h"      // IWYU pragma: export
#include "microthread/greenlet/generator.h"        // IWYU pragma: export
#include "microthread/greenlet/greenlet.h"         // IWYU pragma: export
#include "microthread/greenlet/message.h"          // IWYU pragma: export
#include "microthread/greenlet/overflow_report.h"  // IWYU pragma: export
#include "microthread/greenlet/stack.h"            // IWYU pragma: export
#include "microthread/greenlet/state.h"            // IWYU pragma: export
#include "microthread/greenlet/tracer.h"           // IWYU pragma: export
#include "microthread/greenlet/weak_greenlet.h"    // IWYU pragma: export
#include "microthread/scheduler/census.h"          // IWYU pragma: export
#include "microthread/scheduler/error.h"           // IWYU pragma: export
#include "microthread/scheduler/scheduler.h"       // IWYU pragma: export
#include "microthread/scheduler/thread_scope.h"    // IWYU pragma: export
#include "microthread/tasklet/callbacks.h"         // IWYU pragma: export
#include "microthread/tasklet/tasklet.h"           // IWYU pragma: export
#include "microthread/tasklet/thread_info.h"       // IWYU pragma: export
#include "microthread/tasklet/timed_run.h"         // IWYU pragma: export

#endif  // MICROTHREAD_MICROTHREAD_H_
