// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// A greenlet is killed while a plain pointer on its stack is all that refers to
// a block: the pointer is still there, on a stack that nobody uses.

#include <cstddef>

#include "microthread/microthread.h"
#include "tests/sanitizers/planted.h"

namespace {

struct Block {
  explicit Block(bool is_owned) : owned(is_owned) {}
  ~Block() {
    if (owned) delete[] bytes;
  }
  char* bytes = nullptr;
  bool owned;
};

PLANTED_NOINLINE void Allocate(Block* block) {
  block->bytes = new char[1000];
  microthread_test::Touch(block->bytes);
}

PLANTED_NOINLINE void AllocateAndWait(bool bug) {
  Block block(/*owned=*/!bug);
  Allocate(&block);
  microthread::Greenlet::Main().Switch();
  microthread_test::Touch(&block);
}

}  // namespace

int main(int argc, char** argv) {
  const bool bug = microthread_test::BugIsWanted(argc, argv);
  microthread_test::Exercise();
  microthread::Greenlet greenlet([bug] { AllocateAndWait(bug); });
  greenlet.Switch();
  greenlet.Kill();
  return microthread_test::Done();
}
