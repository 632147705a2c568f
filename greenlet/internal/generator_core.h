// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// What generators of all types have in common.

#ifndef MICROTHREAD_GREENLET_INTERNAL_GENERATOR_CORE_H_
#define MICROTHREAD_GREENLET_INTERNAL_GENERATOR_CORE_H_

#include <utility>

#include "microthread/greenlet/config.h"
#include "microthread/greenlet/greenlet.h"
#include "microthread/greenlet/internal/greenlet_inl.h"
#include "microthread/greenlet/internal/greenlet_record.h"
#include "microthread/greenlet/internal/thread.h"
#include "microthread/greenlet/internal/type_name.h"

MICROTHREAD_NAMESPACE_BEGIN
namespace internal {

class GeneratorCore {
 public:
  // Of values of `type`.
  explicit GeneratorCore(TypeId type) : type_(type) {}
  GeneratorCore(const GeneratorCore&) = delete;
  GeneratorCore& operator=(const GeneratorCore&) = delete;

  ~GeneratorCore();

  template <class F>
  void Bind(const GreenletOptions& options, F&& body) {
    body_ = Greenlet(options, std::forward<F>(body));
    leaf_ = GreenletAccess::Get(body_);
    leaf_->generator = this;
  }

  // Runs the body up to its first yield, unless that has been done.
  void Start();
  // Runs the body up to its next yield or its end.
  MICROTHREAD_ALWAYS_INLINE void Advance() {
    Thread* const thread = current_thread;
    GreenletRecord* const body = GreenletAccess::Get(body_);
    // The body itself is to go on, for the consumer that it had before.
    if (leaf_ == body && IsOpen(thread, body) &&
        body->parent.get() == thread->current->current &&
        ArePartners(*body->parent, *body)) [[likely]] {
      value_ = nullptr;
      Go(*thread, *body->parent, *body);
    } else {
      AdvanceByTheBook();
    }
  }

  // Suspends the running generator's body and hands the value to the consumer.
  MICROTHREAD_ALWAYS_INLINE static void Yield(void* value, TypeId type) {
    Thread* const thread = current_thread;
    GreenletRecord* me = thread == nullptr ? nullptr : thread->current->current;
    GeneratorCore* const core = me == nullptr ? nullptr : me->generator;
    if (core != nullptr && GreenletAccess::Get(core->body_) == me &&
        core->leaf_ == me && core->type_ == type &&
        IsOpen(thread, me->parent.get()) && ArePartners(*me, *me->parent))
        [[likely]] {
      core->value_ = value;
      Go(*thread, *me, *me->parent);
    } else {
      YieldToLevel(1, value, type);
    }
  }
  // The same for the `level`-th generator upwards.
  static void YieldToLevel(int level, void* value, TypeId type);

  // Runs the body to its end as if it were part of the body of the innermost
  // running generator, to which its yields go from now on.
  void DelegateToCaller();

  // Where the value lies that the body is at; null before the start, while the
  // body runs, and after its end.
  void* value() const { return value_; }
  TypeId type() const { return type_; }

 private:
  // Whether one may switch to `target` just like that, if it is the parent of
  // the running greenlet, or below it.
  static bool IsOpen(const Thread* thread, const GreenletRecord* target) {
    return thread != nullptr && !thread->needs_attention() &&
           target->state == GreenletState::kSuspended;
  }
  MICROTHREAD_ALWAYS_INLINE static void Go(Thread& thread, GreenletRecord& me,
                                           GreenletRecord& target) {
    TransferControl(thread, me, target);
    // Somebody else may have sent something.
    if (!me.mailbox.empty()) [[unlikely]]
      me.mailbox = Message();
  }

  MICROTHREAD_COLD void AdvanceByTheBook();
  void SetLeaf(Ref<GreenletRecord> leaf);
  // Who is to be resumed; afterwards that is the body.
  Ref<GreenletRecord> TakeLeaf();

  TypeId type_;
  void* value_ = nullptr;
  Greenlet body_;
  // Whom Advance() resumes: the body itself, or else a greenlet below it that
  // has yielded, to which a reference is owned then.
  GreenletRecord* leaf_ = nullptr;
};

}  // namespace internal
MICROTHREAD_NAMESPACE_END

#endif  // MICROTHREAD_GREENLET_INTERNAL_GENERATOR_CORE_H_
