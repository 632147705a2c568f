// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/scheduler/event_log.h"

#include <cstddef>

namespace microthread {

std::string ErrorOf(const std::function<void()>& function) {
  try {
    function();
    return "ok";
  } catch (const UserError& error) {
    return std::string("UserError ") + error.what();
  } catch (const AliveTaskletError&) {
    return "AliveTaskletError";
  } catch (const BlockTrapError&) {
    return "BlockTrapError";
  } catch (const ChannelCallbackError&) {
    return "ChannelCallbackError";
  } catch (const ChannelClosedError&) {
    return "ChannelClosedError";
  } catch (const CurrentTaskletError&) {
    return "CurrentTaskletError";
  } catch (const DeadlockError&) {
    return "DeadlockError";
  } catch (const DeadTaskletError&) {
    return "DeadTaskletError";
  } catch (const EmptyHandleError&) {
    return "EmptyHandleError";
  } catch (const EndOfChannel&) {
    return "EndOfChannel";
  } catch (const MainTaskletError&) {
    return "MainTaskletError";
  } catch (const MessageError&) {
    return "MessageError";
  } catch (const ResourceExhaustedError&) {
    return "ResourceExhaustedError";
  } catch (const SwitchTrapError&) {
    return "SwitchTrapError";
  } catch (const TaskletBlockedError&) {
    return "TaskletBlockedError";
  } catch (const WrongTaskletError&) {
    return "WrongTaskletError";
  } catch (const WrongThreadError&) {
    return "WrongThreadError";
  } catch (const std::exception& error) {
    return std::string("another error: ") + error.what();
  }
}

std::string ErrorText(const std::function<void()>& function) {
  try {
    function();
    return "ok";
  } catch (const Error& error) {
    return error.what();
  }
}

std::string NameOf(const Tasklet& tasklet) {
  if (!tasklet.valid()) return "nobody";
  return tasklet.is_main() ? "main" : std::string(tasklet.name());
}

std::string StatesOf(const Tasklet& tasklet) {
  std::string states;
  const auto add = [&states](bool is, const char* word) {
    if (is) states += (states.empty() ? "" : " ") + std::string(word);
  };
  add(tasklet.is_main(), "main");
  add(tasklet.is_current(), "current");
  add(tasklet.alive(), "alive");
  add(tasklet.paused(), "paused");
  add(tasklet.blocked(), "blocked");
  add(tasklet.scheduled(), "scheduled");
  return states.empty() ? "none" : states;
}

std::string Ring() {
  const Tasklet current = Tasklet::Current();
  std::string names;
  size_t count = 0;
  Tasklet tasklet = current;
  do {
    names += (count == 0 ? "" : " ") + NameOf(tasklet);
    if (!(tasklet.next().prev() == tasklet)) names += "(prev() disagrees)";
    if (++count > RunCount()) return names + " (RunCount() disagrees)";
    tasklet = tasklet.next();
  } while (!(tasklet == current));
  return count == RunCount() ? names : names + " (RunCount() disagrees)";
}

std::string QueueFrom(Tasklet head) {
  if (!head.valid()) return "-";
  std::string names;
  Tasklet before;
  for (Tasklet waiter = head; waiter.valid(); waiter = waiter.next()) {
    names += (names.empty() ? "" : " ") + NameOf(waiter);
    if (!(waiter.prev() == before)) names += "(prev() disagrees)";
    before = waiter;
  }
  return names;
}

void EventLogTest::TearDown() {
  scope_.reset();
  EXPECT_EQ(Ring(), "main");
  EXPECT_EQ(SwitchTrap(0), 0) << "the test leaves a switch trap behind";
  EXPECT_FALSE(Tasklet::Main().block_trap());
}

EventLogTest::~EventLogTest() {
  Schedule();  // settles what was dropped on other threads
  EXPECT_EQ(testing::CountLiveObjects(), before_);
}

Tasklet EventLogTest::SpawnStep(std::string_view name) {
  return SpawnNamed(name, [this, name = std::string(name)] { Log(name); });
}

Tasklet EventLogTest::SpawnTwoSteps(std::string_view name) {
  return SpawnNamed(name, [this, name = std::string(name)] {
    Log(name);
    Schedule();
    Log(name, "'");
  });
}

}  // namespace microthread
