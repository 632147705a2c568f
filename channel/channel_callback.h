// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// File: channel_callback.h
//
// A program may want to be told of every send and receive, for logs, tests and
// drawings of who talks to whom. The callback is for the whole process: all its
// threads call it, also at the same time, and one that is set takes effect at
// the next operation of each thread.
//
// Example:
//
//   SetChannelCallback([](const ChannelEvent& event) {
//     std::cerr << event.tasklet.name()
//               << (event.sending ? " sends on " : " receives on ")
//               << event.channel_name << (event.will_block ? " later\n" :
//               "\n");
//   });
//
// While one is set, channels take the long way: they are some times slower.

#ifndef MICROTHREAD_CHANNEL_CHANNEL_CALLBACK_H_
#define MICROTHREAD_CHANNEL_CHANNEL_CALLBACK_H_

#include <functional>
#include <string_view>

#include "microthread/greenlet/config.h"
#include "microthread/tasklet/tasklet.h"

MICROTHREAD_NAMESPACE_BEGIN

struct ChannelEvent {
  const void* channel;            // its `identity()`
  std::string_view channel_name;  // valid during the call
  const Tasklet& tasklet;         // who sends or receives: the running one
  bool sending;
  // Nobody waits at the other side. The operation may then also fail, because
  // the channel is closed or waiting is forbidden.
  bool will_block;
};

// Called before anything has happened. What it throws comes out of the
// operation, which is as if it had not been called then (a value that was to be
// sent is gone).
//
// It may do all that does not switch: an operation that would gets
// SwitchTrapError. To send or receive is refused with ChannelCallbackError.
using ChannelCallback = std::function<void(const ChannelEvent& event)>;

// Makes `callback` the channel callback (none if it is empty) and returns the
// one before, which another thread may still be in.
//
// Blocks: never. Thread-safe.
ChannelCallback SetChannelCallback(ChannelCallback callback);

MICROTHREAD_NAMESPACE_END

#endif  // MICROTHREAD_CHANNEL_CHANNEL_CALLBACK_H_
