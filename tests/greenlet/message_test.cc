// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0

#include "microthread/greenlet/message.h"

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "microthread/greenlet/error.h"
#include "tests/greenlet/test_log.h"

namespace microthread_test {
namespace {

using microthread::GreenletExit;
using microthread::Message;
using microthread::MessageError;

// Counts the objects of its kind that are alive.
template <size_t Size>
struct Counted {
  Counted() { ++alive; }
  Counted(const Counted&) { ++alive; }
  Counted(Counted&& other) noexcept {
    other.moved_from = true;
    ++alive;
  }
  ~Counted() { --alive; }
  bool moved_from = false;
  std::byte payload[Size] = {};
  static inline int alive = 0;
};
using Small = Counted<8>;
using Large = Counted<100>;

TEST(MessageTest, HoldsSeveralValuesOfAnyTypes) {
  Message m(1, std::string("two"), 3.0);
  EXPECT_EQ(m.size(), 3u);
  EXPECT_EQ((m.get<0, int>()), 1);
  EXPECT_EQ((m.get<1, std::string>()), "two");
  EXPECT_EQ((m.get<2, double>()), 3.0);
}

TEST(MessageTest, OneValueNeedsNoIndex) {
  EXPECT_EQ(Message(7).get<int>(), 7);
  EXPECT_STREQ(Message("only").get<const char*>(), "only");
}

TEST(MessageTest, StoresValuesDecayed) {
  const int number = 1;
  const std::string& reference = "two";
  const int array[3] = {1, 2, 3};
  Message m(number, reference, array, "four");
  EXPECT_TRUE(m.holds<int>(0));
  EXPECT_TRUE(m.holds<std::string>(1));
  EXPECT_TRUE(m.holds<const int*>(2));
  EXPECT_TRUE(m.holds<const char*>(3));
  EXPECT_EQ((m.get<2, const int*>()), array);
}

TEST(MessageTest, HoldsTellsExactTypes) {
  Message m(1);
  EXPECT_TRUE(m.holds<int>());
  EXPECT_FALSE(m.holds<unsigned>());
  EXPECT_FALSE(m.holds<long>());
  EXPECT_FALSE(m.holds<int>(1));
}

TEST(MessageTest, TheThreeMessagesWithoutValuesDiffer) {
  Message empty;
  Message none = Message::None();
  Message exit = Message::Exit(std::make_exception_ptr(GreenletExit()));
  EXPECT_EQ((std::array{empty.empty(), empty.none(), empty.is_exit()}),
            (std::array{true, false, false}));
  EXPECT_EQ((std::array{none.empty(), none.none(), none.is_exit()}),
            (std::array{false, true, false}));
  EXPECT_EQ((std::array{exit.empty(), exit.none(), exit.is_exit()}),
            (std::array{false, false, true}));
  EXPECT_EQ(empty.size() + none.size() + exit.size(), 0u);
  EXPECT_FALSE(exit.holds<std::exception_ptr>());
  EXPECT_EQ((Log{empty.Describe(), none.Describe(), exit.Describe()}),
            (Log{"()", "none", "exit"}));
}

TEST(MessageTest, AnExitKeepsItsObject) {
  struct Bye : GreenletExit {
    explicit Bye(std::string w) : word(std::move(w)) {}
    std::string word;
  };
  Message m = Message::Exit(std::make_exception_ptr(Bye("see you")));
  Message moved = std::move(m);
  std::string word;
  try {
    std::rethrow_exception(moved.exit());
  } catch (const Bye& bye) {
    word = bye.word;
  }
  EXPECT_EQ(word, "see you");
  EXPECT_EQ(Message(1).exit(), nullptr);
  EXPECT_EQ(Message().exit(), nullptr);
}

TEST(MessageTest, APackCannotBeTakenForAnExit) {
  Message m(std::make_exception_ptr(GreenletExit()));
  EXPECT_FALSE(m.is_exit());
  EXPECT_EQ(m.size(), 1u);
}

TEST(MessageTest, MovesMoveOnlyValues) {
  Message m(std::make_unique<int>(5));
  Message moved = std::move(m);
  std::unique_ptr<int> value = std::move(moved).get<std::unique_ptr<int>>();
  EXPECT_EQ(*value, 5);
}

TEST(MessageTest, IsTheEmptyPackWhenMovedFrom) {
  Message m(1, 2);
  Message moved = std::move(m);
  EXPECT_TRUE(m.empty());  // that is the point
  EXPECT_EQ(moved.size(), 2u);
}

TEST(MessageTest, GivesAReferenceFromAnLvalue) {
  Message m(std::string("a"));
  m.get<std::string>() += "b";
  const Message& constant = m;
  EXPECT_EQ(constant.get<std::string>(), "ab");
  EXPECT_EQ((constant.get<0, std::string>()), "ab");
}

TEST(MessageTest, DestroysEachValueOnce) {
  {
    Message small{Small()};
    Message large{Large(), Small()};
    EXPECT_EQ(Small::alive, 2);
    EXPECT_EQ(Large::alive, 1);
    Message moved = std::move(large);
    small = std::move(moved);
    EXPECT_EQ(Small::alive, 1);
    Message& alias = small;
    small = std::move(alias);
    EXPECT_EQ(Large::alive, 1);
  }
  EXPECT_EQ(Small::alive, 0);
  EXPECT_EQ(Large::alive, 0);
}

TEST(MessageTest, DestroysValuesThatAreNotTrivialInPlace) {
  auto shared = std::make_shared<int>(1);
  {
    Message m(shared);
    Message moved(std::move(m));
    EXPECT_EQ(shared.use_count(), 2);
  }
  EXPECT_EQ(shared.use_count(), 1);
}

TEST(MessageTest, LargeValuesKeepTheirAddressWhenTheMessageMoves) {
  Message m{Large()};
  const Large* before = &m.get<Large>();
  Message moved = std::move(m);
  EXPECT_EQ(&moved.get<Large>(), before);
  EXPECT_FALSE(moved.get<Large>().moved_from);
}

TEST(MessageTest, AlignsOveralignedValues) {
  struct alignas(64) Aligned {
    int value = 9;
  };
  Message m{Aligned()};
  EXPECT_EQ(reinterpret_cast<uintptr_t>(&m.get<Aligned>()) % 64, 0u);
  EXPECT_EQ(m.get<Aligned>().value, 9);
}

TEST(MessageTest, AValueWhoseConstructionThrowsLeavesNothingBehind) {
  struct Throwing {
    Throwing() = default;
    Throwing(const Throwing&) { throw Oops("copy"); }
  };
  Throwing source;
  const int alive = Large::alive;
  EXPECT_EQ(Outcome([&] { Message m{Large(), source}; }), "oops copy");
  EXPECT_EQ(Large::alive, alive);
}

TEST(MessageTest, IsMoveOnly) {
  EXPECT_FALSE(std::is_copy_constructible_v<Message>);
  EXPECT_FALSE(std::is_copy_assignable_v<Message>);
  EXPECT_TRUE(std::is_nothrow_move_constructible_v<Message>);
  EXPECT_TRUE(std::is_nothrow_move_assignable_v<Message>);
  EXPECT_FALSE((std::is_convertible_v<int, Message>));
}

TEST(MessageTest, DescribesItsTypes) {
  EXPECT_EQ(Message(1, 2.0, 'c').Describe(), "(int, double, char)");
}

TEST(MessageTest, AskingForAnotherTypeIsAnError) {
  Message m(1, 2.0);
  EXPECT_EQ(ErrorText<MessageError>([&] { m.get<1, int>(); }),
            "message holds (int, double), but value 1 was asked for as int: "
            "ask for exactly the types that were sent");
  EXPECT_EQ((m.get<1, double>()), 2.0);  // a failed get changes nothing
}

TEST(MessageTest, AskingForAMissingValueIsAnError) {
  const Message m(1);
  EXPECT_EQ(ErrorText<MessageError>([&] { m.get<1, int>(); }),
            "message holds (int), but value 1 was asked for as int: ask for "
            "exactly the types that were sent");
}

TEST(MessageTest, TheOnlyValueOfManyIsAnError) {
  Message m(1, 2);
  EXPECT_EQ(ErrorText<MessageError>([&] { m.get<int>(); }),
            "message holds (int, int), but value 0 was asked for as int: ask "
            "for exactly the types that were sent");
}

TEST(MessageTest, TheSpecialMessagesHoldNoValue) {
  EXPECT_EQ(ErrorText<MessageError>([] { Message().get<int>(); }),
            "message holds (), but value 0 was asked for as int: ask for "
            "exactly the types that were sent");
  EXPECT_EQ(ErrorText<MessageError>([] { Message::None().get<int>(); }),
            "message holds none, but value 0 was asked for as int: ask for "
            "exactly the types that were sent");
  EXPECT_EQ(
      ErrorText<MessageError>([] {
        Message::Exit(std::make_exception_ptr(GreenletExit())).get<int>();
      }),
      "message holds exit, but value 0 was asked for as int: ask for exactly "
      "the types that were sent");
}

}  // namespace
}  // namespace microthread_test
