// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// Who lives because of a switch. Two greenlets do, without a reference that is
// counted, since counting would take a third of the switch:
//
//   * the running one (`strand.current` refers to it), and
//   * the one that somebody has switched to and waits for: the caller's
//     operation is on it, even if the caller's handle is gone.
//
// So it is looked for when the last counted reference is dropped, and if there
// is such a reason, it is counted from then on. For the second reason one must
// find who waits: that is the *partner*. After `a` has switched to `b`,
// `a.last_target` is `b` and `b.last_switcher` is `a`, until one of the two
// finds another partner or ends; then `a`, if it still waits, gets a counted
// reference instead. A greenlet that is suspended with a `last_target` waits
// for that one. A pair that switches to and fro stays two pairs of partners,
// and has nothing to do for it.
//
// All this is for greenlets whose references are counted by the thread that
// runs them: only then nobody else can find them dead. With others both reasons
// are counted at every switch.

#ifndef MICROTHREAD_GREENLET_INTERNAL_PARTNERS_H_
#define MICROTHREAD_GREENLET_INTERNAL_PARTNERS_H_

#include "microthread/greenlet/config.h"
#include "microthread/greenlet/internal/ref_count.h"

MICROTHREAD_NAMESPACE_BEGIN
namespace internal {

struct GreenletRecord;

// `me`, which runs, or has ended just now, is about to switch to `target`.
void BecomePartners(GreenletRecord& me, GreenletRecord& target);

// The same for a `target` that is suspended under the same root as `me`.
// Returns false, and changes nothing, if another thread runs it: an unborn
// ancestor was moved here.
MICROTHREAD_NOINLINE bool MayBecomePartners(GreenletRecord& me,
                                            GreenletRecord& target);

// `me` owns `named` while it waits, and does not keep its partner: who is named
// is kept, not who takes the switch because that one is dead.
void WaitFor(GreenletRecord& me, Ref<GreenletRecord> named);

// `greenlet` ends, and waits for nobody.
void PartFromPartners(GreenletRecord& greenlet);

// For a switcher that does not wait.
void PartFromTarget(GreenletRecord& switcher);

// A running greenlet has a counted reference from now on, which it passes on to
// whom it switches to next: at the latest, when it ends.
void CountAsCurrent(GreenletRecord& greenlet);

// Both reasons are counted from now on, if there are any.
void CountSwitches(GreenletRecord& greenlet);

// The last counted reference to an active greenlet of this thread has been
// dropped. Returns whether it lives on because of a switch.
bool LivesBySwitch(GreenletRecord& greenlet);

}  // namespace internal
MICROTHREAD_NAMESPACE_END

#endif  // MICROTHREAD_GREENLET_INTERNAL_PARTNERS_H_
