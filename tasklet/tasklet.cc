// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0

#include "microthread/tasklet/tasklet.h"

#include <cstdint>
#include <exception>
#include <ostream>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "microthread/greenlet/error.h"
#include "microthread/greenlet/internal/throw.h"
#include "microthread/scheduler/error.h"
#include "microthread/scheduler/internal/dispatch_inl.h"
#include "microthread/scheduler/internal/item.h"
#include "microthread/scheduler/internal/scheduler_state.h"
#include "microthread/scheduler/internal/spawn_inl.h"

MICROTHREAD_NAMESPACE_BEGIN

using internal::Item;
using internal::Ref;
using internal::TaskletAccess;

namespace {

Item& RequireItem(const Tasklet& tasklet, const char* operation) {
  Item* item = TaskletAccess::Get(tasklet);
  if (item == nullptr) {
    internal::Throw(
        EmptyHandleError(std::string(operation) +
                         " of an empty handle: there is no tasklet behind it"));
  }
  return *item;
}

void RequireNotAlive(const Item& item) {
  if (!item.alive()) return;
  internal::Throw(AliveTaskletError(
      internal::DescribeItem(item) +
      " has a function already and has not ended: bind it again when it is "
      "dead, or use another tasklet"));
}

std::string DescribeTypes(std::span<const internal::TypeId> types) {
  std::string text = "(";
  for (const internal::TypeId type : types) {
    if (text.size() > 1) text += ", ";
    text += *type;
  }
  return text + ")";
}

void SetFlag(Item& item, uint32_t flag, bool on) {
  item.flags = on ? item.flags | flag : item.flags & ~flag;
}

}  // namespace

Tasklet Tasklet::New(const TaskletOptions& options) {
  return Tasklet(internal::NewItem(internal::SchedulingThread(), options.name,
                                   options.stack_size, options.guard_size));
}

Tasklet Tasklet::Current() {
  return Tasklet(
      Ref<Item>(&internal::CurrentItem(internal::SchedulingThread())));
}

Tasklet Tasklet::Main() {
  return Tasklet(internal::SchedulingThread().scheduler->main);
}

Item& Tasklet::RequireUnbound(const char* operation) const {
  Item& item = RequireItem(*this, operation);
  RequireNotAlive(item);
  item.flags &= ~internal::kItemAwaitsSetup;
  item.run.Reset();
  return item;
}

void Tasklet::SetupWith(Message arguments) const {
  Item& item = RequireItem(*this, "Setup");
  RequireNotAlive(item);
  if ((item.flags & internal::kItemAwaitsSetup) == 0) {
    internal::Throw(DeadTaskletError(
        internal::DescribeItem(item) +
        " cannot be set up: no function is bound to it alone; use BindFunction "
        "first, or Bind with the arguments"));
  }
  auto& slot = *static_cast<internal::SetupSlot*>(item.slot);
  if (!slot.accepts(arguments)) {
    internal::Throw(
        MessageError(internal::DescribeItem(item) + " cannot be set up with " +
                     arguments.Describe() + ": its function takes " +
                     DescribeTypes(slot.types) + ", exactly"));
  }
  slot.arguments = std::move(arguments);
  item.flags &= ~internal::kItemAwaitsSetup;
  item.flags |= internal::kItemAlive;
  internal::InsertItem(item);
}

const Tasklet& Tasklet::Unbind() const {
  Item& item = RequireItem(*this, "Unbind");
  internal::RequireOwnThread(item, "Unbind");
  if (item.is_main()) {
    internal::Throw(MainTaskletError(internal::DescribeItem(item) +
                                     " cannot be unbound: it is the thread's "
                                     "own code"));
  }
  if (item.linked() || item.started()) {
    internal::Throw(AliveTaskletError(
        internal::DescribeItem(item) + " cannot be unbound: it is " +
        internal::DescribeState(item) +
        (item.started() ? " and has not ended; use Kill first"
                        : "; use Remove first")));
  }
  item.flags &= ~(internal::kItemAlive | internal::kItemAwaitsSetup);
  item.run.Reset();
  return *this;
}

const Tasklet& Tasklet::Insert() const {
  internal::InsertItem(RequireItem(*this, "Insert"));
  return *this;
}

const Tasklet& Tasklet::Remove() const {
  internal::RemoveItem(RequireItem(*this, "Remove"));
  return *this;
}

void Tasklet::Run() const {
  internal::RunItem(RequireItem(*this, "Run"), /*pause_caller=*/false);
}

void Tasklet::Switch() const {
  internal::RunItem(RequireItem(*this, "Switch"), /*pause_caller=*/true);
}

void Tasklet::Throw(std::exception_ptr error) const {
  Item& item = RequireItem(*this, "Throw");
  internal::RequireException(error, item, internal::DescribeItem);
  internal::ThrowIntoItem(item, std::move(error), /*is_exit=*/false,
                          /*pending=*/false);
}

void Tasklet::Kill() const {
  internal::ThrowIntoItem(RequireItem(*this, "Kill"),
                          std::make_exception_ptr(TaskletExit()),
                          /*is_exit=*/true, /*pending=*/false);
}

void Tasklet::ThrowPending(std::exception_ptr error) const {
  Item& item = RequireItem(*this, "ThrowPending");
  internal::RequireException(error, item, internal::DescribeItem);
  internal::ThrowIntoItem(item, std::move(error), /*is_exit=*/false,
                          /*pending=*/true);
}

void Tasklet::KillPending() const {
  internal::ThrowIntoItem(RequireItem(*this, "KillPending"),
                          std::make_exception_ptr(TaskletExit()),
                          /*is_exit=*/true, /*pending=*/true);
}

void Tasklet::Join() const { internal::JoinItem(RequireItem(*this, "Join")); }

void Tasklet::BindThread() const {
  internal::MoveItemHere(RequireItem(*this, "BindThread"));
}

bool Tasklet::alive() const { return item_ && item_->alive(); }
bool Tasklet::blocked() const { return item_ && item_->waits(); }
bool Tasklet::scheduled() const { return item_ && item_->linked(); }
bool Tasklet::paused() const { return alive() && !scheduled(); }

bool Tasklet::is_current() const {
  return item_ && internal::ThreadOf(item_->home).current == item_.get();
}

bool Tasklet::is_main() const { return item_ && item_->is_main(); }

Tasklet Tasklet::next() const {
  return item_ ? Tasklet(internal::NextOf(*item_)) : Tasklet();
}

Tasklet Tasklet::prev() const {
  return item_ ? Tasklet(internal::PrevOf(*item_)) : Tasklet();
}

bool Tasklet::block_trap() const {
  return item_ && (item_->flags & internal::kItemBlockTrap) != 0;
}

void Tasklet::set_block_trap(bool on) const {
  SetFlag(RequireItem(*this, "set_block_trap"), internal::kItemBlockTrap, on);
}

bool Tasklet::atomic() const {
  return item_ && (item_->flags & internal::kItemAtomic) != 0;
}

bool Tasklet::set_atomic(bool on) const {
  const bool before = atomic();
  SetFlag(RequireItem(*this, "set_atomic"), internal::kItemAtomic, on);
  return before;
}

std::string_view Tasklet::name() const {
  return item_ ? item_->name() : std::string_view();
}

uint64_t Tasklet::id() const { return item_ ? item_->id : 0; }

uint64_t Tasklet::thread_id() const {
  if (!item_) return 0;
  const internal::ThreadToken home = item_->home;
  const auto owner = internal::ThreadOf(home).inbox.owner();
  return owner.token == home ? owner.id : 0;
}

std::ostream& operator<<(std::ostream& out, const Tasklet& tasklet) {
  const Item* item = TaskletAccess::Get(tasklet);
  if (item == nullptr) return out << "no tasklet";
  return out << internal::DescribeItem(*item) << " ("
             << internal::DescribeState(*item) << ")";
}

MICROTHREAD_NAMESPACE_END

size_t std::hash<microthread::Tasklet>::operator()(
    const microthread::Tasklet& tasklet) const noexcept {
  return std::hash<const void*>()(
      microthread::internal::TaskletAccess::Get(tasklet));
}
