// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// What the small examples print, all of it. What word_count does is in
// word_count_test.cc.

#include <string>

#include "gtest/gtest.h"
#include "tests/examples/run_program.h"

namespace microthread::testing {
namespace {

// The output of a run that must go well.
std::string Output(const std::vector<std::string>& arguments) {
  const RunResult result = RunProgram(arguments);
  EXPECT_EQ(result.status, 0);
  EXPECT_EQ(result.error, "");
  return result.output;
}

TEST(ExamplesTest, Tour) {
  EXPECT_EQ(Output({ExamplePath("tour")}), R"(--- greenlet
1 makes 1
10 makes 11
100 makes 111
--- generator
3
2
1
--- scheduler and tasklets
nobody has run yet
ada begins
bob begins
ada ends
bob ends
--- channel
synchronous
hand-over
--- someone stays blocked
1 blocked
tasklet "romeo" is receiving on channel "letters"
--- an error comes out of Run()
caught: out of ink
the other one has ink
--- end of main
romeo is unwound
)");
}

TEST(ExamplesTest, Generators) {
  EXPECT_EQ(Output({ExamplePath("generators")}), R"(leaves: t r e e
same fringe: true
same fringe: false
permutations: abc acb bac bca cba cab
squares below 40: 1 4 9 16 25 36 (notebook closed)
)");
}

TEST(ExamplesTest, PingPong) {
  EXPECT_EQ(Output({ExamplePath("ping_pong")}), R"(ping 6
pong 5
ping 4
pong 3
ping 2
pong 1
pong stops
ping stops
)");
}

TEST(ExamplesTest, PrimeSieve) {
  EXPECT_EQ(Output({ExamplePath("prime_sieve")}),
            "2\n3\n5\n7\n11\n13\n17\n19\n23\n29\n"
            "31\n37\n41\n43\n47\n53\n59\n61\n67\n71\n");
}

TEST(ExamplesTest, PrimeSieveOfAsManyAsAreAskedFor) {
  EXPECT_EQ(Output({ExamplePath("prime_sieve"), "3"}), "2\n3\n5\n");
  EXPECT_EQ(Output({ExamplePath("prime_sieve"), "0"}), "");
  const std::string thousand = Output({ExamplePath("prime_sieve"), "1000"});
  EXPECT_EQ(thousand.substr(thousand.size() - 10), "7907\n7919\n");
}

TEST(ExamplesTest, PrimeSieveRefusesWhatIsNoNumber) {
  for (const std::string argument : {"-1", "x", "", "3x", "99999999999"}) {
    const RunResult result = RunProgram({ExamplePath("prime_sieve"), argument});
    EXPECT_EQ(result.status, 1) << argument;
    EXPECT_EQ(result.output, "") << argument;
    EXPECT_EQ(result.error,
              "prime_sieve: bad arguments; give the number of primes to "
              "print, 0 or more, or nothing\n")
        << argument;
  }
}

}  // namespace
}  // namespace microthread::testing
