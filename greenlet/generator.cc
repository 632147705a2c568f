// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0

#include "microthread/greenlet/generator.h"

#include <string>
#include <utility>

#include "microthread/greenlet/error.h"
#include "microthread/greenlet/internal/generator_core.h"
#include "microthread/greenlet/internal/greenlet_inl.h"
#include "microthread/greenlet/internal/throw.h"
#include "microthread/greenlet/internal/tracing.h"

MICROTHREAD_NAMESPACE_BEGIN
namespace internal {

namespace {

// The `level`-th generator upwards from `me`, which must be of `type`.
GeneratorCore& RunningGenerator(GreenletRecord* me, int level, TypeId type) {
  GeneratorCore* found = nullptr;
  int above = 0;
  for (GreenletRecord* at = me; at != nullptr && above < level;
       at = at->parent.get()) {
    // Bodies that delegate to each other count as one.
    if (at->generator == nullptr || at->generator == found) continue;
    found = at->generator;
    ++above;
  }
  if (above < level || level < 1) {
    Throw(YieldError("Yield of " + std::string(*type) + " to level " +
                     std::to_string(level) + " in " + DescribeGreenlet(*me) +
                     ": " + std::to_string(above) +
                     " generators are running here; call it from the body of "
                     "a Generator"));
  }
  if (found->type() != type) {
    Throw(YieldError("Yield of " + std::string(*type) + " in a generator of " +
                     std::string(*found->type()) +
                     ": yield exactly the generator's type, for instance by a "
                     "cast"));
  }
  return *found;
}

}  // namespace

GeneratorCore::~GeneratorCore() {
  GreenletRecord* body = GreenletAccess::Get(body_);
  if (body == nullptr) return;
  // The body may outlive the generator, in the hands of somebody else.
  body->generator = nullptr;
  SetLeaf(Ref<GreenletRecord>(body));
  // Not left to the last handle: bodies that wait for each other's values keep
  // each other alive, the outer one by its frames, the inner by its parent. But
  // who is below the body returns to it, and is not made its parent meanwhile.
  Thread& thread = CurrentThread();
  if (body->state == GreenletState::kSuspended && body->thread == &thread &&
      !IsTracerRunning(thread) && !IsAncestor(body, thread.current->current)) {
    AskToEnd(thread, *body);
  }
}

void GeneratorCore::Start() {
  if (!body_.started()) AdvanceByTheBook();
}

void GeneratorCore::SetLeaf(Ref<GreenletRecord> leaf) {
  GreenletRecord* const body = GreenletAccess::Get(body_);
  Ref<GreenletRecord> old;  // released last: that may unwind it
  if (leaf_ != body) old = Ref<GreenletRecord>::Adopt(leaf_);
  leaf_ = leaf.get() == body ? body : leaf.Release();
}

Ref<GreenletRecord> GeneratorCore::TakeLeaf() {
  GreenletRecord* const body = GreenletAccess::Get(body_);
  if (leaf_ == body) return Ref<GreenletRecord>(body);
  return Ref<GreenletRecord>::Adopt(std::exchange(leaf_, body));
}

MICROTHREAD_COLD void GeneratorCore::AdvanceByTheBook() {
  value_ = nullptr;
  if (body_.dead()) return;
  GreenletRecord* body = GreenletAccess::Get(body_);
  GreenletRecord* me = &CurrentGreenlet(CurrentThread());
  if (IsAncestor(body, me)) {
    Throw(YieldError(
        DescribeGreenlet(*body) +
        " is the body of a generator that is running already: it cannot be "
        "advanced from within"));
  }
  Ref<GreenletRecord> leaf = TakeLeaf();
  const Ref<GreenletRecord> hold(body);
#if MICROTHREAD_EXCEPTIONS
  try {
    if (body->parent.get() != me) SetParent(body, me);
    (void)SwitchTo(leaf.get(), Message());
  } catch (...) {
    // If nothing has moved, it can be tried again; unless the generator was
    // destroyed meanwhile.
    if (!leaf->dead() && body->generator == this) SetLeaf(std::move(leaf));
    throw;
  }
#else
  if (body->parent.get() != me) SetParent(body, me);
  (void)SwitchTo(leaf.get(), Message());
#endif
}

void GeneratorCore::YieldToLevel(int level, void* value, TypeId type) {
  GreenletRecord* me = &CurrentGreenlet(CurrentThread());
  GeneratorCore& generator = RunningGenerator(me, level, type);
  const Ref<GreenletRecord> body(GreenletAccess::Get(generator.body_));
  generator.value_ = value;
  // This may unwind the former leaf, and whatever that does takes its time.
  generator.SetLeaf(Ref<GreenletRecord>(me));
  (void)SwitchTo(body->parent.get(), Message());
}

void GeneratorCore::DelegateToCaller() {
  GreenletRecord* me = &CurrentGreenlet(CurrentThread());
  GeneratorCore& outer = RunningGenerator(me, 1, type_);
  if (body_.dead()) return;
  // A yield looks upwards for the first body of a generator, and asks that
  // whose body it is: this one's from now on counts as the outer one's.
  GreenletRecord* body = GreenletAccess::Get(body_);
  body->generator = &outer;
  SetParent(body, me);
  const Ref<GreenletRecord> leaf = TakeLeaf();
  (void)SwitchTo(leaf.get(), Message());
}

}  // namespace internal
MICROTHREAD_NAMESPACE_END
