// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// Switches by the book: the first switch to a greenlet, its body, its end, and
// where control goes when the greenlet that was named cannot take it.

#include <cxxabi.h>

#include <exception>
#include <string>
#include <utility>

#include "microthread/greenlet/error.h"
#include "microthread/greenlet/internal/greenlet_inl.h"
#include "microthread/greenlet/internal/greenlet_record.h"
#include "microthread/greenlet/internal/partners.h"
#include "microthread/greenlet/internal/switch_inl.h"
#include "microthread/greenlet/internal/terminate_report.h"
#include "microthread/greenlet/internal/thread.h"
#include "microthread/greenlet/internal/throw.h"
#include "microthread/greenlet/internal/tracing.h"
#include "microthread/greenlet/message.h"

MICROTHREAD_NAMESPACE_BEGIN
namespace internal {
namespace {

// What travels in a switch: an error, or else a message.
struct Parcel {
  Message message;
  std::exception_ptr error;
};

// Steps over dead greenlets. An exit that meets a dead one is a value from then
// on. The root of an ended tasklet passes to the running strand.
GreenletRecord& Resolve(Thread& thread, GreenletRecord* target,
                        Parcel& parcel) {
  if (target->dead() && parcel.error != nullptr &&
      Holds<GreenletExit>(parcel.error)) {
    parcel.message = Message::Exit(std::move(parcel.error));
    parcel.error = nullptr;
  }
  while (target->dead()) {
    if (!target->parent) {
      target->parent = Ref<GreenletRecord>(&RootOfStrand(thread));
    }
    target = target->parent.get();
  }
  return *target;
}

// Throws unless code under the running strand's root may switch to `target`,
// which is under that root then. An unborn ancestor may have been moved to
// where `target` itself cannot go.
void CheckReach(Thread& thread, GreenletRecord& target) {
  GreenletRecord* mine = &RootOfStrand(thread);
  GreenletRecord* root = RootOf(&target);
  const bool started = target.state != GreenletState::kUnborn;
  if ((started && target.thread != &thread) || root->thread != &thread) {
    Throw(WrongThreadError(
        DescribeGreenlet(target) +
        " belongs to another thread: switch to it there" +
        (started ? "" : ", or make a greenlet of this thread its parent")));
  }
  const bool theirs = root != mine && root->strand != nullptr;
  const bool active = target.state == GreenletState::kRunning &&
                      &target != thread.current->current;
  if (theirs || active) {
    Throw(WrongTaskletError(
        DescribeGreenlet(target) +
        (theirs ? " belongs to " + DescribeStrand(*root->strand)
                : " is active in another tasklet") +
        " and cannot be switched to by " + DescribeStrand(*thread.current) +
        (theirs ? ": make a greenlet of this tasklet its parent first"
                : ": wait until it has switched away")));
  }
  if (root == mine) return;
  // An ended tasklet has left it: it is taken up, with its ancestors.
  GreenletRecord* top = &target;
  while (top != root && top->parent.get() != root) top = top->parent.get();
  if (top != root) top->parent = Ref<GreenletRecord>(mine);
}

[[noreturn]] void ThrowNoRun(const GreenletRecord& greenlet) {
  Throw(NoRunError(DescribeGreenlet(greenlet) +
                   " has no function to run: it was made from an empty one"));
}

void GreenletMain(void* argument);

// Gives an unborn greenlet its stack. Returns false when there is none.
bool TakeStack(Thread& thread, GreenletRecord& greenlet) {
  Stack* stack = thread.stacks.Take(greenlet.stack_size, greenlet.guard_size);
  if (stack == nullptr) return false;
  greenlet.stack = stack;
  greenlet.thread = &thread;
  greenlet.context = NewContext(stack->top(), &GreenletMain, &greenlet);
  ListActive(thread, greenlet);
  return true;
}

ResourceExhaustedError NoStackError(const GreenletRecord& greenlet) {
  size_t size =
      greenlet.stack_size == 0 ? kDefaultStackSize : greenlet.stack_size;
  return ResourceExhaustedError(
      DescribeGreenlet(greenlet) +
      " cannot start: no memory for its stack of " + std::to_string(size) +
      " bytes; end other greenlets, or raise the limit on address space");
}

void Put(Thread& thread, GreenletRecord& from, GreenletRecord& target,
         Parcel& parcel) {
  BecomePartners(from, target);
  if (thread.tracer != nullptr) target.landing |= kLandTraced;
  if (parcel.error != nullptr) {
    target.error = std::move(parcel.error);
    target.landing |= kLandError;
  } else {
    target.mailbox = std::move(parcel.message);
  }
}

Parcel TakeParcel(GreenletRecord& me) {
  Parcel parcel = {std::move(me.mailbox), std::exchange(me.error, nullptr)};
  me.landing = 0;
  return parcel;
}

// What arrives at `me`, after the tracer has been told and `origin`, who has
// switched here, has been let go.
Parcel Arrive(Thread& thread, GreenletRecord& me) {
  const uint8_t landing = me.landing;
  GreenletRecord& origin = *me.last_switcher;
  Ref<GreenletRecord> counted;
  if ((landing & kLandOrigin) != 0) {
    counted = Ref<GreenletRecord>::Adopt(&origin);
  }
  if (origin.dead()) PartFromPartners(origin);
  Parcel parcel = TakeParcel(me);
  if ((landing & kLandTraced) != 0) {
    const Ref<GreenletRecord> hold(&origin);  // the tracer may drop handles
    std::exception_ptr error =
        Trace(thread, parcel.error != nullptr, origin, me);
    if (error != nullptr) parcel = {Message(), std::move(error)};
  }
  return parcel;
}

// Takes back an exception that waits for `greenlet`, if there is one.
std::exception_ptr TakeDeferred(Thread& thread, GreenletRecord& greenlet) {
  if (greenlet.deferred == nullptr) return nullptr;
  AddDeferred(thread, -1);
  return std::exchange(greenlet.deferred, nullptr);
}

// An exception for one that cannot be thrown into now waits; a later one takes
// its place.
void Defer(Thread& thread, GreenletRecord& target, std::exception_ptr error) {
  if (target.deferred == nullptr) AddDeferred(thread, 1);
  target.deferred = std::move(error);
}

Message Deliver(GreenletRecord* named, Parcel parcel) {
  // What others have left may end in code that drops the caller's handle.
  Ref<GreenletRecord> hold(named);
  Thread& thread = CurrentThread();
  AttendToGreenlet(thread);
  RequireNoTracerRunning(thread);
  if (named == nullptr) {
    Throw(EmptyHandleError(
        "switch to an empty handle: there is no greenlet behind it"));
  }
  CheckReach(thread, *named);
  GreenletRecord& me = CurrentGreenlet(thread);
  GreenletRecord& target = Resolve(thread, named, parcel);
  if (&target != named) CheckReach(thread, target);
  if (&target == &me) {
    std::exception_ptr error = Trace(thread, parcel.error != nullptr, me, me);
    if (error != nullptr) parcel = {Message(), std::move(error)};
    if (parcel.error != nullptr) Rethrow(std::move(parcel.error));
    return std::move(parcel.message);
  }
  if (parcel.error != nullptr && target.state == GreenletState::kSuspended &&
      StackOf(target)->shielded()) {
    Defer(thread, target, std::move(parcel.error));
    return Message::None();
  }
  if (target.state == GreenletState::kUnborn) {
    if (!target.run) ThrowNoRun(target);
    if (!TakeStack(thread, target)) Throw(NoStackError(target));
  }
  Put(thread, me, target, parcel);
  if (&target != named) WaitFor(me, std::move(hold));
  return Transfer(thread, me, target);
}

// Runs the body with what the first switch brought; returns its outcome.
Parcel RunBody(Thread& thread, GreenletRecord& me) {
  Parcel start = Arrive(thread, me);
  Parcel outcome;
#if MICROTHREAD_EXCEPTIONS
  try {
    if (start.error != nullptr) Rethrow(std::move(start.error));
    outcome.message = me.run(std::move(start.message));
  } catch (const GreenletExit&) {
    outcome.message = Message::Exit(std::current_exception());
  } catch (abi::__forced_unwind&) {
    throw;  // The thread is being ended: the C library wants to go on.
  } catch (...) {
    outcome.error = std::current_exception();
  }
#else
  if (start.error == nullptr) {
    outcome.message = me.run(std::move(start.message));
  } else if (Holds<GreenletExit>(start.error)) {
    outcome.message = Message::Exit(std::move(start.error));
  } else {
    outcome.error = std::move(start.error);
  }
#endif
  me.run.Reset();
  TakeDeferred(thread, me);  // too late
  return outcome;
}

// Who inherits what `dead` leaves: the first ancestor that is alive, unless
// that one cannot be switched to from here, because an unborn ancestor was
// moved to another thread or tasklet. Then the main greenlet gets the reason.
GreenletRecord* HeirInReach(Thread& thread, GreenletRecord* dead,
                            Parcel& outcome) {
  GreenletRecord& heir = Resolve(thread, dead, outcome);
#if MICROTHREAD_EXCEPTIONS
  try {
    CheckReach(thread, heir);
  } catch (...) {
    outcome = {Message(), std::current_exception()};
    return &RootOfStrand(thread);
  }
#else
  CheckReach(thread, heir);
#endif
  return &heir;
}

// The first of the dead greenlet's ancestors that can go on, which has been
// given the outcome. One that cannot start leaves the reason to the next.
GreenletRecord& Heir(Thread& thread, GreenletRecord& dead, Parcel outcome) {
  GreenletRecord* target = HeirInReach(thread, &dead, outcome);
  while (target->state == GreenletState::kUnborn) {
    if (target->run && TakeStack(thread, *target)) break;
#if MICROTHREAD_EXCEPTIONS
    try {
      if (!target->run) ThrowNoRun(*target);
      Throw(NoStackError(*target));
    } catch (...) {
      outcome = {Message(), std::current_exception()};
    }
    target = HeirInReach(thread, target->parent.get(), outcome);
#else
    if (!target->run) ThrowNoRun(*target);
    Throw(NoStackError(*target));
#endif
  }
  Put(thread, dead, *target, outcome);
  return *target;
}

// The first function on a greenlet's stack. Nothing that needs a destructor may
// be alive in its frame when it leaves.
void GreenletMain(void* argument) {
  GreenletRecord& me = *static_cast<GreenletRecord*>(argument);
  Thread& thread = *me.thread;
#if MICROTHREAD_SANITIZER
  AfterSwitch(*me.stack);
#endif
  GreenletRecord* heir;
  {
    Parcel outcome = RunBody(thread, me);
    CountAsCurrent(me);
    Bury(me);
    heir = &Heir(thread, me, std::move(outcome));
  }
  UnlistActive(thread, me);
  Stack* stack = std::exchange(me.stack, nullptr);
  heir->state = GreenletState::kRunning;
  thread.current->current = heir;
  Stack* next_stack = StackOf(*heir);
  thread.stacks.Return(stack);
  LeaveStack(heir->context, stack, next_stack);
}

}  // namespace

MICROTHREAD_COLD void AttendToGreenlet(Thread& thread) {
  if ((thread.attention.load() & kAttentionInbox) != 0) DrainInbox(thread);
  GreenletRecord* me = thread.current->current;
  if (me == nullptr || me->deferred == nullptr) return;
  if (!RunningCodeIsShielded(thread)) Rethrow(TakeDeferred(thread, *me));
}

MICROTHREAD_COLD void LandByTheBook(GreenletRecord& me) {
  Ref<GreenletRecord> hold;
  if ((me.landing & kLandTarget) != 0) {
    hold = Ref<GreenletRecord>::Adopt(std::exchange(me.held_target, nullptr));
    PartFromTarget(me);  // so that the next wait is counted, too, if it must be
  } else {
    hold = Ref<GreenletRecord>(me.last_target);
  }
  Parcel parcel = Arrive(*me.thread, me);
  hold = {};  // this may run destructors that switch, so it is done first
  if (parcel.error != nullptr) Rethrow(std::move(parcel.error));
  me.mailbox = std::move(parcel.message);
}

MICROTHREAD_COLD Message ExitInto(Thread& thread, GreenletRecord& me,
                                  GreenletRecord& victim) {
  Parcel parcel;
  if (StackOf(victim)->shielded()) {
    parcel.message = Message::None();
  } else {
    InstallTerminateReport();
    parcel.error = std::make_exception_ptr(GreenletExit());
  }
  Put(thread, me, victim, parcel);
  return Transfer(thread, me, victim);
}

MICROTHREAD_COLD Message SwitchByTheBook(GreenletRecord* target,
                                         Message message) {
  return Deliver(target, {std::move(message), nullptr});
}

Message ThrowInto(GreenletRecord* target, std::exception_ptr error) {
#if !MICROTHREAD_EXCEPTIONS
  if (target != nullptr && target->state == GreenletState::kSuspended &&
      !target->is_root && Holds<GreenletExit>(error)) {
    Thread& thread = CurrentThread();
    CheckReach(thread, *target);
    AskToEnd(thread, *target);
    return Deliver(target, {Message::Exit(std::move(error)), nullptr});
  }
#endif
  InstallTerminateReport();
  return Deliver(target, {Message(), std::move(error)});
}

}  // namespace internal
MICROTHREAD_NAMESPACE_END
