// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// Errors are recognized by their type alone, never by their text.

#include "tests/conformance/record.h"

#include "microthread/channel/error.h"
#include "microthread/greenlet/error.h"
#include "microthread/scheduler/error.h"

namespace microthread::conformance {
namespace {

// The KIND of a standard exception; null if it has none.
const char* KindOfException(const std::exception& error) {
  const auto is = [&error]<class E>(const E*) {
    return dynamic_cast<const E*>(&error) != nullptr;
  };
  if (is(static_cast<UserError*>(nullptr))) return "!user";
  if (is(static_cast<DeadlockError*>(nullptr))) return "!deadlock";
  if (is(static_cast<ChannelClosedError*>(nullptr))) return "!closed";
  if (is(static_cast<BlockTrapError*>(nullptr))) return "!block_trap";
  if (is(static_cast<SwitchTrapError*>(nullptr))) return "!switch_trap";
  if (is(static_cast<TaskletBlockedError*>(nullptr))) return "!blocked";
  if (is(static_cast<CurrentTaskletError*>(nullptr))) return "!current";
  if (is(static_cast<DeadTaskletError*>(nullptr))) return "!dead";
  if (is(static_cast<EndOfChannel*>(nullptr))) return "!stop";
  if (is(static_cast<ParentCycleError*>(nullptr))) return "!cycle";
  if (is(static_cast<MainGreenletError*>(nullptr))) return "!main_parent";
  return nullptr;
}

}  // namespace

void Record::Add(const std::string& name, const std::string& text,
                 const std::string& result) {
  if (closed_) return;
  events_.push_back(name + " " + text + (result.empty() ? "" : " ") + result);
}

std::string KindOf(const std::exception_ptr& error, System system) {
  try {
    std::rethrow_exception(error);
  } catch (const GreenletExit&) {
    return system == System::kGreenlet ? kExit : "!GreenletExit";
  } catch (const TaskletExit&) {
    return system == System::kStackless ? kExit : "!TaskletExit";
  } catch (const std::exception& exception) {
    const char* kind = KindOfException(exception);
    return kind != nullptr ? kind : std::string("!") + exception.what();
  } catch (...) {
    return "!an unknown exception";
  }
}

}  // namespace microthread::conformance
