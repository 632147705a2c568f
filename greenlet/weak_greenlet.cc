// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0

#include "microthread/greenlet/weak_greenlet.h"

#include "microthread/greenlet/error.h"
#include "microthread/greenlet/internal/greenlet_inl.h"
#include "microthread/greenlet/internal/throw.h"

MICROTHREAD_NAMESPACE_BEGIN

using internal::GreenletAccess;
using internal::GreenletRecord;
using internal::Ref;
using internal::WeakLink;

namespace {

void RequireMaker(const GreenletRecord& greenlet) {
  if (greenlet.maker == internal::current_token) return;
  internal::Throw(WrongThreadError(
      internal::DescribeGreenlet(greenlet) +
      " was made by another thread: weak handles to it work only there"));
}

}  // namespace

WeakGreenlet::WeakGreenlet(const Greenlet& greenlet) {
  GreenletRecord* record = GreenletAccess::Get(greenlet);
  if (record == nullptr) return;
  RequireMaker(*record);
  if (!record->weak) {
    record->weak = Ref<WeakLink>::Adopt(new WeakLink(*record));
  }
  link_ = record->weak;
}

Greenlet WeakGreenlet::Lock() const {
  if (!link_ || link_->record == nullptr) return Greenlet();
  GreenletRecord& record = *link_->record;
  RequireMaker(record);
  if (!record.TryAddReference(internal::current_token)) return Greenlet();
  return GreenletAccess::Make<Greenlet>(Ref<GreenletRecord>::Adopt(&record));
}

MICROTHREAD_NAMESPACE_END
