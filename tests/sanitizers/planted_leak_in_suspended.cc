// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// A tasklet drops a block and then waits for ever. It is suspended when the
// program ends, and so is nearly everybody else: other tasklets, a greenlet,
// main itself (a tasklet calls exit), a second OS thread. What they own is no
// leak, though nothing but their stacks refers to it.

#include <unistd.h>

#include <cstdlib>
#include <memory>
#include <semaphore>
#include <thread>

#include "microthread/microthread.h"
#include "tests/sanitizers/planted.h"

namespace {

using microthread::Channel;
using microthread::Greenlet;
using microthread::Spawn;

PLANTED_NOINLINE void DropBlock() {
  char* block = new char[1000];
  microthread_test::Touch(block);
  microthread_test::Touch(&block);
}

// Whoever waits here owns a block through a variable that the compiler must
// keep in memory, and one that it may keep in a register.
PLANTED_NOINLINE void OwnAndWait(const Channel<void>& never) {
  auto in_memory = std::make_unique<int>(1);
  auto in_register = std::make_unique<int>(2);
  microthread_test::Touch(&in_memory);
  never.Receive();
  microthread_test::Touch(in_memory.get());
  microthread_test::Touch(in_register.get());
}

PLANTED_NOINLINE void DropAndWait(const Channel<void>& never) {
  DropBlock();
  never.Receive();
}

void SpawnOwners() {
  const Channel<void> never;
  for (int i = 0; i < 3; ++i) Spawn([never] { OwnAndWait(never); });
  microthread::Run();
}

void OtherThread(std::binary_semaphore* ready) {
  auto owned = std::make_unique<int>(3);
  microthread_test::Touch(&owned);
  SpawnOwners();
  Spawn([ready] {
    ready->release();
    for (;;) pause();
  });
  microthread::Run();
  microthread_test::Touch(owned.get());
}

}  // namespace

int main(int argc, char** argv) {
  const bool bug = microthread_test::BugIsWanted(argc, argv);
  microthread_test::Exercise();
  auto owned = std::make_unique<int>(4);
  microthread_test::Touch(&owned);
  static std::binary_semaphore ready(0);
  std::thread(OtherThread, &ready).detach();
  ready.acquire();
  SpawnOwners();
  const Channel<void> never;
  if (bug) Spawn([never] { DropAndWait(never); });
  Greenlet greenlet([] {
    auto in_greenlet = std::make_unique<int>(5);
    microthread_test::Touch(&in_greenlet);
    Greenlet::Main().Switch();
    microthread_test::Touch(in_greenlet.get());
  });
  greenlet.Switch();
  Spawn([] { std::exit(microthread_test::Done()); });
  microthread::Run();
  microthread_test::Touch(owned.get());
}
