// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0

#include "microthread/greenlet/overflow_report.h"

#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <mutex>
#include <string_view>

#include "microthread/greenlet/error.h"
#include "microthread/greenlet/internal/greenlet_inl.h"
#include "microthread/greenlet/internal/stack_pool.h"
#include "microthread/greenlet/internal/thread.h"
#include "microthread/greenlet/internal/throw.h"

MICROTHREAD_NAMESPACE_BEGIN
namespace {

constexpr size_t kSignalStackSize = 64 * 1024;

struct sigaction previous_handler;

// Text without allocation: a signal handler may call next to nothing.
class Line {
 public:
  Line& Add(const char* text) { return Add(text, std::strlen(text)); }
  Line& Add(const char* text, size_t size) {
    for (size_t i = 0; i < size && used_ < sizeof(text_); ++i) {
      text_[used_++] = text[i];
    }
    return *this;
  }
  Line& Add(uint64_t number) {
    char digits[20];
    size_t i = sizeof(digits);
    do {
      digits[--i] = static_cast<char>('0' + number % 10);
      number /= 10;
    } while (number != 0);
    return Add(digits + i, sizeof(digits) - i);
  }
  void Write() const {
    [[maybe_unused]] ssize_t written = write(STDERR_FILENO, text_, used_);
  }

 private:
  char text_[512];
  size_t used_ = 0;
};

void Report(const internal::Strand& strand, const internal::Stack& stack) {
  const internal::GreenletRecord* greenlet = strand.current;
  const bool in_greenlet = greenlet != nullptr && !greenlet->is_root;
  const std::string_view name = in_greenlet ? greenlet->name : strand.name();
  Line line;
  line.Add("microthread: stack overflow in ")
      .Add(in_greenlet ? "greenlet " : "tasklet ");
  if (name.empty()) {
    line.Add(in_greenlet ? greenlet->id : strand.id);
  } else {
    line.Add("\"").Add(name.data(), name.size()).Add("\"");
  }
  line.Add(": its ")
      .Add(stack.size())
      .Add(
          " bytes are used up; give it more (the option stack_size), or let "
          "it recurse less\n")
      .Write();
}

// Gives the signal to whoever had it before.
void PassOn(int signal, siginfo_t* info, void* context) {
  if ((previous_handler.sa_flags & SA_SIGINFO) != 0) {
    previous_handler.sa_sigaction(signal, info, context);
  } else if (previous_handler.sa_handler != SIG_DFL &&
             previous_handler.sa_handler != SIG_IGN) {
    previous_handler.sa_handler(signal);
  } else {
    // The fault happens again on return, and kills the process.
    struct sigaction action = {};
    action.sa_handler = SIG_DFL;
    sigaction(signal, &action, nullptr);
  }
}

void OnFault(int signal, siginfo_t* info, void* context) {
  const internal::Thread* thread = internal::current_thread;
  if (thread != nullptr) {
    const internal::Strand& strand = *thread->current;
    const internal::Stack& stack = *internal::StackInUse(strand);
    if (GuardContains(stack, static_cast<const char*>(info->si_addr))) {
      Report(strand, stack);
    }
  }
  PassOn(signal, info, context);
}

void InstallHandler() {
  struct sigaction action = {};
  action.sa_sigaction = &OnFault;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigemptyset(&action.sa_mask);
  sigaction(SIGSEGV, &action, &previous_handler);
}

// The thread's alternate signal stack, unless it has one already; taken away
// when the thread ends.
class SignalStack {
 public:
  SignalStack() {
    stack_t current = {};
    sigaltstack(nullptr, &current);
    present_ = (current.ss_flags & SS_DISABLE) == 0;
    if (present_) return;
    memory_ = mmap(nullptr, kSignalStackSize, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory_ == MAP_FAILED) return;
    stack_t ours = {};
    ours.ss_sp = memory_;
    ours.ss_size = kSignalStackSize;
    present_ = sigaltstack(&ours, nullptr) == 0;
  }
  ~SignalStack() {
    if (memory_ == MAP_FAILED) return;
    stack_t none = {};
    none.ss_flags = SS_DISABLE;
    sigaltstack(&none, nullptr);
    munmap(memory_, kSignalStackSize);
  }

  bool present() const { return present_; }

 private:
  bool present_ = false;
  void* memory_ = MAP_FAILED;
};

}  // namespace

void InstallOverflowReport() {
  thread_local SignalStack stack;
  if (!stack.present()) {
    internal::Throw(ResourceExhaustedError(
        "no memory for a signal stack of " + std::to_string(kSignalStackSize) +
        " bytes: stack overflows on this thread cannot be reported"));
  }
  static std::once_flag once;
  std::call_once(once, &InstallHandler);
}

MICROTHREAD_NAMESPACE_END
