// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// File: state.h
//
// The life of a greenlet, in one word: unborn until the first switch to it,
// then running or suspended by turns, then dead.

#ifndef MICROTHREAD_GREENLET_STATE_H_
#define MICROTHREAD_GREENLET_STATE_H_

#include <cstdint>

#include "microthread/greenlet/config.h"

MICROTHREAD_NAMESPACE_BEGIN

enum class GreenletState : uint8_t { kUnborn, kSuspended, kRunning, kDead };

MICROTHREAD_NAMESPACE_END

#endif  // MICROTHREAD_GREENLET_STATE_H_
