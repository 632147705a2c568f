// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// Every layer of the library on one page, from the bottom upwards.
//
//   ./bazelw run //examples:tour

#include <iostream>
#include <stdexcept>
#include <string>

#include "microthread/microthread.h"

namespace mt = microthread;

// A greenlet has a stack of its own; control goes where it is switched to.
void Greenlets() {
  std::cout << "--- greenlet\n";
  mt::Greenlet sum([](int first) {
    int total = first;
    for (;;) total += mt::Greenlet::Main().Switch(total).get<int>();
  });
  for (int n : {1, 10, 100}) {
    std::cout << n << " makes " << sum.Switch(n).get<int>() << "\n";
  }
}  // The last handle is dropped, and the suspended loop is unwound.

// A generator is a greenlet that hands out values to a loop.
void Generators() {
  std::cout << "--- generator\n";
  mt::Generator<int> countdown([] {
    for (int n = 3; n > 0; --n) mt::Yield(n);
  });
  for (int n : countdown) std::cout << n << "\n";
}

// A tasklet is run by the scheduler, in turn with all others of its thread.
void Tasklets() {
  std::cout << "--- scheduler and tasklets\n";
  for (const char* name : {"ada", "bob"}) {
    mt::Spawn([name] {
      std::cout << name << " begins\n";
      mt::Schedule();  // lets the others run
      std::cout << name << " ends\n";
    });
  }
  std::cout << "nobody has run yet\n";
  mt::Run();
}

// A channel is where tasklets meet: a value moves when both are there.
void Channels() {
  std::cout << "--- channel\n";
  mt::Channel<std::string> words;
  mt::Spawn([words] {
    words.Send("synchronous");
    words.Send("hand-over");
    words.Finish();  // ends the loop below
  });
  mt::Spawn([words] {
    for (const std::string& word : words) std::cout << word << "\n";
  });
  mt::Run();
}

// Run() returns when nobody can run. Its result tells who is still waiting.
void SomeoneStaysBlocked() {
  std::cout << "--- someone stays blocked\n";
  mt::Channel<int> letters("letters");
  mt::Spawn({.name = "romeo"}, [letters] {
    struct Farewell {
      ~Farewell() { std::cout << "romeo is unwound\n"; }
    } farewell;
    letters.Receive();  // nobody will ever send
  });
  const mt::RunResult result = mt::Run();
  std::cout << result.blocked() << " blocked\n";
  for (const std::string& line : result.DescribeBlocked()) {
    std::cout << line << "\n";
  }
}

// An error that a tasklet does not catch comes out of Run(). The others are
// still there, and a further Run() goes on with them.
void AnErrorComesOutOfRun() {
  std::cout << "--- an error comes out of Run()\n";
  mt::Spawn([] { throw std::runtime_error("out of ink"); });
  mt::Spawn([] { std::cout << "the other one has ink\n"; });
  try {
    mt::Run();
  } catch (const std::runtime_error& error) {
    std::cout << "caught: " << error.what() << "\n";
  }
  mt::Run();
}

int main() {
  mt::ThreadScope scope;  // ends, at the }, the tasklets that are left
  Greenlets();
  Generators();
  Tasklets();
  Channels();
  SomeoneStaysBlocked();
  AnErrorComesOutOfRun();
  std::cout << "--- end of main\n";
}
