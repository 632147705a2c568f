// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// Equal means equal: same events, same number, same order.

#include "tests/conformance/compare.h"

#include <algorithm>
#include <cstddef>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace microthread::conformance {
namespace {

std::string EventAt(const std::vector<std::string>& events, size_t index) {
  if (index >= events.size()) return "nothing";
  return absl::StrCat("\"", events[index], "\"");
}

// How the events of M's last operations begin.
std::vector<std::string> Tail(const Program& program) {
  std::vector<std::string> tail;
  for (int i = 0; i < program.channels; ++i) {
    tail.push_back(absl::StrCat("M chan ", i, " "));
  }
  for (const auto& [name, body] : program.bodies) {
    if (name != "M") tail.push_back(absl::StrCat("M task ", name, " "));
  }
  return tail;
}

std::optional<std::string> Wrong(size_t index, const std::string& expected,
                                 const std::vector<std::string>& events) {
  return absl::StrCat("event ", index + 1, ": expected ", expected, ", got ",
                      EventAt(events, index));
}

}  // namespace

std::optional<std::string> FirstDifference(
    const Expectation& expectation, const std::vector<std::string>& events) {
  const std::vector<std::string>& expected = expectation.events;
  const size_t longer = std::max(expected.size(), events.size());
  for (size_t i = 0; i < longer; ++i) {
    if (i < expected.size() && i < events.size() && expected[i] == events[i]) {
      continue;
    }
    return Wrong(i, EventAt(expected, i), events);
  }
  return std::nullopt;
}

std::optional<std::string> FirstDefect(const Program& program,
                                       const std::vector<std::string>& events) {
  std::set<std::string> begun;
  for (size_t i = 0; i < events.size() || i == 0; ++i) {
    if (i == 0 && EventAt(events, i) != "\"M begin\"") {
      return Wrong(i, "\"M begin\"", events);
    }
    const std::string name = events[i].substr(0, events[i].find(' '));
    const bool begins = events[i] == name + " begin";
    if (begins != begun.insert(name).second) {
      return Wrong(
          i, absl::StrCat("one \"", name, " begin\", the first of ", name),
          events);
    }
  }
  const std::vector<std::string> tail = Tail(program);
  const size_t start = events.size() - std::min(events.size(), tail.size());
  for (size_t i = 0; i < tail.size(); ++i) {
    if (start + i < events.size() &&
        absl::StartsWith(events[start + i], tail[i])) {
      continue;
    }
    return Wrong(start + i, absl::StrCat("\"", tail[i], "...\""), events);
  }
  return std::nullopt;
}

}  // namespace microthread::conformance
