// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// The short path of a switch between greenlets, compiled into the caller.

#ifndef MICROTHREAD_GREENLET_INTERNAL_GREENLET_INL_H_
#define MICROTHREAD_GREENLET_INTERNAL_GREENLET_INL_H_

#include <new>
#include <type_traits>
#include <utility>

#include "microthread/greenlet/config.h"
#include "microthread/greenlet/internal/greenlet_record.h"
#include "microthread/greenlet/internal/partners.h"
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

// The part of a landing that is needed if there is more than a message: leaves
// that in the mailbox, or throws what has arrived instead.
MICROTHREAD_COLD void LandByTheBook(GreenletRecord& me);

// Leaves `me` for its partner `target`, which has been given what it is resumed
// with; both are of the running strand. Returns when `me` is resumed, with what
// lies in the mailbox then, or throws what it is resumed with. (Afterwards it
// does not look at `target` again: what is alive across a switch lies in
// memory, and the switch itself would read it from there.)
MICROTHREAD_ALWAYS_INLINE void TransferControl(Thread& thread,
                                               GreenletRecord& me,
                                               GreenletRecord& target) {
  me.state = GreenletState::kSuspended;
  target.state = GreenletState::kRunning;
  thread.current->current = &target;
  SwitchStacks(
      thread, me.context, target.context, [&] { return StackOf(me); },
      [&] { return StackOf(target); });
  if (me.landing != 0) [[unlikely]]
    LandByTheBook(me);
}

// The same, and takes the message.
MICROTHREAD_ALWAYS_INLINE Message Transfer(Thread& thread, GreenletRecord& me,
                                           GreenletRecord& target) {
  TransferControl(thread, me, target);
  return std::move(me.mailbox);
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

// Whether `me`, which runs, and `target`, which is suspended under the same
// root, are partners now.
MICROTHREAD_ALWAYS_INLINE bool ArePartners(GreenletRecord& me,
                                           GreenletRecord& target) {
  if (target.last_switcher == &me) [[likely]]
    return true;
  return MayBecomePartners(me, target);
}

// Whether the running greenlet may switch to `target` just like that. If so, it
// is left in `me`, and the two are partners.
MICROTHREAD_ALWAYS_INLINE bool IsNear(const Thread* thread,
                                      GreenletRecord* target,
                                      GreenletRecord*& me) {
  if (thread == nullptr || target == nullptr || thread->needs_attention() ||
      target->state != GreenletState::kSuspended) [[unlikely]] {
    return false;
  }
  const Strand& strand = *thread->current;
  // A root exists where a greenlet has started; if it is of another thread or
  // tasklet, it is not ours.
  if (RootOf(target) != strand.root) [[unlikely]]
    return false;
  me = strand.current;
  return ArePartners(*me, *target);
}

MICROTHREAD_ALWAYS_INLINE Message SwitchTo(GreenletRecord* target,
                                           Message&& message) {
  Thread* const thread = current_thread;
  GreenletRecord* me;
  if (!IsNear(thread, target, me)) [[unlikely]]
    return SwitchByTheBook(target, std::move(message));
  target->mailbox = std::move(message);
  return Transfer(*thread, *me, *target);
}

// The same with values that are yet to be packed.
template <class... Values>
MICROTHREAD_ALWAYS_INLINE Message SwitchToWith(GreenletRecord* target,
                                               Values&&... values) {
  if constexpr ((std::is_trivially_copyable_v<std::decay_t<Values>> && ...)) {
    Thread* const thread = current_thread;
    GreenletRecord* me;
    if (!IsNear(thread, target, me)) [[unlikely]] {
      return SwitchByTheBook(target, Message(std::forward<Values>(values)...));
    }
    // Packed in the mailbox, which is empty: each hop through memory costs as
    // much as the bare switch.
    ::new (&target->mailbox) Message(std::forward<Values>(values)...);
    return Transfer(*thread, *me, *target);
  } else {
    // Copying and moving these may do anything, so it is done first.
    return SwitchTo(target, Message(std::forward<Values>(values)...));
  }
}

}  // namespace internal
MICROTHREAD_NAMESPACE_END

#endif  // MICROTHREAD_GREENLET_INTERNAL_GREENLET_INL_H_
