// SPDX-License-Identifier: Apache-2.0
//
// A user's program in a build without exceptions. Ends with status 0 if what
// should throw aborts with the text of the error, and if tasklets that are
// killed or dropped give their stacks back without being unwound.

#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <iostream>
#include <string>
#include <thread>

#include "microthread/microthread.h"

#if defined(__cpp_exceptions)
#error "build this with --copt=-fno-exceptions"
#endif

namespace mt = microthread;

namespace {

// What a program did: how it ended, and what it wrote to standard error.
struct Outcome {
  bool aborted;
  std::string text;
};

Outcome RunInChild(void (*program)()) {
  int ends[2];
  if (pipe(ends) != 0) return {true, "no pipe"};
  const pid_t child = fork();
  if (child == 0) {
    dup2(ends[1], STDERR_FILENO);
    program();
    std::_Exit(0);
  }
  close(ends[1]);
  Outcome outcome{false, ""};
  char buffer[4096];
  for (ssize_t n; (n = read(ends[0], buffer, sizeof buffer)) > 0;) {
    outcome.text.append(buffer, static_cast<size_t>(n));
  }
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  outcome.aborted = !WIFEXITED(status) || WEXITSTATUS(status) != 0;
  return outcome;
}

bool Expect(const char* what, void (*program)(), const Outcome& expected) {
  const Outcome outcome = RunInChild(program);
  if (outcome.aborted == expected.aborted && outcome.text == expected.text) {
    return true;
  }
  std::cout << what << (outcome.aborted ? ": aborted: " : ": ended: ")
            << outcome.text << "\n";
  return false;
}

struct Loud {
  ~Loud() { std::fputs("destroyed\n", stderr); }
};

void WaitForNobody() { mt::Channel<int>("lines").Receive(); }

void WaitWhenTheLastHasEnded() {
  mt::Spawn([] {});
  mt::Channel<int>("lines").Receive();
}

void KillAndDrop() {
  mt::Channel<int> c;
  mt::Tasklet killed = mt::Spawn({.name = "killed"}, [c] {
    Loud loud;
    c.Receive();
  });
  mt::Tasklet joiner = mt::Spawn([killed] {
    killed.Join();
    std::fputs("joined\n", stderr);
  });
  mt::Tasklet dropped = mt::Spawn([] {
    Loud loud;
    mt::ScheduleRemove();
  });
  mt::Tasklet unstarted = mt::Tasklet::New();
  unstarted.Bind([] {});
  mt::Run();
  killed.Kill();
  dropped = mt::Tasklet();
  unstarted.Kill();
  mt::Run();
  if (killed.alive() || c.balance() != 0) std::fputs("alive\n", stderr);
  // Its stack can be used again.
  mt::Spawn([] { std::fputs("next\n", stderr); });
  mt::Run();
}

void KillFromAnotherThread() {
  mt::Channel<int> c;
  mt::Tasklet killed = mt::Spawn({.name = "killed"}, [c] { c.Receive(); });
  mt::Schedule();
  std::thread([killed] { killed.Kill(); }).join();
  mt::Schedule();
  if (killed.alive() || c.balance() != 0) std::fputs("alive\n", stderr);
}

void EndGreenlet() {
  mt::Greenlet g({.name = "g"}, [] {
    Loud loud;
    mt::Greenlet::Current().parent().Switch(1);
  });
  g.Switch();
  if (!g.Kill().is_exit() || !g.dead()) std::fputs("not dead\n", stderr);
}

void LoopToTheEnd() {
  mt::Channel<int> numbers;
  mt::Spawn([numbers] {
    for (int n : numbers) std::fprintf(stderr, "%d ", n);
    std::fputs("end\n", stderr);
  });
  mt::Run();
  numbers.Send(1);
  numbers.Send(2);
  numbers.Finish();
  mt::Run();
}

constexpr char kWarning[] =
    " is ended in the middle of its function; in a build without exceptions "
    "its stack is released without unwinding, and what lies there is not "
    "destroyed (said once)\n";

}  // namespace

int main() {
  bool good = true;
  good &= Expect("a deadlock", WaitForNobody,
                 {true,
                  "microthread: deadlock: tasklet \"main\" cannot go on "
                  "receiving on channel \"lines\": no other tasklet of this "
                  "thread can run; let the other side run first\n"});
  good &= Expect("an error of another", WaitWhenTheLastHasEnded,
                 {true,
                  "microthread: deadlock: tasklet \"main\" is receiving on "
                  "channel \"lines\", and the last tasklet that could have "
                  "come has ended: let somebody come, or do not wait\n"});
  good &= Expect("kill and drop", KillAndDrop,
                 {false, std::string("microthread: tasklet \"killed\"") +
                             kWarning + "joined\nnext\n"});
  good &= Expect(
      "a kill from another thread", KillFromAnotherThread,
      {false, std::string("microthread: tasklet \"killed\"") + kWarning});
  good &=
      Expect("a greenlet", EndGreenlet,
             {false, std::string("microthread: greenlet \"g\"") + kWarning});
  good &= Expect("a loop", LoopToTheEnd, {false, "1 2 end\n"});
  std::cout << (good ? "all as it should be\n" : "see above\n");
  return good ? 0 : 1;
}
