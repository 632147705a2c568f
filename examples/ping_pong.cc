// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// Two tasklets and one ball. Nobody says who is next: a player waits until the
// ball comes, and whoever sends it lets the other one play.
//
//   ./bazelw run //examples:ping_pong

#include <iostream>
#include <string_view>

#include "microthread/microthread.h"

namespace mt = microthread;

// Plays until the ball has no turns left, or until the other player stops.
void Play(std::string_view name, const mt::Channel<int>& from,
          const mt::Channel<int>& to) {
  for (int turns : from) {
    std::cout << name << " " << turns << "\n";
    if (turns == 1) break;
    to.Send(turns - 1);
  }
  std::cout << name << " stops\n";
  to.Finish();  // ends the other player's loop
}

int main() {
  mt::ThreadScope scope;
  mt::Channel<int> left, right;
  mt::Spawn(Play, "ping", left, right);
  mt::Spawn(Play, "pong", right, left);
  mt::Spawn([left] { left.Send(6); });  // the serve
  mt::Run();
}
