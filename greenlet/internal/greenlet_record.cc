// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// The life of a greenlet record: made, re-parented, unwound, freed.

#include "microthread/greenlet/internal/greenlet_record.h"

#include <sched.h>

#include <cstdio>
#include <string>
#include <string_view>
#include <utility>

#include "microthread/greenlet/error.h"
#include "microthread/greenlet/internal/greenlet_inl.h"
#include "microthread/greenlet/internal/partners.h"
#include "microthread/greenlet/internal/thread.h"
#include "microthread/greenlet/internal/throw.h"
#include "microthread/greenlet/internal/tracing.h"

MICROTHREAD_NAMESPACE_BEGIN
namespace internal {
namespace {

// How often an abandoned greenlet is asked to end.
constexpr int kMaxExits = 10;

constexpr CountedKind kGreenletKind = {
    [](Counted* object) {
      static_cast<GreenletRecord*>(object)->Unreferenced();
    },
    [](Counted* object) {
      CountSwitches(*static_cast<GreenletRecord*>(object));
    }};

// Unwinds a suspended greenlet that nobody refers to. Returns false if it is
// referred to again: it lives on.
bool UnwindAbandoned(Thread& thread, GreenletRecord& victim) {
  for (int i = 0; i < kMaxExits; ++i) {
    victim.Revive(thread.token);
    AskToEnd(thread, victim);
    if (!victim.DropReference(thread.token)) return false;
    if (victim.active() && LivesBySwitch(victim)) return false;
    if (victim.state != GreenletState::kSuspended) return true;
  }
  Die(DescribeGreenlet(victim) + " was dropped while suspended and refused " +
      std::to_string(kMaxExits) +
      " times to end: let GreenletExit leave its function");
}

}  // namespace

GreenletRecord::GreenletRecord(Thread& thread_made_on)
    : Counted(thread_made_on.token, kGreenletKind),
      maker(thread_made_on.token),
      id(thread_made_on.NewId()) {}

GreenletRecord::~GreenletRecord() = default;

void GreenletRecord::Unreferenced() {
  // A loop, for a chain of parents may be as long as the program likes.
  GreenletRecord* last = this;
  while (last != nullptr && last->End()) {
    // Released when the record is gone, for that may in turn unwind the parent.
    GreenletRecord* above = last->parent.Release();
    delete last;
    last = above != nullptr && above->DropReference(current_token) ? above
                                                                   : nullptr;
  }
}

bool GreenletRecord::End() {
  // Its own thread may be ending, and just taking it up.
  const bool foreign = thread != nullptr && thread != current_thread;
  if (foreign && !MergeLastLocal()) return false;
  if (!foreign && active() && LivesBySwitch(*this)) return false;
  // Only its own thread may unwind it, or say that it still runs, and no tracer
  // may switch.
  if (active() && (foreign || IsTracerRunning(*thread)) &&
      HandOver(thread->token)) {
    return false;
  }
  if (state == GreenletState::kSuspended && !UnwindAbandoned(*thread, *this)) {
    return false;
  }
  if (weak) {
    // It is looked at by the maker only, who may just be doing so.
    if (maker != current_token && (!MergeLastLocal() || HandOver(maker))) {
      return false;
    }
    weak->record = nullptr;
  }
  if (!is_root) CurrentThread().live_greenlets -= 1;
  return true;
}

std::string DescribeStrand(const Strand& strand) {
  return Quote("tasklet", strand.name(), strand.id);
}

std::string DescribeGreenlet(const GreenletRecord& greenlet) {
  if (!greenlet.is_root) return Quote("greenlet", greenlet.name, greenlet.id);
  if (greenlet.strand == nullptr)
    return "the main greenlet of an ended tasklet";
  return "the main greenlet of " + DescribeStrand(*greenlet.strand);
}

#if MICROTHREAD_EXCEPTIONS
void AskToEnd(Thread& thread, GreenletRecord& victim) {
  GreenletRecord& me = CurrentGreenlet(thread);
  // The caller is the parent meanwhile, so that control comes back here.
  Ref<GreenletRecord> parent =
      std::exchange(victim.parent, Ref<GreenletRecord>(&me));
  try {
    (void)ExitInto(thread, me, victim);
  } catch (...) {
    std::fprintf(stderr,
                 "microthread: an exception left %s while it was unwound: %s\n",
                 DescribeGreenlet(victim).c_str(),
                 DescribeException(std::current_exception()).c_str());
  }
  // Whoever ran meanwhile may have given it another parent, or have put the
  // old one below it.
  if (victim.parent.get() == &me && !IsAncestor(&victim, parent.get())) {
    victim.parent = std::move(parent);
  }
}
#else
void AskToEnd(Thread& thread, GreenletRecord& victim) {
  WarnOfAbandoned(DescribeGreenlet(victim));
  Bury(victim);
  UnlistActive(thread, victim);
  thread.stacks.Return(std::exchange(victim.stack, nullptr));
  victim.run.Reset();
}
#endif

void Bury(GreenletRecord& greenlet) {
  greenlet.state = GreenletState::kDead;
  PartFromPartners(greenlet);
}

void ListActive(Thread& thread, GreenletRecord& greenlet) {
  greenlet.next_active = thread.active;
  if (thread.active != nullptr) thread.active->prev_active = &greenlet;
  thread.active = &greenlet;
}

void UnlistActive(Thread& thread, GreenletRecord& greenlet) {
  (greenlet.prev_active == nullptr ? thread.active
                                   : greenlet.prev_active->next_active) =
      greenlet.next_active;
  if (greenlet.next_active != nullptr) {
    greenlet.next_active->prev_active = greenlet.prev_active;
  }
  greenlet.next_active = greenlet.prev_active = nullptr;
}

void RequireUnborn(const GreenletRecord* greenlet) {
  if (greenlet == nullptr) {
    Throw(EmptyHandleError(
        "set_run: the handle is empty: there is no greenlet behind it"));
  }
  if (greenlet->state == GreenletState::kUnborn) return;
  Throw(AlreadyStartedError(DescribeGreenlet(*greenlet) +
                            " has started: its function cannot be changed any "
                            "more; make a new greenlet"));
}

void ForgetRunning(Thread& thread, std::exception_ptr error) {
  Strand& strand = *thread.current;
  GreenletRecord* gone = strand.current;
  if (gone == strand.root) return;
  GreenletRecord& root = *strand.root;
  CountAsCurrent(*gone);
  Bury(*gone);
  BecomePartners(*gone, root);
  UnlistActive(thread, *gone);
  thread.stacks.Return(std::exchange(gone->stack, nullptr));
  strand.current = &root;
  root.state = GreenletState::kRunning;
  root.error = std::move(error);
  root.landing |= kLandError;
}

Ref<GreenletRecord> NewGreenlet(std::string_view name, size_t stack_size,
                                size_t guard_size, GreenletRecord* parent) {
  if (parent == nullptr) {
    Throw(EmptyHandleError(
        "a greenlet's parent is an empty handle: give it an existing greenlet, "
        "or none for the current one"));
  }
  Thread& thread = CurrentThread();
  auto greenlet = Ref<GreenletRecord>::Adopt(new GreenletRecord(thread));
  thread.live_greenlets += 1;
  greenlet->name = name;
  greenlet->stack_size = stack_size;
  greenlet->guard_size = guard_size;
  greenlet->parent = Ref<GreenletRecord>(parent);
  return greenlet;
}

GreenletRecord& RootOfStrand(Thread& thread) {
  Strand& strand = *thread.current;
  if (strand.root == nullptr) {
    auto* root = new GreenletRecord(thread);
    root->state = GreenletState::kRunning;
    root->is_root = true;
    root->strand = &strand;
    root->thread = &thread;
    strand.root = strand.current = root;
  }
  return *strand.root;
}

GreenletRecord& CurrentGreenlet(Thread& thread) {
  RootOfStrand(thread);
  return *thread.current->current;
}

void EndStrand(Thread& thread, Strand& strand) {
  GreenletRecord* root = std::exchange(strand.root, nullptr);
  if (root == nullptr) return;
  strand.current = nullptr;
  Bury(*root);
  root->strand = nullptr;
  if (root->DropReference(thread.token)) root->Unreferenced();
}

namespace {

// One of the active greenlets; empty if others have found all of them dead.
Ref<GreenletRecord> NextVictim(Thread& thread) {
  for (GreenletRecord* g = thread.active; g != nullptr; g = g->next_active) {
    if (g->TryAddReference(thread.token)) return Ref<GreenletRecord>::Adopt(g);
  }
  return {};
}

// What runs is the thread's own code again, and will not return from the switch
// in which the root waits, if it does.
void BecomeRoot(Thread& thread) {
  GreenletRecord* const root = thread.current->root;
  if (root == nullptr || root == thread.current->current) return;
  root->state = GreenletState::kRunning;
  ForgetRunning(thread, nullptr);
  const auto gone = Ref<GreenletRecord>::Adopt(root->last_switcher);
  PartFromPartners(*gone);
  root->landing = 0;
  const auto held =
      Ref<GreenletRecord>::Adopt(std::exchange(root->held_target, nullptr));
}

}  // namespace

void EndGreenletsOfThread(Thread& thread) {
  BecomeRoot(thread);
  while (thread.active != nullptr) {
    const Ref<GreenletRecord> victim = NextVictim(thread);
    if (!victim) {
      // Other threads have found them dead and will hand them over any moment.
      sched_yield();
      DrainInbox(thread);
      continue;
    }
    for (int i = 0; victim->active(); ++i) {
      if (i == kMaxExits) {
        Die(DescribeGreenlet(*victim) + " refused " + std::to_string(i) +
            " times to end at the end of its thread: let GreenletExit leave "
            "its function");
      }
      AskToEnd(thread, *victim);
    }
  }
  GreenletRecord* root = thread.current->root;
  if (root != nullptr) root->thread = nullptr;  // nobody can switch here again
  EndStrand(thread, *thread.current);
}

bool IsAncestor(const GreenletRecord* ancestor, const GreenletRecord* of) {
  for (; of != nullptr; of = of->parent.get()) {
    if (of == ancestor) return true;
  }
  return false;
}

void SetParent(GreenletRecord* greenlet, GreenletRecord* parent) {
  if (greenlet == nullptr || parent == nullptr) {
    Throw(EmptyHandleError(
        "set_parent: the handle is empty: both greenlets must exist"));
  }
  if (greenlet->is_root) {
    Throw(MainGreenletError(DescribeGreenlet(*greenlet) +
                            " cannot have a parent: it is a root"));
  }
  if (IsAncestor(greenlet, parent)) {
    Throw(ParentCycleError(DescribeGreenlet(*parent) +
                           " cannot be the parent of " +
                           DescribeGreenlet(*greenlet) +
                           ": it is that greenlet or one of its descendants"));
  }
  GreenletRecord* from = RootOf(greenlet);
  GreenletRecord* to = RootOf(parent);
  if (from != to && greenlet->state != GreenletState::kUnborn) {
    if (to->thread != greenlet->thread) {
      Throw(WrongThreadError(
          DescribeGreenlet(*parent) + " cannot be the parent of " +
          DescribeGreenlet(*greenlet) +
          ": it belongs to another thread, and a greenlet that has started "
          "stays on its own"));
    }
    if (from->strand != nullptr &&
        IsAncestor(greenlet, from->strand->current)) {
      Throw(WrongTaskletError(
          DescribeGreenlet(*greenlet) + " is active in " +
          DescribeStrand(*from->strand) + " and cannot be moved to " +
          (to->strand == nullptr ? "an ended tasklet"
                                 : DescribeStrand(*to->strand)) +
          ": wait until it has switched away"));
    }
  }
  // The old parent is released last: that may unwind it.
  Ref<GreenletRecord> hold(greenlet);
  std::exchange(greenlet->parent, Ref<GreenletRecord>(parent));
}

}  // namespace internal
MICROTHREAD_NAMESPACE_END
