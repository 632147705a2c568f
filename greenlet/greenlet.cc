// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0

#include "microthread/greenlet/greenlet.h"

#include <ostream>
#include <string>
#include <string_view>
#include <utility>

#include "microthread/greenlet/error.h"
#include "microthread/greenlet/internal/greenlet_inl.h"
#include "microthread/greenlet/internal/greenlet_record.h"
#include "microthread/greenlet/internal/inspect.h"
#include "microthread/greenlet/internal/throw.h"

MICROTHREAD_NAMESPACE_BEGIN

using internal::CurrentThread;
using internal::GreenletAccess;
using internal::GreenletRecord;
using internal::Thread;

Greenlet Greenlet::Current() {
  Thread& thread = CurrentThread();
  if (thread.needs_attention()) internal::DrainInbox(thread);
  return GreenletAccess::Make<Greenlet>(&internal::CurrentGreenlet(thread));
}

Greenlet Greenlet::Main() {
  return GreenletAccess::Make<Greenlet>(
      &internal::RootOfStrand(CurrentThread()));
}

Message Greenlet::Throw(std::exception_ptr error) const {
  if (record_) {
    internal::RequireException(error, *record_, internal::DescribeGreenlet);
  }
  return internal::ThrowInto(record_.get(), std::move(error));
}

Message Greenlet::Kill() const {
  return Throw(std::make_exception_ptr(GreenletExit()));
}

bool Greenlet::dead() const { return record_ && record_->dead(); }
bool Greenlet::active() const { return record_ && record_->active(); }
bool Greenlet::started() const {
  return record_ && record_->state != GreenletState::kUnborn;
}

bool Greenlet::is_main() const {
  return record_ && record_->is_root && record_->strand != nullptr;
}

bool Greenlet::is_current() const {
  return record_ && record_.get() == CurrentThread().current->current;
}

Greenlet Greenlet::parent() const {
  return record_ ? GreenletAccess::Make<Greenlet>(record_->parent.get())
                 : Greenlet();
}

void Greenlet::set_parent(const Greenlet& parent) const {
  internal::SetParent(record_.get(), parent.record_.get());
}

std::string_view Greenlet::name() const {
  return record_ ? std::string_view(record_->name) : std::string_view();
}

GreenletState Greenlet::state() const {
  return record_ ? record_->state.load() : GreenletState::kDead;
}

bool Greenlet::has_run() const { return record_ && !started() && record_->run; }

size_t Greenlet::stack_size() const {
  return record_ && record_->stack ? record_->stack->size() : 0;
}

size_t Greenlet::stack_high_water() const {
  return record_ && record_->stack ? internal::HighWater(*record_->stack) : 0;
}

size_t Greenlet::Backtrace(std::span<void*> addresses) const {
  if (!record_ || record_->state != GreenletState::kSuspended) return 0;
  if (record_->thread != internal::current_thread) {
    internal::Throw(WrongThreadError(
        internal::DescribeGreenlet(*record_) +
        " belongs to another thread: ask for its backtrace there"));
  }
  return internal::BacktraceOf(record_->context, addresses);
}

ContextMap Greenlet::context() const {
  return internal::ContextOf(record_.get());
}

void Greenlet::set_context(ContextMap context) const {
  internal::ContextOf(record_.get());
  record_->values = std::move(context);
}

std::ostream& operator<<(std::ostream& out, const Greenlet& greenlet) {
  const GreenletRecord* record = GreenletAccess::Get(greenlet);
  if (record == nullptr) return out << "no greenlet";
  constexpr const char* kStates[] = {"unborn", "suspended", "active", "dead"};
  return out << internal::DescribeGreenlet(*record) << " ("
             << (greenlet.is_current()
                     ? "current"
                     : kStates[static_cast<int>(greenlet.state())])
             << ")";
}

namespace internal {

void CheckPackSize(const Message& message, size_t size) {
  if (message.size() == size && !message.none() && !message.is_exit()) return;
  Throw(MessageError("a greenlet whose function takes " + std::to_string(size) +
                     (size == 1 ? " value" : " values") + " was started with " +
                     message.Describe() +
                     ": the first switch must send exactly its parameters"));
}

}  // namespace internal

MICROTHREAD_NAMESPACE_END

size_t std::hash<microthread::Greenlet>::operator()(
    const microthread::Greenlet& greenlet) const noexcept {
  return std::hash<const void*>()(
      microthread::internal::GreenletAccess::Get(greenlet));
}
