// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// File: error.h
//
// The errors that greenlets throw, and the base of all errors of the library.
//
// An `Error` says what happened, to whom, and what to do about it; `code()`
// classifies it in Abseil's terms for programs that report statuses. A failed
// operation has changed nothing, so it is legal to catch the error and go on:
//
//   try {
//     child.set_parent(child);
//   } catch (const microthread::ParentCycleError& error) {
//     LogWarning(error.what());  // child still has its old parent
//   }
//
// `GreenletExit` is not an error: it is how a greenlet is asked to end, and it
// deliberately does not derive from `std::exception`, so that a broad
// `catch (const std::exception&)` in a body does not stop it. A body may catch
// it to clean up; it should rethrow it, or return.
//
// In a build without exceptions (-fno-exceptions for the whole program) what
// would throw writes the same text to standard error and aborts. Who is killed
// or dropped while suspended is ended there: its stack is released, but what
// lies on it is not destroyed; the first time, a warning says so.

#ifndef MICROTHREAD_GREENLET_ERROR_H_
#define MICROTHREAD_GREENLET_ERROR_H_

#include <stdexcept>
#include <string>

#include "absl/status/status.h"
#include "microthread/greenlet/config.h"

MICROTHREAD_NAMESPACE_BEGIN

// Base of every error that the library throws.
class Error : public std::runtime_error {
 public:
  Error(absl::StatusCode code, const std::string& text)
      : std::runtime_error(text), code_(code) {}

  absl::StatusCode code() const noexcept { return code_; }

 private:
  absl::StatusCode code_;
};

namespace internal {

// The base of all errors with the code `kCode`.
template <absl::StatusCode kCode>
class CodedError : public Error {
 public:
  explicit CodedError(const std::string& text) : Error(kCode, text) {}
};
using InvalidArgument = CodedError<absl::StatusCode::kInvalidArgument>;
using FailedPrecondition = CodedError<absl::StatusCode::kFailedPrecondition>;

}  // namespace internal

// Asks a greenlet to end: thrown into it by `Greenlet::Kill()` and when the
// last handle to a suspended greenlet is dropped. A greenlet that lets it out
// has ended normally: its parent receives the exit as a value
// (`Message::is_exit()`). Programs may throw it themselves, and derive from it.
struct GreenletExit {};

// A greenlet would have become its own ancestor.
class ParentCycleError : public internal::InvalidArgument {
  using CodedError::CodedError;
};

// The operation is not defined for a main greenlet.
class MainGreenletError : public internal::InvalidArgument {
  using CodedError::CodedError;
};

// A greenlet without a function to run cannot be started.
class NoRunError : public internal::FailedPrecondition {
  using CodedError::CodedError;
};

// The greenlet has started, and so its function can no longer be changed.
class AlreadyStartedError : public internal::FailedPrecondition {
  using CodedError::CodedError;
};

// The handle is empty: it refers to no greenlet, tasklet or channel.
class EmptyHandleError : public internal::InvalidArgument {
  using CodedError::CodedError;
};

// A message does not hold what its receiver asked it for.
class MessageError : public internal::InvalidArgument {
  using CodedError::CodedError;
};

// An exception was to be thrown or sent, and the `std::exception_ptr` is null.
class NullExceptionError : public internal::InvalidArgument {
  using CodedError::CodedError;
};

// The greenlet, tasklet or channel belongs to another OS thread.
class WrongThreadError : public internal::FailedPrecondition {
  using CodedError::CodedError;
};

// The greenlet hangs under the root of another tasklet of this thread.
class WrongTaskletError : public internal::FailedPrecondition {
  using CodedError::CodedError;
};

// No stack or no memory could be had.
class ResourceExhaustedError : public Error {
 public:
  explicit ResourceExhaustedError(const std::string& text)
      : Error(absl::StatusCode::kResourceExhausted, text) {}
};

// A tracer tried to switch.
class TracerError : public internal::FailedPrecondition {
  using CodedError::CodedError;
};

// `Yield()` was called where no generator of that type is running.
class YieldError : public internal::FailedPrecondition {
  using CodedError::CodedError;
};

MICROTHREAD_NAMESPACE_END

#endif  // MICROTHREAD_GREENLET_ERROR_H_
