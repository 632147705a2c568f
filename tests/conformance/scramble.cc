// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// Where an event is chosen, it is chosen at random.

#include "tests/conformance/scramble.h"

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <iostream>

namespace microthread::conformance {
namespace {

using Events = std::vector<std::string>;

size_t Choose(size_t count, std::mt19937& random) {
  return std::uniform_int_distribution<size_t>(0, count - 1)(random);
}

void SwapNeighbors(Events& events, std::mt19937& random) {
  size_t i = Choose(events.size() - 1, random);
  while (events[i] == events[i + 1]) i = (i + 1) % (events.size() - 1);
  std::swap(events[i], events[i + 1]);
}

void AlterOne(std::string& event, std::mt19937& random) {
  char& character = event[Choose(event.size(), random)];
  character = character == '1' ? '0' : '1';
}

void ScrambleEvents(Events& events, Scrambling scrambling,
                    std::mt19937& random) {
  const size_t chosen = Choose(events.size(), random);
  switch (scrambling) {
    case Scrambling::kSwapNeighbors:
      return SwapNeighbors(events, random);
    case Scrambling::kRotate:
      std::rotate(events.begin(), events.end() - 1, events.end());
      return;
    case Scrambling::kAlterOne:
      return AlterOne(events[chosen], random);
    case Scrambling::kDropOne:
      events.erase(events.begin() + chosen);
      return;
    case Scrambling::kDropLast:
      events.pop_back();
      return;
    case Scrambling::kRepeatOne:
      events.insert(events.begin() + chosen, std::string(events[chosen]));
      return;
  }
}

}  // namespace

std::vector<Trace> Scramble(std::vector<Trace> traces, Scrambling scrambling,
                            std::mt19937& random) {
  for (Trace& trace : traces) {
    Events& events = trace.expectation.value().events;
    const Events original = events;
    ScrambleEvents(events, scrambling, random);
    if (events == original) {
      std::cerr << trace.program.name << " has not been scrambled\n";
      std::abort();
    }
  }
  return traces;
}

}  // namespace microthread::conformance
