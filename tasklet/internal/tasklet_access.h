// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// How the library gets at the item behind a handle, and makes handles.

#ifndef MICROTHREAD_TASKLET_INTERNAL_TASKLET_ACCESS_H_
#define MICROTHREAD_TASKLET_INTERNAL_TASKLET_ACCESS_H_

#include <utility>

#include "microthread/greenlet/config.h"
#include "microthread/greenlet/internal/ref_count.h"
#include "microthread/scheduler/internal/item.h"

MICROTHREAD_NAMESPACE_BEGIN

class Tasklet;

namespace internal {

struct TaskletAccess {
  template <class T>
  static Item* Get(const T& tasklet) {
    return tasklet.item_.get();
  }
  template <class T = Tasklet>
  static T Make(Ref<Item> item) {
    return T(std::move(item));
  }
};

}  // namespace internal
MICROTHREAD_NAMESPACE_END

#endif  // MICROTHREAD_TASKLET_INTERNAL_TASKLET_ACCESS_H_
