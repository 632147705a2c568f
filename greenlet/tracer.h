// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// File: tracer.h
//
// A tracer is told of every switch between greenlets of its thread: for
// debuggers, profilers and teaching. Switches between tasklets are not its
// business.
//
// Example:
//
//   Tracer before = SetTracer(
//       [](TraceEvent event, const Greenlet& from, const Greenlet& to) {
//         std::cerr << from << (event == TraceEvent::kThrow ? " throws into "
//                                                           : " switches to ")
//                   << to << "\n";
//       });
//
// The tracer is called when control has arrived, in the greenlet that got it,
// before that goes on; at a first switch before its function is called. A
// greenlet's end is a switch to its parent, or a throw into it; one that was
// aimed at a dead greenlet shows the greenlet where it really went. A switch to
// oneself is told too.
//
// If the tracer throws, it is removed, and its exception takes the place of
// what was on its way: it is thrown in the greenlet that got control; one that
// was about to start ends without having run. A tracer may not switch: what it
// tries is refused with TracerError.
//
// While a thread has a tracer all its operations take the long way: they are
// some ten times slower.

#ifndef MICROTHREAD_GREENLET_TRACER_H_
#define MICROTHREAD_GREENLET_TRACER_H_

#include <functional>

#include "microthread/greenlet/config.h"
#include "microthread/greenlet/greenlet.h"

MICROTHREAD_NAMESPACE_BEGIN

enum class TraceEvent {
  kSwitch,  // `to` is resumed with a message
  kThrow,   // `to` is resumed by an exception
};

using Tracer = std::function<void(TraceEvent event, const Greenlet& from,
                                  const Greenlet& to)>;

// Makes `tracer` the tracer of the calling thread (none if it is empty) and
// returns the one before.
//
// Blocks: never.
Tracer SetTracer(Tracer tracer);

// The tracer of the calling thread; empty if there is none.
//
// Blocks: never.
Tracer GetTracer();

MICROTHREAD_NAMESPACE_END

#endif  // MICROTHREAD_GREENLET_TRACER_H_
