// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// File: callbacks.h
//
// A program may want to be told of every switch between tasklets, for profilers
// and logs, and of every exception that a tasklet does not catch. Both
// functions here are for the whole process: they are called by all its threads,
// also at the same time, and one that is set takes effect at the next operation
// of each thread. For what channels tell, see channel/channel_callback.h; for
// switches between greenlets, greenlet/tracer.h.
//
// Example:
//
//   SetScheduleCallback([](const Tasklet& prev, const Tasklet& next) {
//     std::cerr << prev.name() << " > " << next.name() << "\n";
//   });
//   SetErrorHandler([](std::exception_ptr error) {
//     std::cerr << Tasklet::Current() << " failed\n";  // and Run() goes on
//   });
//
// While a schedule callback is set, operations take the long way: they are some
// times slower. An error handler costs nothing until an error comes.

#ifndef MICROTHREAD_TASKLET_CALLBACKS_H_
#define MICROTHREAD_TASKLET_CALLBACKS_H_

#include <exception>
#include <functional>

#include "microthread/greenlet/config.h"
#include "microthread/tasklet/tasklet.h"

MICROTHREAD_NAMESPACE_BEGIN

// Called before control moves from `prev` to `next`, once for each switch, also
// for the one at the end of a tasklet; `prev` is dead then. Not called by an
// operation that goes on without a switch.
//
// The switch is under way: the callback must neither throw nor switch (the
// program is terminated, as for any noexcept function), nor drop the last
// handle to a tasklet that would be unwound, nor use greenlets. What
// `Tasklet::Current()` is meanwhile is not defined.
using ScheduleCallback =
    std::function<void(const Tasklet& prev, const Tasklet& next)>;

// Makes `callback` the schedule callback (none if it is empty) and returns the
// one before, which another thread may still be in.
//
// Blocks: never. Thread-safe.
ScheduleCallback SetScheduleCallback(ScheduleCallback callback);

// Called with an exception that leaves the function of a tasklet, in that
// tasklet, which is still the running one and may do whatever tasklets do. If
// the handler returns, the exception is done with: the tasklet ends and the
// next in the ring runs. If it throws, what it throws takes the place of the
// exception, which otherwise comes out of the innermost `Run()`.
//
// Not called for TaskletExit; nor for the error of a tasklet that found no
// stack to run on.
using ErrorHandler = std::function<void(std::exception_ptr error)>;

// Makes `handler` the error handler (none if it is empty) and returns the one
// before, which another thread may still be in.
//
// Blocks: never. Thread-safe.
ErrorHandler SetErrorHandler(ErrorHandler handler);

MICROTHREAD_NAMESPACE_END

#endif  // MICROTHREAD_TASKLET_CALLBACKS_H_
