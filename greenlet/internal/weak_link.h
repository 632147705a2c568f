// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// What a greenlet and the weak handles to it share, made at the first of them.

#ifndef MICROTHREAD_GREENLET_INTERNAL_WEAK_LINK_H_
#define MICROTHREAD_GREENLET_INTERNAL_WEAK_LINK_H_

#include "microthread/greenlet/config.h"
#include "microthread/greenlet/internal/ref_count.h"
#include "microthread/greenlet/internal/thread.h"

MICROTHREAD_NAMESPACE_BEGIN
namespace internal {

struct GreenletRecord;

struct WeakLink : Counted {
  explicit WeakLink(GreenletRecord& target)
      : Counted(CurrentThread().token, kKind), record(&target) {}

  void Unreferenced() { delete this; }

  GreenletRecord* record;  // null when the greenlet is gone

 private:
  static void Delete(Counted* link) { delete static_cast<WeakLink*>(link); }
  static constexpr CountedKind kKind = {&Delete};
};

}  // namespace internal
MICROTHREAD_NAMESPACE_END

#endif  // MICROTHREAD_GREENLET_INTERNAL_WEAK_LINK_H_
