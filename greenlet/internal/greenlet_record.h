// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// The greenlet itself, to which `Greenlet` is a handle.
//
// What counts as a reference, besides handles: the parent link of each child
// and the strand's `root`. What runs, and what others have switched to and wait
// for, lives too; see partners.h.

#ifndef MICROTHREAD_GREENLET_INTERNAL_GREENLET_RECORD_H_
#define MICROTHREAD_GREENLET_INTERNAL_GREENLET_RECORD_H_

#include <cstddef>
#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <string_view>

#include "microthread/greenlet/config.h"
#include "microthread/greenlet/context_value.h"
#include "microthread/greenlet/internal/context.h"
#include "microthread/greenlet/internal/inline_function.h"
#include "microthread/greenlet/internal/record_memory.h"
#include "microthread/greenlet/internal/ref_count.h"
#include "microthread/greenlet/internal/relaxed.h"
#include "microthread/greenlet/internal/stack.h"
#include "microthread/greenlet/internal/thread.h"
#include "microthread/greenlet/internal/weak_link.h"
#include "microthread/greenlet/message.h"
#include "microthread/greenlet/state.h"

MICROTHREAD_NAMESPACE_BEGIN
namespace internal {

class GeneratorCore;

struct WeakLink;

// What a greenlet finds on getting control, besides a message.
enum Landing : uint8_t {
  kLandError = 1,   // `error` is to be thrown
  kLandTraced = 2,  // the tracer is to be told first
  // The greenlet owns a counted reference, to be dropped when it lands:
  kLandOrigin = 4,  // to the one that has switched to it
  kLandTarget = 8,  // to the one that its switch names, `held_target`
};

struct alignas(kCacheLine) GreenletRecord : Counted, RecordMemory {
  explicit GreenletRecord(Thread& thread_made_on);
  ~GreenletRecord();

  Context context;  // while suspended
  // Foreign threads read it too: they must not switch to the greenlet, and are
  // told so.
  Relaxed<GreenletState> state = GreenletState::kUnborn;
  uint8_t landing = 0;  // of Landing
  bool is_root = false;
  bool current_is_counted = false;  // the strand's `current` owns a reference
  // A root's own strand; null for all others, and when the strand has ended.
  Strand* strand = nullptr;
  Ref<GreenletRecord> parent;
  // Its partners, of whom it is one too.
  GreenletRecord* last_switcher = nullptr;  // who has switched to it
  GreenletRecord* last_target = nullptr;    // to whom it has switched
  Message mailbox;  // what it is resumed with; empty while it is suspended
  std::exception_ptr error;
  GreenletRecord* held_target = nullptr;
  std::exception_ptr deferred;            // to be thrown when it may be
  Stack* stack = nullptr;                 // while it is active and not a root
  Relaxed<Thread*> thread = nullptr;      // who runs it, once it has started
  ThreadToken maker;                      // the thread that made it
  GreenletRecord* next_active = nullptr;  // in the thread's list
  GreenletRecord* prev_active = nullptr;
  Ref<WeakLink> weak;
  std::optional<ContextMap> values;  // made at first use
  size_t stack_size = 0;
  size_t guard_size = 0;
  GeneratorCore* generator = nullptr;  // whose body it is
  uint64_t id = 0;
  std::string name;
  InlineFunction<Message(Message)> run;

  bool active() const {
    return state == GreenletState::kSuspended ||
           state == GreenletState::kRunning;
  }
  bool dead() const { return state == GreenletState::kDead; }

  // No reference is left: unwinds it if it is suspended, and frees it.
  void Unreferenced();

 private:
  // Returns whether the record may be freed now.
  bool End();
};

static_assert(sizeof(GreenletRecord) <= kMaxRecordLines * kCacheLine);

// `greenlet "walker"`, `greenlet 7`, `the main greenlet of tasklet "reader"`.
std::string DescribeGreenlet(const GreenletRecord& greenlet);

// A new, unborn greenlet without a function. A null `parent` is an error.
Ref<GreenletRecord> NewGreenlet(std::string_view name, size_t stack_size,
                                size_t guard_size, GreenletRecord* parent);

// The main greenlet of the running strand, made at first use.
GreenletRecord& RootOfStrand(Thread& thread);
GreenletRecord& CurrentGreenlet(Thread& thread);

// Asks a suspended greenlet to end and returns when control comes back.
// Whatever that brings ends the wait; an exception is reported.
void AskToEnd(Thread& thread, GreenletRecord& victim);

// It is dead, and nobody's partner.
void Bury(GreenletRecord& greenlet);

// Lists a greenlet that has got its stack, and one that gives it back.
void ListActive(Thread& thread, GreenletRecord& greenlet);
void UnlistActive(Thread& thread, GreenletRecord& greenlet);

// The OS thread is being ended (pthread_exit) while a greenlet runs: control
// has left its stack. The root is current again; if it is ever resumed it gets
// `error`.
void ForgetRunning(Thread& thread, std::exception_ptr error);

// Throws AlreadyStartedError unless it is unborn.
void RequireUnborn(const GreenletRecord* greenlet);

// The strand has ended: its root is dead, and its suspended greenlets will
// belong to whoever resumes or drops them.
void EndStrand(Thread& thread, Strand& strand);

// The thread ends.
void EndGreenletsOfThread(Thread& thread);

// Whether `ancestor` is `of` or one of its ancestors.
bool IsAncestor(const GreenletRecord* ancestor, const GreenletRecord* of);

void SetParent(GreenletRecord* greenlet, GreenletRecord* parent);

}  // namespace internal
MICROTHREAD_NAMESPACE_END

#endif  // MICROTHREAD_GREENLET_INTERNAL_GREENLET_RECORD_H_
