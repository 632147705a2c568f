// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// Context values in tasklets: each has its own, and starts with none.

#include <string>

#include "microthread/greenlet/context_value.h"
#include "microthread/greenlet/greenlet.h"
#include "tests/scheduler/event_log.h"

namespace microthread {
namespace {

class TaskletContextTest : public EventLogTest {
 protected:
  const ContextValue<std::string> user_{"nobody"};
};

TEST_F(TaskletContextTest, EachTaskletHasItsOwnAndStartsWithNone) {
  user_.Set("main's");
  for (const std::string name : {"a", "b"}) {
    SpawnNamed(name, [this, name] {
      Log(name, ": ", user_.Get());
      user_.Set(name);
      Schedule();
      Log(name, ": ", user_.Get());
    });
  }
  Run();
  Log("main: ", user_.Get());
  EXPECT_THAT(log, ElementsAre("a: nobody", "b: nobody", "a: a", "b: b",
                               "main: main's"));
  user_.Set("nobody");
}

TEST_F(TaskletContextTest, AHandOverOverAChannelChangesIt) {
  const Channel<int> c;
  SpawnNamed("r", [this, c] {
    user_.Set("r");
    for (int n : c) Log(n, " ", user_.Get());
  });
  SpawnNamed("s", [this, c] {
    user_.Set("s");
    for (int i : {1, 2}) {
      c.Send(i);
      Log("sent ", user_.Get());
    }
    c.Finish();
  });
  Run();
  EXPECT_THAT(log, ElementsAre("1 r", "sent s", "2 r", "sent s"));
}

TEST_F(TaskletContextTest, ATaskletThatIsBoundAgainStartsWithNone) {
  const auto body = [this] {
    Log(user_.Get());
    user_.Set("first life");
  };
  const Tasklet t = Spawn(body);
  Run();
  t.Bind(body).Insert();
  Run();
  EXPECT_THAT(log, ElementsAre("nobody", "nobody"));
}

TEST_F(TaskletContextTest, AGreenletOfATaskletHasItsOwn) {
  Spawn([this] {
    user_.Set("tasklet's");
    Greenlet inner([this] {
      Log("greenlet: ", user_.Get());
      user_.Set("greenlet's");
    });
    inner.Switch();
    Log("tasklet: ", user_.Get());
  });
  Run();
  EXPECT_THAT(log, ElementsAre("greenlet: nobody", "tasklet: tasklet's"));
}

TEST_F(TaskletContextTest, ATaskletMayBeGivenACopyOfAnothers) {
  user_.Set("ada");
  Spawn([this, context = Greenlet::Current().context().Copy()] {
    Greenlet::Current().set_context(context);
    Log(user_.Get());
    user_.Set("bob");
  });
  Run();
  Log("main: ", user_.Get());
  EXPECT_THAT(log, ElementsAre("ada", "main: ada"));
  user_.Set("nobody");
}

}  // namespace
}  // namespace microthread
