// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// The program whose instructions `run` counts: executes one of the library's
// operations as often as it is told to, and checks that it did.
//
//   operations OPERATION TIMES
//   operations compiler          prints what it was built by, and for

#include <charconv>
#include <cstdint>
#include <functional>
#include <iostream>
#include <map>
#include <string_view>

#include "microthread/microthread.h"

namespace {

using microthread::Channel;
using microthread::Greenlet;
using microthread::Run;
using microthread::Schedule;
using microthread::Spawn;

int64_t executed = 0;

// Belongs to each operation, once, and plants MICROTHREAD_PLANTED instructions
// in it. The compiler cannot see how many they are: it would make other code of
// what lies around them, and their number would not be the difference.
MICROTHREAD_ALWAYS_INLINE void CountOperation() {
  ++executed;
  asm inline volatile(".rept %c0\n\tnop\n\t.endr" : : "i"(MICROTHREAD_PLANTED));
}

// One of two greenlets switches to the other, and sends an int along.
bool SwitchGreenlets(int64_t times) {
  Greenlet partner([](int number) {
    const Greenlet main = Greenlet::Main();
    for (;;) {
      CountOperation();
      number = main.Switch(number + 1).get<int>();
    }
  });
  int number = 0;
  for (int64_t i = 0; i < times / 2; ++i) {
    CountOperation();
    number = partner.Switch(number).get<int>();
  }
  return number == times / 2;
}

// In a ring of tasklets, of which the main tasklet is one, each lets the others
// run, by turns.
bool YieldInRing(int64_t members, int64_t times) {
  const int64_t laps = times / members;
  const auto yield_repeatedly = [laps] {
    for (int64_t i = 0; i < laps; ++i) {
      CountOperation();
      Schedule();
    }
  };
  for (int64_t i = 1; i < members; ++i) Spawn(yield_repeatedly);
  yield_repeatedly();
  return Run().blocked() == 0;
}

// One tasklet sends an item, another receives it.
bool TransferItems(int64_t times) {
  const Channel<int> numbers;
  Spawn([numbers, times] {
    for (int64_t i = 0; i < times; ++i) numbers.Send(static_cast<int>(i));
  });
  int64_t sum = 0;
  for (int64_t i = 0; i < times; ++i) {
    CountOperation();
    sum += numbers.Receive();
  }
  return Run().blocked() == 0 && sum == times * (times - 1) / 2;
}

// A tasklet that does nothing is spawned, runs and ends.
bool SpawnAndFinish(int64_t times) {
  for (int64_t i = 0; i < times; ++i) {
    Spawn([] { CountOperation(); });
    Schedule();
  }
  return Run().blocked() == 0;
}

const std::map<std::string_view, std::function<bool(int64_t)>> kOperations = {
    {"switch", SwitchGreenlets},
    {"yield_2", std::bind_front(YieldInRing, 2)},
    {"yield_1000", std::bind_front(YieldInRing, 1000)},
    {"channel_item", TransferItems},
    {"spawn", SpawnAndFinish},
};

void PrintCompiler() {
#if defined(__clang__)
  std::cout << "clang-" << __clang_major__;
#else
  std::cout << "gcc-" << __GNUC__;
#endif
#if defined(__x86_64__)
  std::cout << "-x86_64\n";
#elif defined(__aarch64__)
  std::cout << "-aarch64\n";
#else
  std::cout << "-other\n";
#endif
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 2 && std::string_view(argv[1]) == "compiler") {
    PrintCompiler();
    return 0;
  }
  const auto operation =
      argc == 3 ? kOperations.find(argv[1]) : kOperations.end();
  int64_t times = 0;
  if (operation != kOperations.end()) {
    const std::string_view text = argv[2];
    std::from_chars(text.data(), text.data() + text.size(), times);
  }
  if (times <= 0) {
    std::cerr << "usage: operations OPERATION TIMES | operations compiler\n";
    return 2;
  }
  if (!operation->second(times) || executed != times) {
    std::cerr << argv[1] << ": wrong result; executed " << executed << " of "
              << times << "\n";
    return 1;
  }
  return 0;
}
