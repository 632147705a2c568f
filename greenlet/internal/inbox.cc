// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0

#include "microthread/greenlet/internal/inbox.h"

#include <mutex>

MICROTHREAD_NAMESPACE_BEGIN
namespace internal {

bool Inbox::Post(Letter& letter, ThreadToken owner) {
  std::lock_guard lock(mutex_);
  if (owner_ != owner) return false;
  letter.next_letter = nullptr;
  (last_letter_ == nullptr ? first_letter_ : last_letter_->next_letter) =
      &letter;
  last_letter_ = &letter;
  WakeLocked();
  return true;
}

}  // namespace internal
MICROTHREAD_NAMESPACE_END
