// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0

#include "microthread/scheduler/scheduler.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "microthread/scheduler/internal/dispatch_inl.h"
#include "microthread/scheduler/internal/limit.h"
#include "microthread/scheduler/internal/scheduler_state.h"
#include "microthread/scheduler/thread_scope.h"

MICROTHREAD_NAMESPACE_BEGIN

namespace {

using internal::CurrentItem;
using internal::Item;
using internal::Ref;
using internal::Scheduler;
using internal::SchedulingThread;
using internal::Thread;

// The entry of a running Run() on the stack of watchers. When it is left, by
// whatever way, the calls inside it are made to return: those who made them are
// put into the ring. If an outer Run() was left before, the entry is gone.
class Watch {
 public:
  Watch(Thread& thread, Item& me) : thread_(thread), me_(me) {
    thread.scheduler->watchers.emplace_back(&me);
  }
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  ~Watch() {
    std::vector<Ref<Item>>& watchers = thread_.scheduler->watchers;
    size_t mine = watchers.size();
    while (mine > 0 && watchers[mine - 1].get() != &me_) --mine;
    if (mine == 0) return;
    for (;;) {
      Ref<Item> top = std::move(watchers.back());
      watchers.pop_back();
      internal::DisarmLimit(thread_, *top);
      top->flags &= ~internal::kItemBlocksThread;
      if (top.get() == &me_) return;
      internal::MakeRunnable(thread_, *top);
    }
  }

 private:
  Thread& thread_;
  Item& me_;
};

}  // namespace

namespace internal {

RunResult RunItems(Limit* limit, bool blocks_thread) {
  Thread& thread = SchedulingThread();
  AttendIfNeeded(thread);
  Item& me = CurrentItem(thread);
  if (me.next != &me) {
    RequireNoTrap(thread);
    Watch watch(thread, me);
    if (limit != nullptr && thread.limit == nullptr) {
      ArmLimit(thread, *limit, me);
    }
    if (blocks_thread) me.flags |= kItemBlocksThread;
    Item& next = *me.next;
    PauseCurrent(thread, next);
    GiveControl<Path::kBook>(thread, me, next);
  }
  if (limit != nullptr && limit->victim) {
    Pause(thread, *limit->victim);
    // It keeps a reference of its own.
    (void)limit->victim->DropReference(thread.token);
  }
  return RunResult(thread.scheduler->linked - RunCount());
}

}  // namespace internal

RunResult Run() { return internal::RunItems(nullptr, false); }

void ScheduleRemove() { internal::PauseUntilInserted(); }

size_t RunCount() {
  const Item& me = CurrentItem(SchedulingThread());
  size_t count = 1;
  for (const Item* item = me.next; item != &me; item = item->next) ++count;
  return count;
}

int SwitchTrap(int delta) {
  return internal::ChangeSwitchTrap(SchedulingThread(), delta);
}

std::vector<std::string> RunResult::DescribeBlocked() const {
  const Thread& thread = SchedulingThread();
  std::vector<std::string> lines;
  auto add = [&lines](const Item& item) {
    if (!item.waits()) return;
    lines.push_back(internal::DescribeItem(item) + " is " +
                    internal::DescribeState(item));
  };
  add(*thread.scheduler->main);
  for (const Item* item : internal::StartedItems(thread)) add(*item);
  return lines;
}

ThreadScope::~ThreadScope() {
  internal::EndAllItems(SchedulingThread(), "its ThreadScope");
}

MICROTHREAD_NAMESPACE_END
