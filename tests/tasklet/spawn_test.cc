// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// How a function and its arguments get into a tasklet, and how they leave it.

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <type_traits>

#include "microthread/greenlet/stack.h"
#include "tests/scheduler/event_log.h"

namespace microthread {
namespace {

class SpawnTest : public EventLogTest {
 public:
  void LogInt(int value) { Log("int ", value); }
  static void LogString(EventLog* log, const std::string& text) {
    log->push_back("string " + text);
  }
};

// A function object of `Size` bytes that logs whether they arrived.
template <size_t Size>
struct Closure {
  explicit Closure(EventLog* log_in) : log(log_in) {
    for (size_t i = 0; i < Size; ++i) bytes[i] = static_cast<uint8_t>(i * 7);
  }
  void operator()() const {
    bool same = true;
    for (size_t i = 0; i < Size; ++i) {
      same = same && bytes[i] == static_cast<uint8_t>(i * 7);
    }
    log->push_back(std::to_string(Size) + (same ? " arrived" : " damaged"));
  }
  EventLog* log;
  std::array<uint8_t, Size> bytes;
};

// Throws when it is copied.
struct ThrowsOnCopy {
  ThrowsOnCopy() = default;
  ThrowsOnCopy(const ThrowsOnCopy&) { throw UserError("copy"); }
  void operator()() const {}
};

TEST_F(SpawnTest, ArgumentsAreCopiedWhenTheTaskletIsMade) {
  std::string text = "before";
  Spawn(LogString, &log, text);
  text = "after";
  Run();
  EXPECT_THAT(log, ElementsAre("string before"));
}

TEST_F(SpawnTest, ArgumentsAreDecayed) {
  const char array[] = "array";
  Spawn(LogString, &log, array);
  Spawn(LogString, &log, "literal");
  const int constant = 5;
  Spawn(
      [this](auto&& value) {
        Log(std::is_same_v<decltype(value), int&&> ? "int&& " : "other ",
            value);
      },
      constant);
  Run();
  EXPECT_THAT(log, ElementsAre("string array", "string literal", "int&& 5"));
}

TEST_F(SpawnTest, StdRefPassesAReference) {
  int sum = 0;
  const auto add = [](int& total, int n) { total += n; };
  Spawn(add, std::ref(sum), 2);
  Spawn(add, std::ref(sum), 3);
  Run();
  Log(sum);
  EXPECT_THAT(log, ElementsAre("5"));
}

TEST_F(SpawnTest, ArgumentsAndFunctionsMayBeMoveOnly) {
  Spawn([this](std::unique_ptr<int> p) { Log("argument ", *p); },
        std::make_unique<int>(1));
  Spawn([this, p = std::make_unique<int>(2)] { Log("captured ", *p); });
  Run();
  EXPECT_THAT(log, ElementsAre("argument 1", "captured 2"));
}

TEST_F(SpawnTest, MemberFunctionsTakeTheirObjectFirst) {
  struct Greeter {
    void Greet(const std::string& whom) const { log->push_back(word + whom); }
    EventLog* log;
    std::string word;
  };
  Greeter greeter{&log, "hello "};
  Spawn(&Greeter::Greet, &greeter, "pointer");
  Spawn(&Greeter::Greet, greeter, "copy");
  Spawn(&Greeter::Greet, std::ref(greeter), "reference");
  Spawn(&SpawnTest::LogInt, this, 7);
  greeter.word = "bye ";
  Run();
  EXPECT_THAT(
      log, ElementsAre("bye pointer", "hello copy", "bye reference", "int 7"));
}

TEST_F(SpawnTest, AFunctionObjectMayBeMutableAndItsResultIsIgnored) {
  Spawn([this, count = 0]() mutable {
    ++count;
    Log("count ", count);
    return count;
  });
  Run();
  EXPECT_THAT(log, ElementsAre("count 1"));
}

TEST_F(SpawnTest, FunctionObjectsOfEverySizeArrive) {
  Spawn(Closure<1>(&log));
  Spawn(Closure<48>(&log));
  Spawn(Closure<56>(&log));
  Spawn(Closure<57>(&log));
  Spawn(Closure<64>(&log));
  Spawn(Closure<5000>(&log));
  Run();
  EXPECT_THAT(log, ElementsAre("1 arrived", "48 arrived", "56 arrived",
                               "57 arrived", "64 arrived", "5000 arrived"));
}

TEST_F(SpawnTest, FunctionObjectsAreAligned) {
  struct alignas(128) Wide {
    void operator()() const {
      const bool aligned = reinterpret_cast<uintptr_t>(this) % 128 == 0;
      log->push_back(aligned ? "aligned" : "not aligned");
    }
    EventLog* log;
  };
  for (int i = 0; i < 3; ++i) Spawn(Wide{&log});
  Run();
  EXPECT_THAT(log, ElementsAre("aligned", "aligned", "aligned"));
}

TEST_F(SpawnTest, WhatCopyingThrowsReachesTheCallerAndNothingIsMade) {
  const ThrowsOnCopy throws;
  Try("function", [&throws] { Spawn(throws); });
  Try("argument", [&throws] { Spawn([](const ThrowsOnCopy&) {}, throws); });
  Log(Ring());
  EXPECT_THAT(log, ElementsAre("function: UserError copy",
                               "argument: UserError copy", "main"));
}

TEST_F(SpawnTest, TheNameIsCopied) {
  std::string name = "first";
  const Tasklet named = Spawn({.name = name}, [] {});
  const Tasklet unnamed = Spawn([] {});
  name = "xxxxx";
  Log("'", named.name(), "' '", unnamed.name(), "'");
  Run();
  Log("'", named.name(), "'");
  EXPECT_THAT(log, ElementsAre("'first' ''", "'first'"));
}

TEST_F(SpawnTest, LongNamesAreKeptWhole) {
  const std::string name(1000, 'n');
  const Tasklet t = Spawn({.name = name}, [] {});
  EXPECT_EQ(t.name(), name);
}

TEST_F(SpawnTest, TaskletsMaySpawnTasklets) {
  Spawn([this] {
    Spawn([this] {
      Spawn([this] { Log("third"); });
      Log("second");
    });
    Log("first");
  });
  Run();
  EXPECT_THAT(log, ElementsAre("first", "second", "third"));
}

TEST_F(SpawnTest, TheStackHasTheSizeAskedFor) {
  constexpr size_t kLarge = 1 << 20;
  const auto log_size = [this] {
    Log(StackSize() > kLarge - 4096 ? "large" : "small", ", remaining ",
        StackRemaining() > StackSize() - 4096 ? "nearly all" : "less");
  };
  Spawn({.name = "large", .stack_size = kLarge}, log_size);
  Spawn(log_size);
  Run();
  EXPECT_THAT(log, ElementsAre("large, remaining nearly all",
                               "small, remaining nearly all"));
}

TEST_F(SpawnTest, ALargeStackCanBeUsedToItsEnd) {
  constexpr size_t kLarge = 4 << 20;
  struct Recursion {
    static int Depth(int depth) {
      volatile char frame[1024];
      frame[0] = static_cast<char>(depth);
      if (StackRemaining() < 8192) return depth;
      return Depth(depth + 1) + (frame[0] - frame[0]);
    }
  };
  Spawn({.stack_size = kLarge}, [this] {
    const int depth = Recursion::Depth(0);
    Log(depth > 1000 ? "deep" : "only " + std::to_string(depth));
  });
  Run();
  EXPECT_THAT(log, ElementsAre("deep"));
}

}  // namespace
}  // namespace microthread
