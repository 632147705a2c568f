// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// File: thread_scope.h
//
// A `ThreadScope` bounds the life of a thread's tasklets: at its end it kills
// those that are left and runs until they are gone, so that their destructors
// run while everything they refer to is still there. Declare it after the
// objects that tasklets refer to, so that it ends before they do:
//
//   int main() {
//     Database database;
//     ThreadScope scope;      // ends before `database` does
//     Spawn([&database] { Serve(database); });
//     Run();
//   }                         // a Serve() that still waits is unwound here
//
// Without one, a thread other than main does the same when it ends; the
// tasklets that main leaves behind are never unwound (its variables are gone by
// then).

#ifndef MICROTHREAD_SCHEDULER_THREAD_SCOPE_H_
#define MICROTHREAD_SCHEDULER_THREAD_SCOPE_H_

#include "microthread/greenlet/config.h"

MICROTHREAD_NAMESPACE_BEGIN

// Thread-bound. Scopes may nest: each one ends all tasklets of the thread.
class ThreadScope {
 public:
  ThreadScope() = default;
  ThreadScope(const ThreadScope&) = delete;
  ThreadScope& operator=(const ThreadScope&) = delete;

  // Kills every tasklet of this thread but the calling one, and runs until all
  // have ended. A tasklet that has not started just goes. One that catches the
  // exit and lives on is killed again, ten times at most; then it is reported
  // on standard error and left behind.
  //
  // Blocks: until they have ended.
  // Errors: never throws; an exception that a tasklet does not catch while it
  //   is unwound is reported on standard error.
  ~ThreadScope();
};

MICROTHREAD_NAMESPACE_END

#endif  // MICROTHREAD_SCHEDULER_THREAD_SCOPE_H_
