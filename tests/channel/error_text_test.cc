// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// The texts of the errors of channels, word for word.

#include <string>

#include "tests/scheduler/event_log.h"

namespace microthread {
namespace {

using ErrorTextTest = EventLogTest;

TEST_F(ErrorTextTest, OfAClosedChannel) {
  const Channel<int> c("c");
  c.Close();
  const std::string rest =
      " on channel \"c\": it is closed, and nobody waits at the other side; "
      "use "
      "Open(), or come before it is closed";
  EXPECT_EQ(ErrorText([c] { c.Send(1); }),
            "tasklet \"main\" cannot send" + rest);
  EXPECT_EQ(ErrorText([c] { c.Receive(); }),
            "tasklet \"main\" cannot receive" + rest);
}

TEST_F(ErrorTextTest, OfAFinishedChannel) {
  const Channel<int> c("c");
  SpawnNamed("r",
             [this, c] { log.push_back(ErrorText([c] { c.Receive(); })); });
  Run();
  c.Finish();
  Run();
  const std::string end =
      "channel \"c\" is finished: no further values will come; a loop over it "
      "ends here, a plain Receive() must catch EndOfChannel";
  EXPECT_THAT(log, ElementsAre(end));
  EXPECT_EQ(ErrorText([c] { c.Receive(); }), end);
  EXPECT_EQ(
      ErrorText([c] { c.Send(1); }),
      "tasklet \"main\" cannot send on channel \"c\": it is finished; send "
      "before Finish() is called");
  EXPECT_EQ(ErrorText([c] { c.Open(); }),
            "channel \"c\" is finished and cannot be opened again: make a new "
            "channel");
}

TEST_F(ErrorTextTest, OfAnEndOfChannelThatASenderMakes) {
  EXPECT_STREQ(EndOfChannel().what(),
               "end of channel: the sender has no more values; a loop over the "
               "channel ends here, a plain Receive() must catch EndOfChannel");
}

TEST_F(ErrorTextTest, OfAChannelThatIsDestroyedUnderAWaiter) {
  auto* c = new Channel<int>("c");
  SpawnNamed("t", [c] { delete c; });
  EXPECT_EQ(
      ErrorText([c] { c->Receive(); }),
      "the last handle to channel \"c\" was dropped while tasklet \"main\" "
      "waited on it: keep a handle (capture the channel by value) where "
      "you wait");
}

TEST_F(ErrorTextTest, OfSendingWhatIsNoException) {
  const Channel<std::string> c("c");
  SpawnNamed("r", [this, c] { log.push_back(c.Receive()); });
  Run();
  EXPECT_EQ(ErrorText([c] { c.SendException(std::current_exception()); }),
            "channel \"c\" cannot be given a null exception_ptr: there is no "
            "exception in it; outside of a catch block "
            "std::current_exception() is null, use std::make_exception_ptr");
  c.Send("value");  // the receiver still waits
  EXPECT_THAT(log, ElementsAre("value"));
}

TEST_F(ErrorTextTest, NamesAnUnnamedChannelByItsNumber) {
  const Channel<int> c;
  c.Finish();
  const std::string text = ErrorText([c] { c.Open(); });
  EXPECT_THAT(text,
              ::testing::MatchesRegex(
                  "channel [0-9]+ is finished and cannot be opened again: "
                  "make a new channel"));
}

}  // namespace
}  // namespace microthread
