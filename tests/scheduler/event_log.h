// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// File: event_log.h
//
// The base of the tests of schedulers, tasklets and channels. A test is a small
// program whose parts log what they do; at its end the whole log is compared.
//
//   TEST_F(MyTest, TheSecondRunsAfterTheFirst) {
//     SpawnStep("1");
//     SpawnTwoSteps("2");
//     Run();
//     EXPECT_THAT(log, ElementsAre("1", "2", "2'"));
//   }
//
// Tasklets outlive the body of a test: capture `this` and handles by value in
// them, not the variables of the body. When the body has ended, the tasklets
// that are left are unwound, then the members of the test are destroyed, and
// then nothing may be alive that was not alive before.

#ifndef MICROTHREAD_TESTS_SCHEDULER_EVENT_LOG_H_
#define MICROTHREAD_TESTS_SCHEDULER_EVENT_LOG_H_

#include <exception>
#include <functional>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "microthread/channel/channel.h"
#include "microthread/greenlet/testing.h"
#include "microthread/scheduler/scheduler.h"
#include "microthread/scheduler/thread_scope.h"
#include "microthread/tasklet/tasklet.h"

namespace microthread {

using ::testing::ElementsAre;

// The tests' own exception.
class UserError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

using EventLog = std::vector<std::string>;

// Logs `text` when it is destroyed.
class [[nodiscard]] LogAtEnd {
 public:
  LogAtEnd(EventLog* log, std::string text)
      : log_(log), text_(std::move(text)) {}
  LogAtEnd(const LogAtEnd&) = delete;
  LogAtEnd& operator=(const LogAtEnd&) = delete;
  ~LogAtEnd() { log_->push_back(text_); }

 private:
  EventLog* log_;
  std::string text_;
};

// What `function` does: "ok", or the type of the error that it throws, or
// "UserError" and its text. A TaskletExit passes through.
std::string ErrorOf(const std::function<void()>& function);

// The text of the library's error that `function` throws; "ok" if none.
std::string ErrorText(const std::function<void()>& function);

// The name of a tasklet; "main" and "nobody" for the main tasklet and an empty
// handle.
std::string NameOf(const Tasklet& tasklet);

// The states of a tasklet that are true, as words: "alive scheduled".
std::string StatesOf(const Tasklet& tasklet);

// The names of the tasklets in the ring, the running one first, as `next()`
// finds them. Says so where `prev()` or `RunCount()` disagree.
std::string Ring();

// The names of those who wait in a queue with this head, as `next()` finds
// them;
// "-" if nobody does. Says so where `prev()` disagrees.
std::string QueueFrom(Tasklet head);

template <class T>
std::string QueueOf(const Channel<T>& channel) {
  return QueueFrom(channel.queue());
}

class EventLogTest : public ::testing::Test {
 public:
  ~EventLogTest() override;

  void TearDown() override;

  // The library's; without this it would be GoogleTest's.
  static RunResult Run() { return microthread::Run(); }

  // Adds an event: all parts, printed one after the other. The order in which
  // the arguments of a call are evaluated is open, so at most one may have an
  // effect that others see.
  template <class... Parts>
  void Log(const Parts&... parts) {
    std::ostringstream text;
    text << std::boolalpha;
    (text << ... << parts);
    log.push_back(std::move(text).str());
  }

  // Calls `function` and then logs "what: " and its `ErrorOf()`.
  void Try(const std::string& what, const std::function<void()>& function) {
    const std::string outcome = ErrorOf(function);
    Log(what, ": ", outcome);
  }

  LogAtEnd AtEnd(std::string text) { return LogAtEnd(&log, std::move(text)); }

  // A tasklet that logs its name.
  Tasklet SpawnStep(std::string_view name);

  // A tasklet that logs its name, calls Schedule(), and logs its name again.
  Tasklet SpawnTwoSteps(std::string_view name);

  // A tasklet with a name.
  template <class F>
  Tasklet SpawnNamed(std::string_view name, F&& function) {
    return Spawn({.name = name}, std::forward<F>(function));
  }

  EventLog log;

 private:
  const testing::LiveObjects before_ = testing::CountLiveObjects();
  std::optional<ThreadScope> scope_{std::in_place};
};

}  // namespace microthread

#endif  // MICROTHREAD_TESTS_SCHEDULER_EVENT_LOG_H_
