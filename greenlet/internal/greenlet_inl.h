// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// The short path of a switch between greenlets, compiled into the caller.

#ifndef MICROTHREAD_GREENLET_INTERNAL_GREENLET_INL_H_
#define MICROTHREAD_GREENLET_INTERNAL_GREENLET_INL_H_

#include <utility>

#include "microthread/greenlet/config.h"
#include "microthread/greenlet/internal/greenlet_record.h"
#include "microthread/greenlet/internal/switch_inl.h"
#include "microthread/greenlet/internal/thread.h"
#include "microthread/greenlet/message.h"

MICROTHREAD_NAMESPACE_BEGIN

class Greenlet;

namespace internal {

// How the layers of the library get at the record behind a handle.
struct GreenletAccess {
  template <class G>
  static GreenletRecord* Get(const G& greenlet) {
    return greenlet.record_.get();
  }
  template <class G = Greenlet>
  static G Make(GreenletRecord* record) {
    return Make<G>(Ref<GreenletRecord>(record));
  }
  template <class G = Greenlet>
  static G Make(Ref<GreenletRecord> record) {
    return G(std::move(record));
  }
};

inline Stack* StackOf(const GreenletRecord& greenlet) {
  return greenlet.is_root ? greenlet.strand->stack : greenlet.stack;
}

inline Stack* StackInUse(const Strand& strand) {
  return strand.current == nullptr ? strand.stack : StackOf(*strand.current);
}

// The end of the chain of parents.
inline GreenletRecord* RootOf(GreenletRecord* greenlet) {
  while (greenlet->parent) greenlet = greenlet->parent.get();
  return greenlet;
}

// Landing when there is more to do than to take a message.
MICROTHREAD_COLD Message LandByTheBook(GreenletRecord& me,
                                       GreenletRecord& target);
MICROTHREAD_COLD void ReleaseOrigin(GreenletRecord* origin);

// Leaves `me` for `target`, which has been given what it is resumed with; both
// are of the running strand. Returns what `me` is resumed with, or throws it.
MICROTHREAD_ALWAYS_INLINE Message Transfer(Thread& thread, GreenletRecord& me,
                                           GreenletRecord& target) {
  // One is owned by this operation, the other by strand.current.
  target.AddReferences(thread.token, 2);
  me.state = GreenletState::kSuspended;
  target.state = GreenletState::kRunning;
  thread.current->current = &target;
  thread.origin = &me;
  SwitchStacks(
      thread, me.context, target.context, [&] { return StackOf(me); },
      [&] { return StackOf(target); });
  if (me.landing != 0) [[unlikely]] {
    return LandByTheBook(me, target);
  }
  // Taken first: what follows may run destructors that switch.
  Message message = std::move(me.mailbox);
  GreenletRecord* origin = thread.origin;
  if (origin->DropReference(thread.token)) [[unlikely]] {
    ReleaseOrigin(origin);
  }
  if (target.DropReference(thread.token)) [[unlikely]] {
    target.Unreferenced();
  }
  return message;
}

// What the running greenlet does first when attention is asked for: settles
// what others left, and throws what could not be thrown into it before.
MICROTHREAD_COLD void AttendToGreenlet(Thread& thread);

// Resumes `victim` by an exit; or with nothing, if it must not be thrown into
// and nobody else could resume it.
MICROTHREAD_COLD Message ExitInto(Thread& thread, GreenletRecord& me,
                                  GreenletRecord& victim);

// A switch by the book: for targets that are unborn, dead, current or wrong.
MICROTHREAD_COLD Message SwitchByTheBook(GreenletRecord* target,
                                         Message message);
Message ThrowInto(GreenletRecord* target, std::exception_ptr error);

MICROTHREAD_ALWAYS_INLINE Message SwitchTo(GreenletRecord* target,
                                           Message&& message) {
  Thread* thread = current_thread;
  if (thread != nullptr && target != nullptr && !thread->needs_attention() &&
      target->state == GreenletState::kSuspended) [[likely]] {
    const Strand& strand = *thread->current;
    // A root exists where a greenlet has started; if it is of another thread or
    // tasklet, it is not ours.
    if (strand.current != nullptr && RootOf(target) == strand.root) [[likely]] {
      target->mailbox = std::move(message);
      return Transfer(*thread, *strand.current, *target);
    }
  }
  return SwitchByTheBook(target, std::move(message));
}

}  // namespace internal
MICROTHREAD_NAMESPACE_END

#endif  // MICROTHREAD_GREENLET_INTERNAL_GREENLET_INL_H_
