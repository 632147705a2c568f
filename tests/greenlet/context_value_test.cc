// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// T26 is the number of greenlet's golden trace.

#include "microthread/greenlet/context_value.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>

#include "microthread/greenlet/greenlet.h"
#include "microthread/greenlet/testing.h"
#include "tests/greenlet/test_log.h"

namespace microthread_test {
namespace {

using microthread::ContextMap;
using microthread::ContextValue;
using microthread::CurrentContext;
using microthread::EmptyHandleError;
using microthread::Greenlet;

class ContextValueTest : public testing::Test {
 protected:
  // Main's context outlives each test.
  void SetUp() override { Greenlet::Main().set_context(ContextMap()); }
};

// T26
TEST_F(ContextValueTest, IsEmptyCopiedOrShared) {
  Log log;
  ContextValue<int> value;
  value.Set(1);
  auto body = [&](int set) {
    log.push_back("reads " + std::to_string(value.Get()));
    value.Set(set);
    Greenlet::Main().Switch();
    log.push_back("reads " + std::to_string(value.Get()));
  };
  Greenlet plain(body), copy(body), shared(body);
  copy.set_context(Greenlet::Current().context().Copy());
  shared.set_context(Greenlet::Current().context());
  int set = 5;
  for (const Greenlet* g : {&plain, &copy, &shared}) {
    (void)g->Switch(set++);
    log.push_back("main " + std::to_string(value.Get()));
  }
  for (const Greenlet* g : {&plain, &copy, &shared}) (void)g->Switch();
  EXPECT_EQ(log, (Log{"reads 0", "main 1", "reads 1", "main 1", "reads 1",
                      "main 7", "reads 5", "reads 6", "reads 7"}));
}

TEST_F(ContextValueTest, HasItsFallbackWhereNoneWasSet) {
  ContextValue<std::string> user("nobody");
  EXPECT_EQ(user.Get(), "nobody");
  user.Set("ada");
  EXPECT_EQ(user.Get(), "ada");
  std::string inside;
  Greenlet([&] { inside = user.Get(); }).Switch();
  EXPECT_EQ(inside, "nobody");
}

TEST_F(ContextValueTest, SeveralDoNotMeet) {
  ContextValue<int> a(1), b(2);
  a.Set(10);
  EXPECT_EQ(a.Get(), 10);
  EXPECT_EQ(b.Get(), 2);
}

TEST_F(ContextValueTest, CanBeReadAndSetFromOutside) {
  ContextValue<int> value;
  Greenlet g([&] {
    Greenlet::Main().Switch(value.Get());
    return value.Get();
  });
  value.Set(g.context(), 5);
  EXPECT_EQ(g.Switch().get<int>(), 5);
  EXPECT_EQ(value.Get(g.context()), 5);
  value.Set(g.context(), 6);
  EXPECT_EQ(g.Switch().get<int>(), 6);
  EXPECT_EQ(value.Get(g.context()), 6);  // a dead one keeps its context
  EXPECT_EQ(value.Get(), 0);
}

TEST_F(ContextValueTest, TheContextOfTheRunningOneCanBeReplaced) {
  ContextValue<int> value;
  value.Set(1);
  ContextMap saved = CurrentContext();
  Greenlet::Current().set_context(ContextMap());
  EXPECT_EQ(value.Get(), 0);
  Greenlet::Current().set_context(saved);
  EXPECT_EQ(value.Get(), 1);
  EXPECT_EQ(CurrentContext(), saved);
  EXPECT_NE(CurrentContext(), saved.Copy());
}

TEST_F(ContextValueTest, InterleavedGreenletsKeepTheirOwn) {
  Log log;
  ContextValue<int> value;
  auto body = [&](int mine) {
    for (int i = 0; i < 2; ++i) {
      value.Set(value.Get() + mine);
      Greenlet::Main().Switch();
      log.push_back(std::to_string(value.Get()));
    }
  };
  Greenlet a(body), b(body);
  (void)a.Switch(1);
  (void)b.Switch(10);
  for (int i = 0; i < 2; ++i) {
    (void)a.Switch();
    (void)b.Switch();
  }
  EXPECT_EQ(log, (Log{"1", "10", "2", "20"}));
}

TEST_F(ContextValueTest, ItsValuesAreDestroyedWithTheContext) {
  ContextValue<std::shared_ptr<int>> value;
  auto shared = std::make_shared<int>(1);
  {
    Greenlet g([&] { value.Set(shared); });
    (void)g.Switch();
    EXPECT_EQ(shared.use_count(), 2);
  }
  EXPECT_EQ(shared.use_count(), 1);
}

TEST_F(ContextValueTest, EachThreadHasItsOwn) {
  ContextValue<int> value;
  value.Set(1);
  int on_other = -1;
  std::thread([&] {
    on_other = value.Get();
    value.Set(2);
  }).join();
  EXPECT_EQ(on_other, 0);
  EXPECT_EQ(value.Get(), 1);
}

// Refused while it runs there: error_text_test.
TEST_F(ContextValueTest, OneOfAnotherThreadIsReachedWhileItDoesNotRun) {
  Log log;
  ContextValue<int> value;
  Greenlet g([&] {
    log.push_back(std::to_string(value.Get()));
    Greenlet::Main().Switch();
    log.push_back(std::to_string(value.Get()));
  });
  int expected = 0;
  auto set_elsewhere = [&] {
    std::thread([&] { value.Set(g.context(), ++expected); }).join();
  };
  set_elsewhere();  // unborn
  (void)g.Switch();
  set_elsewhere();  // suspended
  (void)g.Switch();
  set_elsewhere();  // dead
  log.push_back(std::to_string(value.Get(g.context())));
  EXPECT_EQ(log, (Log{"1", "2", "3"}));
}

}  // namespace
}  // namespace microthread_test
