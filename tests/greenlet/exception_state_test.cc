// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// What is being handled and what is in flight belongs to the greenlet, not to
// the thread. T20 is the number of greenlet's golden trace.

#include "microthread/greenlet/internal/exception_state.h"

#include <gtest/gtest.h>

#include <exception>
#include <string>

#include "microthread/greenlet/generator.h"
#include "microthread/greenlet/greenlet.h"
#include "tests/greenlet/test_log.h"

namespace microthread_test {
namespace {

using microthread::Generator;
using microthread::Greenlet;
using microthread::GreenletExit;
using microthread::Message;
using microthread::Yield;
using microthread::internal::CurrentExceptionState;

class ExceptionStateTest : public testing::Test {
 protected:
  void TearDown() override { EXPECT_TRUE(CurrentExceptionState()->clean()); }
};

// The exception that is being handled.
std::string Handled() {
  std::exception_ptr current = std::current_exception();
  if (current == nullptr) return "none";
  try {
    std::rethrow_exception(current);
  } catch (const Oops& oops) {
    return oops.what();
  } catch (...) {
    return "other";
  }
}

std::string Uncaught() { return std::to_string(std::uncaught_exceptions()); }

// T20, first part
TEST_F(ExceptionStateTest, EachHandlerKeepsItsOwnException) {
  Log log;
  Greenlet g([&] {
    log.push_back("g " + Handled());
    try {
      throw Oops("K");
    } catch (const Oops&) {
      log.push_back("g " + Handled());
      Greenlet::Main().Switch();
      log.push_back("g " + Handled());
    }
    log.push_back("g " + Handled());
  });
  try {
    throw Oops("V");
  } catch (const Oops&) {
    (void)g.Switch();
    log.push_back("main " + Handled());
  }
  log.push_back("main " + Handled());
  try {
    throw Oops("I");
  } catch (const Oops&) {
    (void)g.Switch();
    log.push_back("main " + Handled());
  }
  EXPECT_EQ(log, (Log{"g none", "g K", "main V", "main none", "g K", "g none",
                      "main I"}));
}

// T20, second part
TEST_F(ExceptionStateTest, HandlersAreCrossed) {
  Log log;
  auto body = [&log](std::string name) {
    try {
      throw Oops(name);
    } catch (const Oops&) {
      Greenlet::Main().Switch();
      log.push_back(name + " handles " + Handled());
      try {
        throw;
      } catch (const Oops& again) {
        log.push_back(name + " rethrows " + again.what());
      }
    }
  };
  Greenlet a(body), b(body);
  (void)a.Switch(std::string("A"));
  (void)b.Switch(std::string("B"));
  log.push_back("main " + Handled());
  (void)a.Switch();
  (void)b.Switch();
  EXPECT_EQ(log, (Log{"main none", "A handles A", "A rethrows A", "B handles B",
                      "B rethrows B"}));
}

// Not only crossed but ended in the order in which they were entered: as a
// stack, the thread's list of handled exceptions would be corrupt.
TEST_F(ExceptionStateTest, HandlersEndInAnyOrder) {
  Log log;
  Greenlet all[4];
  for (int i = 0; i < 4; ++i) {
    all[i] = Greenlet([&log, i] {
      try {
        throw Oops(std::to_string(i));
      } catch (const Oops& oops) {
        try {
          throw Oops("inner of " + std::to_string(i));
        } catch (const Oops& inner) {
          Greenlet::Main().Switch();
          log.push_back(inner.what());
        }
        Greenlet::Main().Switch();
        log.push_back(oops.what());
      }
      log.push_back(Handled());
    });
    (void)all[i].Switch();
  }
  for (int i : {0, 2, 1, 3}) (void)all[i].Switch();
  for (int i : {3, 0, 1, 2}) (void)all[i].Switch();
  EXPECT_EQ(log, (Log{"inner of 0", "inner of 2", "inner of 1", "inner of 3",
                      "3", "none", "0", "none", "1", "none", "2", "none"}));
}

TEST_F(ExceptionStateTest, ANewGreenletHandlesNothing) {
  Log log;
  try {
    throw Oops("outside");
  } catch (const Oops&) {
    Greenlet([&] {
      log.push_back(Handled() + " " + Uncaught());
      // A rethrow without an exception would terminate; a new one is fine.
      try {
        throw Oops("inside");
      } catch (const Oops&) {
        log.push_back(Handled());
      }
    }).Switch();
    log.push_back(Handled());
  }
  EXPECT_EQ(log, (Log{"none 0", "inside", "outside"}));
}

struct SwitchesWhenDestroyed {
  Log& log;
  std::string name;
  ~SwitchesWhenDestroyed() {
    log.push_back(name + " " + Uncaught());
    Greenlet::Main().Switch();
    log.push_back(name + " " + Uncaught());
  }
};

TEST_F(ExceptionStateTest, ADestructorMaySwitchDuringUnwinding) {
  Log log;
  auto body = [&log](std::string name) {
    try {
      SwitchesWhenDestroyed parker{log, name};
      throw Oops(name);
    } catch (const Oops& oops) {
      log.push_back(name + " caught " + oops.what() + " " + Uncaught());
    }
  };
  Greenlet a(body), b(body);
  (void)a.Switch(std::string("a"));
  log.push_back("main " + Uncaught());
  (void)b.Switch(std::string("b"));
  log.push_back("main " + Uncaught());
  (void)a.Switch();
  (void)b.Switch();
  EXPECT_EQ(log, (Log{"a 1", "main 0", "b 1", "main 0", "a 1", "a caught a 0",
                      "b 1", "b caught b 0"}));
}

TEST_F(ExceptionStateTest, MainMaySwitchDuringUnwindingToo) {
  Log log;
  Greenlet g([&] {
    for (;;) {
      log.push_back("g " + Uncaught() + " " + Handled());
      Greenlet::Main().Switch();
    }
  });
  struct SwitchesToG {
    Log& log;
    const Greenlet& g;
    ~SwitchesToG() {
      (void)g.Switch();
      log.push_back("main " + Uncaught());
    }
  };
  try {
    throw Oops("outer");
  } catch (const Oops&) {
    try {
      SwitchesToG switcher{log, g};
      throw Oops("inner");
    } catch (const Oops&) {
      log.push_back("main " + Handled());
    }
    log.push_back("main " + Handled());
  }
  EXPECT_EQ(log, (Log{"g 0 none", "main 1", "main inner", "main outer"}));
}

// A destructor that runs because a greenlet is killed sees the exit in flight.
TEST_F(ExceptionStateTest, DestructorsOfAKilledGreenletSeeTheExitInFlight) {
  Log log;
  struct Note {
    Log& log;
    ~Note() { log.push_back(Uncaught()); }
  };
  Greenlet g([&] {
    Note note{log};
    Greenlet::Main().Switch();
  });
  (void)g.Switch();
  (void)g.Kill();
  log.push_back(Uncaught());
  EXPECT_EQ(log, (Log{"1", "0"}));
}

TEST_F(ExceptionStateTest, OneKilledInAHandlerUnwindsFromThere) {
  Log log;
  struct Note {
    Log& log;
    ~Note() { log.push_back(Uncaught() + " " + Handled()); }
  };
  Greenlet g([&] {
    Note outer{log};
    try {
      throw Oops("handled");
    } catch (const Oops&) {
      Note inner{log};
      Greenlet::Main().Switch();
    }
  });
  (void)g.Switch();
  log.push_back("main " + Handled());
  (void)g.Kill();
  EXPECT_EQ(log, (Log{"main none", "1 handled", "1 none"}));
}

TEST_F(ExceptionStateTest, AnErrorThatLeavesAGreenletStartsInTheParentAnew) {
  Log log;
  Greenlet g([&]() -> int {
    try {
      throw Oops("first");
    } catch (const Oops&) {
      throw Oops("second");
    }
  });
  try {
    throw Oops("of main");
  } catch (const Oops&) {
    try {
      (void)g.Switch();
    } catch (const Oops&) {
      log.push_back(Handled() + " " + Uncaught());
    }
    log.push_back(Handled());
  }
  EXPECT_EQ(log, (Log{"second 0", "of main"}));
}

TEST_F(ExceptionStateTest, GeneratorsYieldFromHandlers) {
  Log log;
  for (int v : Generator<int>([&] {
         try {
           throw Oops("body");
         } catch (const Oops&) {
           Yield(1);
           log.push_back(Handled());
           Yield(2);
         }
       })) {
    log.push_back(std::to_string(v) + " " + Handled());
  }
  EXPECT_EQ(log, (Log{"1 none", "body", "2 none"}));
}

TEST_F(ExceptionStateTest, TheStateIsCleanAfterAThousandCrossings) {
  Greenlet a, b;
  auto body = [](Greenlet& other, int n) {
    for (int i = 0; i < n; ++i) {
      try {
        throw Oops(std::to_string(i));
      } catch (const Oops& oops) {
        other.Switch();
        if (Handled() != std::to_string(i) || oops.what() != Handled()) {
          return false;
        }
      }
    }
    return true;
  };
  a = Greenlet([&] { return body(b, 1000); });
  b = Greenlet([&] { return body(a, 1000); });
  EXPECT_TRUE(a.Switch().get<bool>());
  EXPECT_TRUE(b.Switch().get<bool>());
}

}  // namespace
}  // namespace microthread_test
