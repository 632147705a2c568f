// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0

#include "microthread/tasklet/callbacks.h"

#include <cxxabi.h>

#include <exception>
#include <utility>

#include "microthread/scheduler/error.h"
#include "microthread/scheduler/internal/hooks.h"
#include "microthread/tasklet/internal/tasklet_access.h"

MICROTHREAD_NAMESPACE_BEGIN

namespace {

using internal::Item;
using internal::Ref;
using internal::SharedFunction;
using internal::TaskletAccess;

SharedFunction<ScheduleCallback>& TheScheduleCallback() {
  static auto& callback = *new SharedFunction<ScheduleCallback>(
      internal::kAttentionScheduleCallback);
  return callback;
}

SharedFunction<ErrorHandler>& TheErrorHandler() {
  static auto& handler = *new SharedFunction<ErrorHandler>(0);
  return handler;
}

void CallScheduleCallback(Item& prev, Item& next) noexcept {
  const auto callback = TheScheduleCallback().get();
  if (callback == nullptr) return;
  (*callback)(TaskletAccess::Make<Tasklet>(Ref<Item>(&prev)),
              TaskletAccess::Make<Tasklet>(Ref<Item>(&next)));
}

std::exception_ptr CallErrorHandler(std::exception_ptr error) {
  const auto handler = TheErrorHandler().get();
  if (handler == nullptr) return error;
#if MICROTHREAD_EXCEPTIONS
  try {
    (*handler)(error);
    return nullptr;
  } catch (const TaskletExit&) {
    return nullptr;
  } catch (abi::__forced_unwind&) {
    throw;  // The thread is being ended: the C library wants to go on.
  } catch (...) {
    return std::current_exception();
  }
#else
  (*handler)(error);
  return nullptr;
#endif
}

}  // namespace

ScheduleCallback SetScheduleCallback(ScheduleCallback callback) {
  internal::hooks.before_switch.store(&CallScheduleCallback);
  return TheScheduleCallback().Exchange(std::move(callback));
}

ErrorHandler SetErrorHandler(ErrorHandler handler) {
  internal::hooks.on_error.store(&CallErrorHandler);
  return TheErrorHandler().Exchange(std::move(handler));
}

MICROTHREAD_NAMESPACE_END
