// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// How the layer above makes items.

#ifndef MICROTHREAD_SCHEDULER_INTERNAL_SPAWN_INL_H_
#define MICROTHREAD_SCHEDULER_INTERNAL_SPAWN_INL_H_

#include <cstddef>
#include <string_view>
#include <utility>

#include "microthread/greenlet/config.h"
#include "microthread/greenlet/internal/thread.h"
#include "microthread/scheduler/internal/dispatch_inl.h"
#include "microthread/scheduler/internal/item.h"
#include "microthread/scheduler/internal/scheduler_state.h"

MICROTHREAD_NAMESPACE_BEGIN
namespace internal {

// For an item that nobody else knows yet.
MICROTHREAD_COLD void SetOptions(Item& item, std::string_view name,
                                 size_t stack_size, size_t guard_size);

// A new item whose flags and links are still those of its last life: the caller
// must set them.
MICROTHREAD_ALWAYS_INLINE Ref<Item> TakeItem(Thread& thread,
                                             std::string_view name,
                                             size_t stack_size,
                                             size_t guard_size) {
  Item* made = thread.scheduler->spare;
  if (made != nullptr) [[likely]] {
    thread.scheduler->spare = made->next;
  } else {
    made = new Item(thread);
  }
  auto item = Ref<Item>::Adopt(made);
  thread.live_tasklets += 1;
  item->id = thread.NewId();
  if (!name.empty() || stack_size != 0 || guard_size != 0) {
    SetOptions(*item, name, stack_size, guard_size);
  }
  return item;
}

// A new item without a function, in no list.
Ref<Item> NewItem(Thread& thread, std::string_view name, size_t stack_size,
                  size_t guard_size);

// Stores in `item`, which is not alive, an `F` made from `args`.
template <class F, class... Args>
void BindItem(Item& item, Args&&... args) {
  item.run.template Emplace<F>(std::forward<Args>(args)...);
  item.flags |= kItemAlive;
}

// A new item with such a function, at the end of the ring.
template <class F, class... Args>
MICROTHREAD_ALWAYS_INLINE Ref<Item> SpawnItem(Thread& thread,
                                              std::string_view name,
                                              size_t stack_size,
                                              size_t guard_size,
                                              Args&&... args) {
  Ref<Item> item = TakeItem(thread, name, stack_size, guard_size);
  item->run.template Emplace<F>(std::forward<Args>(args)...);
  item->flags = kItemAlive;
  LinkBefore(*item, CurrentItem(thread));
  item->AddReferenceOfOwner();  // the ring's
  ++thread.scheduler->linked;
  return item;
}

}  // namespace internal
MICROTHREAD_NAMESPACE_END

#endif  // MICROTHREAD_SCHEDULER_INTERNAL_SPAWN_INL_H_
