// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// File: greenlet.h
//
// A greenlet is a function with a stack of its own that can be left and
// re-entered at any depth: a stackful symmetric coroutine, as in Python's
// greenlet. There is no scheduler: control moves only when somebody calls
// `Switch()`, when a greenlet ends, or when its last handle is dropped.
//
// Use greenlets to turn control flow inside out: generators (generator.h),
// parsers that are fed, state machines, a scheduler of your own. For programs
// made of many activities that talk to each other, use tasklets and channels.
//
// Example:
//
//   Greenlet producer([](int first) {
//     Greenlet consumer = Greenlet::Main();
//     int next = consumer.Switch(first * 10).get<int>();
//     return next * 10;
//   });
//   producer.Switch(1).get<int>();   // 10: runs up to the switch in the body
//   producer.Switch(2).get<int>();   // 20: the body's result; it has ended
//   producer.dead();                 // true
//
// Life: a greenlet is *unborn* until the first switch to it, then *active*
// (running or suspended) until its function returns or throws, then *dead*.
//
// Parents: every greenlet has a parent, by default the greenlet that made it.
// When it ends, its result is switched to the parent, and an exception that
// leaves its function is thrown in the parent, where that is suspended. A dead
// parent is skipped: its own parent gets the result.
//
// Roots: each OS thread, and each tasklet that uses greenlets, is the main
// greenlet at the root of a tree of its own. A greenlet can be switched to only
// by code that runs under the same root.
//
// Lifetime: `Greenlet` is a handle; copies refer to the same greenlet. When the
// last one to a suspended greenlet is dropped, GreenletExit is thrown into it,
// so that its destructors run, before the drop returns. A greenlet that holds a
// handle to itself on its own stack therefore lives until it ends.
//
// Thread-bound: a greenlet runs on one OS thread only. Handles may be copied
// and dropped on any thread.

#ifndef MICROTHREAD_GREENLET_GREENLET_H_
#define MICROTHREAD_GREENLET_GREENLET_H_

#include <concepts>
#include <cstddef>
#include <exception>
#include <functional>
#include <iosfwd>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

#include "microthread/greenlet/config.h"
#include "microthread/greenlet/context_value.h"
#include "microthread/greenlet/error.h"
#include "microthread/greenlet/internal/call_with_message.h"
#include "microthread/greenlet/internal/greenlet_inl.h"
#include "microthread/greenlet/message.h"
#include "microthread/greenlet/state.h"

MICROTHREAD_NAMESPACE_BEGIN

struct GreenletOptions {
  std::string_view name = {};  // for errors and dumps; copied
  // In bytes, of which up to 1.5 KiB are the library's own; 0: 64 KiB (256 KiB
  // under ASan).
  size_t stack_size = 0;
  size_t guard_size = 0;  // bytes below it that fault; 0: 16 KiB
};

// What a switch that does not throw returns: a message, or else an error.
struct Outcome {
  Message message;
  std::exception_ptr error;

  bool ok() const noexcept { return error == nullptr; }
};

class Greenlet {
 public:
  // An empty handle: it refers to no greenlet.
  Greenlet() noexcept = default;

  // An unborn greenlet that will call `run`, with the current greenlet as its
  // parent. `run` is copied or moved into it. What it takes is what the first
  // `Switch()` sends: either values of exactly those types, or one `Message`.
  // What it returns goes to the parent, `Message::None()` if that is void. An
  // empty std::function or a null pointer makes a greenlet that cannot start.
  //
  // Blocks: never, apart from what `Current()` does; no stack is taken before
  //   the first switch.
  template <class F>
  requires internal::GreenletFunction<F>
  explicit Greenlet(F&& run)
      : Greenlet(GreenletOptions(), std::forward<F>(run)) {}
  template <class F>
  requires internal::GreenletFunction<F> Greenlet(F&& run,
                                                  const Greenlet& parent)
      : Greenlet(GreenletOptions(), std::forward<F>(run), parent) {}
  template <class F>
  requires internal::GreenletFunction<F> Greenlet(
      const GreenletOptions& options, F&& run,
      const Greenlet& parent = Current());

  // The running greenlet; the main greenlet where no other has been started.
  //
  // Blocks: never, but first unwinds the greenlets of this thread whose last
  //   handles were dropped by other threads or in a tracer.
  static Greenlet Current();

  // The root of the running strand: of the tasklet when called inside one, else
  // of the OS thread. It has no parent and ends with its strand.
  static Greenlet Main();

  // Suspends the caller and resumes this greenlet with the values. Returns what
  // somebody later switches to the caller with; that need not be this greenlet.
  //
  //   unborn     starts it: the values are its function's arguments. Values of
  //              other types than it takes: MessageError is thrown inside it,
  //              and so in its parent.
  //   suspended  the values are what its own call of `Switch()` returns.
  //   current    returns the values at once.
  //   dead       goes to the first ancestor that is not dead.
  //
  // Blocks: always switches, unless it is the current greenlet.
  // Errors: what is thrown into the caller while it waits, and before anything
  //   has moved: EmptyHandleError, WrongThreadError, WrongTaskletError,
  //   NoRunError, ResourceExhaustedError (no stack; it is still unborn).
  template <class... Values>
  Message Switch(Values&&... values) const;

  // As `Switch()`, but what that would throw is returned: for destructors and
  // other code that must not throw.
  //
  // Blocks: always switches, unless it is the current greenlet.
  // Errors: never throws.
  template <class... Values>
  Outcome SwitchNoThrow(Values&&... values) const noexcept;

  // Suspends the caller and throws `error` in this greenlet, at the place where
  // it is suspended. An unborn one ends without having run; through a dead one
  // the error goes to its first living ancestor. Returns like `Switch()`.
  //
  // One that is being unwound there, or is under an ExitShield, gets the error
  // later, when it would switch again: `Throw()` returns `Message::None()`.
  //
  // Blocks: always switches, unless it is the current greenlet.
  // Errors: as `Switch()`; NullExceptionError if `error` is null.
  Message Throw(std::exception_ptr error) const;

  // `Throw()` of a GreenletExit: asks the greenlet to end. The parent, not the
  // caller, gets control when it has ended; for a suspended child of the caller
  // that is the same, and the returned message `is_exit()`. A dead greenlet
  // passes the exit on as a value.
  //
  // Blocks: always switches, unless it is the current greenlet.
  // Errors: as `Switch()`.
  Message Kill() const;

  // Dead: it has ended. Active: it has started and not ended. Started: not
  // unborn, that is, active or dead. An empty handle is nothing of all this.
  bool dead() const;
  bool active() const;
  bool started() const;

  bool is_main() const;
  bool is_current() const;

  // Who gets the result; an empty handle for a main greenlet.
  Greenlet parent() const;

  // Makes `parent` the parent. Also legal when this one is active or dead.
  //
  // Blocks: never, but if this drops the last reference to a suspended former
  //   parent, that one is unwound before the call returns.
  // Errors: MainGreenletError if this is a main greenlet, ParentCycleError if
  //   `parent` is this one or below it, WrongThreadError if this has started on
  //   another thread than `parent`, WrongTaskletError if that would move it
  //   away under a running tasklet. A refused call changes nothing.
  void set_parent(const Greenlet& parent) const;

  // "" if it was given none.
  std::string_view name() const;

  // Running means: the current one of its thread or tasklet. A dead greenlet is
  // kDead, and so is what an empty handle refers to.
  GreenletState state() const;

  // Whether it has a function that it will run. It has none once it has
  // started.
  bool has_run() const;

  // Gives an unborn greenlet (another) function to run.
  //
  // Errors: EmptyHandleError; AlreadyStartedError.
  template <class F>
  requires internal::GreenletFunction<F>
  void set_run(F&& run) const;

  // The size of its stack in bytes, and how much of that has been used at most
  // since the stack was made (whole pages, also by greenlets that had the stack
  // before); 0 unless it is active and not a main greenlet.
  size_t stack_size() const;
  size_t stack_high_water() const;

  // The return addresses on its stack, innermost first, while it is suspended:
  // writes as many as there is room for and returns how many. The first is
  // where it switched away.
  //
  // Errors: WrongThreadError on another thread than its own.
  size_t Backtrace(std::span<void*> addresses) const;

  // Its context values (context_value.h). A new greenlet has an empty context.
  //
  // Errors: EmptyHandleError; WrongThreadError while it runs on another thread.
  ContextMap context() const;
  void set_context(ContextMap context) const;

  // Whether the handle refers to a greenlet.
  bool valid() const noexcept { return record_.get() != nullptr; }

  // Same greenlet?
  friend bool operator==(const Greenlet& a, const Greenlet& b) noexcept {
    return a.record_.get() == b.record_.get();
  }

  template <class H>
  friend H AbslHashValue(H state, const Greenlet& greenlet) {
    return H::combine(std::move(state), greenlet.record_.get());
  }

  // Prints its name and state: `greenlet "walker" (suspended)`.
  friend std::ostream& operator<<(std::ostream& out, const Greenlet& greenlet);

 private:
  friend struct internal::GreenletAccess;

  explicit Greenlet(internal::Ref<internal::GreenletRecord> record)
      : record_(std::move(record)) {}

  template <class F>
  void SetRun(F&& run) const;

  internal::Ref<internal::GreenletRecord> record_;
};

template <class F>
requires internal::GreenletFunction<F> Greenlet::Greenlet(
    const GreenletOptions& options, F&& run, const Greenlet& parent)
    : record_(internal::NewGreenlet(options.name, options.stack_size,
                                    options.guard_size, parent.record_.get())) {
  SetRun(std::forward<F>(run));
}

template <class F>
void Greenlet::SetRun(F&& run) const {
  if constexpr (internal::kMayBeEmpty<F>) {
    if (run == nullptr) return;
  }
  record_->run.template Emplace<internal::MessageCaller<std::decay_t<F>>>(
      std::forward<F>(run));
}

template <class F>
requires internal::GreenletFunction<F>
void Greenlet::set_run(F&& run) const {
  internal::RequireUnborn(record_.get());
  record_->run.Reset();
  SetRun(std::forward<F>(run));
}

template <class... Values>
Outcome Greenlet::SwitchNoThrow(Values&&... values) const noexcept {
  Outcome outcome;
#if MICROTHREAD_EXCEPTIONS
  try {
    outcome.message = Switch(std::forward<Values>(values)...);
  } catch (...) {
    outcome.error = std::current_exception();
  }
#else
  outcome.message = Switch(std::forward<Values>(values)...);
#endif
  return outcome;
}

template <class... Values>
MICROTHREAD_ALWAYS_INLINE Message Greenlet::Switch(Values&&... values) const {
  return internal::SwitchToWith(record_.get(), std::forward<Values>(values)...);
}

MICROTHREAD_NAMESPACE_END

template <>
struct std::hash<microthread::Greenlet> {
  size_t operator()(const microthread::Greenlet& greenlet) const noexcept;
};

#endif  // MICROTHREAD_GREENLET_GREENLET_H_
