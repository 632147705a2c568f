// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// Exceptions that are parked, crossed and thrown through stacks, by way of
// greenlets.

#include <exception>
#include <stdexcept>
#include <string>
#include <vector>

#include "microthread/greenlet/greenlet.h"
#include "tests/greenlet/switch_matrix.h"

namespace {

using microthread::Greenlet;

using Log = std::vector<std::string>;

void Expect(const char* name, const Log& log, const Log& expected) {
  if (log == expected && std::uncaught_exceptions() == 0 &&
      std::current_exception() == nullptr) {
    return;
  }
  std::string text = std::string(name) + ":";
  for (const std::string& line : log) text += " [" + line + "]";
  Fail(text);
}

void CrossedInCatch() {
  Log log;
  auto body = [&log](std::string name) {
    try {
      throw std::runtime_error(name);
    } catch (const std::runtime_error&) {
      Greenlet::Main().Switch();
      try {
        throw;
      } catch (const std::runtime_error& again) {
        log.push_back(name + " rethrows " + again.what());
      }
    }
  };
  Greenlet a(body), b(body);
  a.Switch(std::string("a"));
  b.Switch(std::string("b"));
  if (std::current_exception() != nullptr) log.push_back("leaked");
  a.Switch();
  b.Switch();
  Expect("CrossedInCatch", log, {"a rethrows a", "b rethrows b"});
}

void ParkedDuringUnwinding() {
  Log log;
  struct Parker {
    Log& log;
    ~Parker() {
      log.push_back(std::to_string(std::uncaught_exceptions()));
      Greenlet::Main().Switch();
      log.push_back(std::to_string(std::uncaught_exceptions()));
    }
  };
  Greenlet parked([&log] {
    try {
      Parker parker{log};
      throw 7;
    } catch (int caught) {
      log.push_back("caught " + std::to_string(caught));
    }
  });
  parked.Switch();
  log.push_back("main " + std::to_string(std::uncaught_exceptions()));
  parked.Switch();
  Expect("ParkedDuringUnwinding", log, {"1", "main 0", "1", "caught 7"});
}

void Killed() {
  int unwound = 0;
  struct Unwound {
    int& count;
    ~Unwound() { ++count; }
  };
  {
    std::vector<Greenlet> greenlets;
    for (int i = 0; i < 100; ++i) {
      greenlets.push_back(Greenlet([&unwound] {
        Unwound outer{unwound};
        for (;;) {
          Unwound inner{unwound};
          Greenlet::Main().Switch();
        }
      }));
      greenlets.back().Switch();
    }
    for (int i = 0; i < 50; ++i) greenlets[i].Kill();
  }  // the other half is dropped
  Expect("Killed", {std::to_string(unwound)}, {"200"});
}

// An exception that passes through eight stacks.
void Descend(int depth, Log& log) {
  struct Leave {
    int depth;
    Log& log;
    ~Leave() { log.push_back("leave " + std::to_string(depth)); }
  } leave{depth, log};
  if (depth == 0) throw std::runtime_error("deep");
  Greenlet([depth, &log] { Descend(depth - 1, log); }).Switch();
}

void ThroughEightStacks() {
  Log log;
  try {
    Descend(8, log);
  } catch (const std::runtime_error& error) {
    log.push_back(error.what());
  }
  Expect("ThroughEightStacks", log,
         {"leave 0", "leave 1", "leave 2", "leave 3", "leave 4", "leave 5",
          "leave 6", "leave 7", "leave 8", "deep"});
}

}  // namespace

void CheckExceptions() {
  CrossedInCatch();
  ParkedDuringUnwinding();
  Killed();
  ThroughEightStacks();
}
