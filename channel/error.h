// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// File: error.h
//
// The errors of channels.

#ifndef MICROTHREAD_CHANNEL_ERROR_H_
#define MICROTHREAD_CHANNEL_ERROR_H_

#include <string>

#include "microthread/greenlet/error.h"

MICROTHREAD_NAMESPACE_BEGIN

// The channel is closed or finished, and nobody waits at the other side.
class ChannelClosedError : public internal::FailedPrecondition {
  using CodedError::CodedError;
};

// There will be no further value: the channel is finished and empty, or a
// sender said so by sending this exception. A loop over the channel ends
// silently.
class EndOfChannel : public Error {
 public:
  explicit EndOfChannel(
      const std::string& text =
          "end of channel: the sender has no more values; a loop over the "
          "channel ends here, a plain Receive() must catch EndOfChannel")
      : Error(absl::StatusCode::kOutOfRange, text) {}
};

// A channel callback tried to send or to receive.
class ChannelCallbackError : public internal::FailedPrecondition {
  using CodedError::CodedError;
};

MICROTHREAD_NAMESPACE_END

#endif  // MICROTHREAD_CHANNEL_ERROR_H_
