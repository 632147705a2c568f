// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// File: tasklet.h
//
// A tasklet is a micro-thread: a function that the scheduler runs in turn with
// others of its thread, on a stack of its own. It costs some hundred bytes
// until it starts and a page or so of stack after that, so a program may have a
// million of them.
//
// Example:
//
//   void Greet(const std::string& name, int times) {
//     while (times-- > 0) {
//       std::cout << "hello " << name << "\n";
//       Schedule();
//     }
//   }
//
//   Spawn(Greet, "ada", 2);
//   Tasklet bob = Spawn({.name = "bob"}, Greet, "bob", 2);
//   bob.Join();   // hello ada, hello bob, hello ada, hello bob
//
// States. A tasklet is *alive* from the time it has something to run until it
// ends. An alive one is *scheduled* (in the ring, or waiting on a channel) or
// *paused* (nobody will run it unless somebody inserts it). *Blocked* means
// waiting on a channel.
//
// Lifetime. `Tasklet` is a handle; copies refer to the same tasklet. The ring
// and the channels keep what stands in them, so a handle may be thrown away.
// When the last handle to a paused tasklet that has started is dropped,
// TaskletExit is thrown into it, so that its destructors run, before the drop
// returns.
//
// An exception that leaves the function of a tasklet ends it and is thrown in
// the innermost `Run()` (or in the main tasklet), at once. TaskletExit ends it
// silently.
//
// A tasklet belongs to the OS thread that made it, and runs only there. Other
// threads may look at its states (which may be others a moment later), copy and
// drop its handles, and `Insert()`, `Run()`, `Remove()`, `Throw()` and `Kill()`
// it: its own thread does that when it looks next, which it does before it
// switches, and wakes for it if it sleeps. The caller does not switch. They may
// also bind one that nobody else deals with meanwhile.

#ifndef MICROTHREAD_TASKLET_TASKLET_H_
#define MICROTHREAD_TASKLET_TASKLET_H_

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <iosfwd>
#include <string_view>
#include <type_traits>
#include <utility>

#include "microthread/greenlet/config.h"
#include "microthread/greenlet/message.h"
#include "microthread/scheduler/error.h"
#include "microthread/scheduler/internal/invariants.h"
#include "microthread/scheduler/internal/spawn_inl.h"
#include "microthread/tasklet/internal/bound_call.h"
#include "microthread/tasklet/internal/setup_call.h"
#include "microthread/tasklet/internal/tasklet_access.h"

MICROTHREAD_NAMESPACE_BEGIN

struct TaskletOptions {
  std::string_view name = {};  // for errors and dumps; copied
  // In bytes, of which up to 1.5 KiB are the library's own; 0: 64 KiB (256 KiB
  // under ASan).
  size_t stack_size = 0;
  size_t guard_size = 0;  // bytes below it that fault; 0: 16 KiB
};

class Tasklet {
 public:
  // An empty handle: it refers to no tasklet.
  Tasklet() noexcept = default;

  // A tasklet with nothing to run yet: neither alive nor scheduled.
  static Tasklet New(const TaskletOptions& options = {});

  // The running tasklet, and the one that is this thread's own code.
  static Tasklet Current();
  static Tasklet Main();

  // Gives it something to run: `function(args...)`, all stored as decayed
  // copies, as std::thread does (std::ref for references). It is alive and
  // paused then: `Insert()` puts it into the ring. A tasklet that has ended can
  // be bound again. Returns this handle.
  //
  // Blocks: never.
  // Errors: AliveTaskletError if it is alive.
  template <class F, class... Args>
  const Tasklet& Bind(F&& function, Args&&... args) const;

  // Gives it a function alone, as a decayed copy; `Setup()` gives the
  // arguments. It is not alive before that. What was bound before is dropped.
  // The function must have one call operator that is no template.
  //
  // Blocks: never.
  // Errors: AliveTaskletError if it is alive.
  template <class F>
  const Tasklet& BindFunction(F&& function) const;

  // Gives arguments to the function that is bound alone, and puts the tasklet
  // at the end of the ring. They must have exactly the types of the parameters
  // (decayed): nothing is converted, so say std::string("a"), not "a".
  //
  //   Tasklet t = Tasklet::New();
  //   t.BindFunction([](int n, std::string text) { ... });
  //   t.Setup(1, std::string("one"));
  //
  // Blocks: never.
  // Errors: AliveTaskletError if it is alive; DeadTaskletError if no function
  //   is bound alone (an end of the tasklet uses it up); MessageError if the
  //   types differ.
  template <class... Args>
  const Tasklet& Setup(Args&&... args) const;

  // Takes away what it was given to run: it is not alive.
  //
  // Blocks: never.
  // Errors: MainTaskletError; AliveTaskletError if it is scheduled (use
  //   `Remove()` first) or has started and not ended (use `Kill()`).
  const Tasklet& Unbind() const;

  // Puts it at the end of the ring. No effect if it is there already.
  //
  // Blocks: never.
  // Errors: TaskletBlockedError, DeadTaskletError.
  const Tasklet& Insert() const;

  // Takes it out of the ring: it is paused. No effect if it is paused already.
  //
  // Blocks: never, but a started tasklet to which this handle is the only one
  //   left is unwound when the handle is dropped.
  // Errors: TaskletBlockedError; CurrentTaskletError (use ScheduleRemove()).
  const Tasklet& Remove() const;

  // Makes it run now. The caller stays in the ring: whoever stands behind this
  // tasklet runs before the caller does; a paused one is put just before the
  // caller, so that only it runs first.
  //
  // Blocks: always switches, unless it is the running tasklet.
  // Errors: TaskletBlockedError, DeadTaskletError, SwitchTrapError; what is
  //   thrown into the caller meanwhile.
  void Run() const;

  // As `Run()`, but the caller is paused: somebody must insert it again, except
  // the main tasklet, which goes on when nobody else can run.
  //
  // Blocks: always switches, unless it is the running tasklet.
  // Errors: as `Run()`.
  void Switch() const;

  // Throws `error` in it, where it is suspended, and lets it run now: it leaves
  // the channel on which it waits; if it stands in the ring it keeps its place,
  // otherwise the caller is next. If it has not started it ends without
  // running.
  //
  // One that is being unwound there, or is under an ExitShield, gets the error
  // later, when it would switch again: if it waits on a channel it goes on
  // waiting, otherwise it just runs on.
  //
  // Blocks: always switches. The running tasklet: throws at once.
  // Errors: DeadTaskletError, SwitchTrapError; NullExceptionError if `error` is
  //   null; what is thrown into the caller meanwhile.
  void Throw(std::exception_ptr error) const;

  // The same for a new exception of type E.
  template <class E, class... Args>
  void Raise(Args&&... args) const {
    Throw(std::make_exception_ptr(E(std::forward<Args>(args)...)));
  }

  // `Throw()` of a TaskletExit: asks it to end. It may catch the exit and live
  // on. No effect on a tasklet that is not alive.
  //
  // Blocks: always switches. The running tasklet: throws at once.
  // Errors: SwitchTrapError; what is thrown into the caller meanwhile.
  void Kill() const;

  // As `Throw()` and `Kill()`, but the error waits until its turn comes; it
  // leaves its channel and is in the ring at once. A second error replaces one
  // that still waits.
  //
  // Blocks: never. The running tasklet: throws at once.
  // Errors: DeadTaskletError, NullExceptionError (`ThrowPending` only).
  void ThrowPending(std::exception_ptr error) const;
  void KillPending() const;

  // Waits until it has ended, in whatever way: by return, by an exit, or by an
  // exception (which goes to `Run()`, not to those who join). Any number of
  // tasklets may join it.
  //
  // Blocks: unless it is not alive.
  // Errors: CurrentTaskletError if it is the running tasklet, MainTaskletError
  //   if it is a main tasklet; as `Channel::Receive`, what is thrown into the
  //   caller meanwhile, DeadlockError, BlockTrapError, SwitchTrapError.
  void Join() const;

  // Makes it one of the calling thread's tasklets.
  //
  // Blocks: never.
  // Errors: WrongThreadError if it has started, or stands in a ring.
  void BindThread() const;

  // States; see above. An empty handle is nothing of all this.
  bool alive() const;
  bool blocked() const;
  bool scheduled() const;
  bool paused() const;
  bool is_current() const;
  bool is_main() const;

  // The neighbors in the ring (alone: itself) or among the waiters of a channel
  // (at the ends: an empty handle).
  Tasklet next() const;
  Tasklet prev() const;

  // While set, an operation of this tasklet that would wait on a channel throws
  // BlockTrapError instead: it proves that a piece of code does not block.
  bool block_trap() const;
  void set_block_trap(bool on) const;

  // While set, `Checkpoint()` does not interrupt it; see timed_run.h. Returns
  // what it was before. Not inherited by the tasklets that it spawns.
  bool atomic() const;
  bool set_atomic(bool on) const;

  // "" if it was given none.
  std::string_view name() const;

  // Unique in the process, never used again.
  uint64_t id() const;

  // The id of the main tasklet of the OS thread to which it belongs; 0 if that
  // has ended.
  uint64_t thread_id() const;

  // Whether the handle refers to a tasklet.
  bool valid() const noexcept { return item_.get() != nullptr; }

  // Same tasklet?
  friend bool operator==(const Tasklet& a, const Tasklet& b) noexcept {
    return a.item_.get() == b.item_.get();
  }

  template <class H>
  friend H AbslHashValue(H state, const Tasklet& tasklet) {
    return H::combine(std::move(state), tasklet.item_.get());
  }

  // Prints its name and state: `tasklet "reader" (ready)`.
  friend std::ostream& operator<<(std::ostream& out, const Tasklet& tasklet);

 private:
  friend struct internal::TaskletAccess;

  explicit Tasklet(internal::Ref<internal::Item> item)
      : item_(std::move(item)) {}

  // Drops what was bound to one that is not alive; returns its item.
  internal::Item& RequireUnbound(const char* operation) const;
  void SetupWith(Message arguments) const;

  internal::Ref<internal::Item> item_;
};

// Makes a tasklet that will call `function(args...)`, all stored as decayed
// copies (std::ref for references), and puts it at the end of the ring. It runs
// when its turn comes; its stack is taken then. The handle may be ignored.
//
// Blocks: never.
// Errors: std::bad_alloc; what copying the arguments throws. If no stack can be
//   had when its turn comes, it ends there with ResourceExhaustedError as if it
//   had thrown it.
template <class F, class... Args>
Tasklet Spawn(const TaskletOptions& options, F&& function, Args&&... args) {
  using Call = internal::BoundCall<F, Args...>;
  internal::Thread& thread = internal::SchedulingThread();
  internal::Ref<internal::Item> item = internal::SpawnItem<Call>(
      thread, options.name, options.stack_size, options.guard_size,
      std::forward<F>(function), std::forward<Args>(args)...);
  internal::CheckInvariants(thread);
  return internal::TaskletAccess::Make<Tasklet>(std::move(item));
}
template <class F, class... Args>
requires(!std::is_same_v<std::decay_t<F>, TaskletOptions>) Tasklet
    Spawn(F&& function, Args&&... args) {
  return Spawn(TaskletOptions(), std::forward<F>(function),
               std::forward<Args>(args)...);
}

template <class F, class... Args>
const Tasklet& Tasklet::Bind(F&& function, Args&&... args) const {
  internal::BindItem<internal::BoundCall<F, Args...>>(
      RequireUnbound("Bind"), std::forward<F>(function),
      std::forward<Args>(args)...);
  return *this;
}

template <class F>
const Tasklet& Tasklet::BindFunction(F&& function) const {
  using Function = std::decay_t<F>;
  static_assert(internal::Parameters<Function>::known,
                "BindFunction: the parameters of this function are not known; "
                "wrap it in a lambda that names them");
  internal::Item& item = RequireUnbound("BindFunction");
  item.run.template Emplace<internal::SetupCall<Function>>(
      std::forward<F>(function), &item.slot);
  item.flags |= internal::kItemAwaitsSetup;
  return *this;
}

template <class... Args>
const Tasklet& Tasklet::Setup(Args&&... args) const {
  if constexpr (sizeof...(Args) == 0) {
    SetupWith(Message());
  } else {
    SetupWith(Message(std::forward<Args>(args)...));
  }
  return *this;
}

MICROTHREAD_NAMESPACE_END

template <>
struct std::hash<microthread::Tasklet> {
  size_t operator()(const microthread::Tasklet& tasklet) const noexcept;
};

#endif  // MICROTHREAD_TASKLET_TASKLET_H_
