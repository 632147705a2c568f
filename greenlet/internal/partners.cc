// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0

#include "microthread/greenlet/internal/partners.h"

#include <utility>

#include "microthread/greenlet/internal/greenlet_record.h"
#include "microthread/greenlet/internal/thread.h"

MICROTHREAD_NAMESPACE_BEGIN
namespace internal {
namespace {

// Not counting those who own a reference.
bool IsWaitedFor(const GreenletRecord& greenlet) {
  const GreenletRecord* const switcher = greenlet.last_switcher;
  return switcher != nullptr && switcher->state == GreenletState::kSuspended &&
         (switcher->landing & kLandTarget) == 0;
}

// If it is waited for, that is counted from now on.
void PartFromSwitcher(GreenletRecord& target) {
  GreenletRecord* const switcher = target.last_switcher;
  if (switcher == nullptr) return;
  // A root is kept by its strand.
  if (IsWaitedFor(target) && !target.is_root) {
    WaitFor(*switcher, Ref<GreenletRecord>(&target));
  }
  PartFromTarget(*switcher);
}

}  // namespace

void PartFromTarget(GreenletRecord& switcher) {
  if (switcher.last_target == nullptr) return;
  switcher.last_target->last_switcher = nullptr;
  switcher.last_target = nullptr;
}

void BecomePartners(GreenletRecord& me, GreenletRecord& target) {
  PartFromSwitcher(target);
  PartFromTarget(me);
  me.last_target = &target;
  target.last_switcher = &me;
  if (me.current_is_counted) {
    me.current_is_counted = false;
    target.landing |= kLandOrigin;
  }
  if (target.IsOwnedBy(current_token) || target.is_root) return;
  CountAsCurrent(target);
  if (!me.dead()) WaitFor(me, Ref<GreenletRecord>(&target));
}

void WaitFor(GreenletRecord& me, Ref<GreenletRecord> named) {
  me.landing |= kLandTarget;
  Ref<GreenletRecord>::Adopt(std::exchange(me.held_target, named.Release()));
}

MICROTHREAD_NOINLINE bool MayBecomePartners(GreenletRecord& me,
                                            GreenletRecord& target) {
  if (target.thread != me.thread) return false;
  BecomePartners(me, target);
  return true;
}

void PartFromPartners(GreenletRecord& greenlet) {
  PartFromSwitcher(greenlet);
  PartFromTarget(greenlet);
}

void CountAsCurrent(GreenletRecord& greenlet) {
  if (greenlet.current_is_counted) return;
  greenlet.AddReference(current_token);
  greenlet.current_is_counted = true;
  PartFromTarget(greenlet);  // so that its next switch looks at this
}

void CountSwitches(GreenletRecord& greenlet) {
  if (greenlet.thread != current_thread || greenlet.is_root) return;
  if (!greenlet.active() || !greenlet.IsOwnedBy(current_token)) return;
  if (greenlet.state == GreenletState::kRunning) CountAsCurrent(greenlet);
  PartFromSwitcher(greenlet);
}

bool LivesBySwitch(GreenletRecord& greenlet) {
  const bool runs = greenlet.state == GreenletState::kRunning;
  if (!runs && !IsWaitedFor(greenlet)) return false;
  greenlet.Revive(current_token);
  if (runs) {
    CountAsCurrent(greenlet);
  } else {
    PartFromSwitcher(greenlet);
  }
  (void)greenlet.DropReference(current_token);
  return true;
}

}  // namespace internal
MICROTHREAD_NAMESPACE_END
