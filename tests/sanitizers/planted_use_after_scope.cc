// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// A tasklet reads a variable of its own after the end of its scope, when
// others have run meanwhile.

#include "microthread/microthread.h"
#include "tests/sanitizers/planted.h"

namespace {

int* escaped = nullptr;

PLANTED_NOINLINE int ReadAfterScope() {
  int value = *escaped;
  microthread_test::Touch(&value);
  return value;
}

PLANTED_NOINLINE int KeepTooLong(bool bug) {
  int sum = 0;
  {
    int scoped[4] = {1, 2, 3, 4};
    microthread_test::Touch(scoped);
    escaped = &scoped[2];
    microthread::Schedule();
    if (!bug) sum += ReadAfterScope();
  }
  microthread::Schedule();
  if (bug) sum += ReadAfterScope();
  return sum + 1;
}

}  // namespace

int main(int argc, char** argv) {
  const bool bug = microthread_test::BugIsWanted(argc, argv);
  microthread_test::Exercise();
  int result = 0;
  microthread::Spawn([&] { result = KeepTooLong(bug) + 1; });
  microthread::Spawn(microthread_test::Exercise);
  microthread::Run();
  microthread_test::Touch(&result);
  return microthread_test::Done();
}
