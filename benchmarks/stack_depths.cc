// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// How much stack common calls need: prints the table of docs/caveats.md.
//
//   ./bazelw run -c opt //benchmarks:stack_depths
//
// Each call is made twice in a greenlet of its own. Before, the unused part of
// the stack is filled with a pattern; afterwards the lowest byte that has
// changed tells how far it went. (Greenlet::stack_high_water() says the same
// in whole pages, which is too coarse here.) The first call may need more: the
// dynamic linker looks up its functions, and libraries initialize themselves.

#include <fcntl.h>
#include <netdb.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <functional>
#include <iostream>
#include <locale>
#include <random>
#include <regex>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "gtest/gtest.h"
#include "microthread/microthread.h"

namespace microthread::benchmarks {
namespace {

constexpr size_t kStackSize = 4 << 20;
constexpr char kPattern = '\x5a';
// Left alone below the frame that fills the stack, for the calls that it makes
// itself while it does so.
constexpr size_t kMargin = 256;

// How far below the caller's frame `call` writes, in bytes, at least kMargin.
// Not inlined, so that its frame is a real one.
MICROTHREAD_NOINLINE size_t Depth(const std::function<void()>& call) {
  char* here = static_cast<char*>(__builtin_frame_address(0));
  char* limit = here - StackRemaining();
  // One call may be the one of StackRemaining(), whose frame is below `here`.
  limit += kMargin;
  std::memset(limit, kPattern, static_cast<size_t>(here - limit) - kMargin);
  call();
  while (*limit == kPattern) ++limit;
  return static_cast<size_t>(here - limit);
}

struct Call {
  const char* name;
  std::function<void()> call;
};

void Print(const Call& call, std::FILE* out) {
  size_t first = 0, again = 0;
  Greenlet g(GreenletOptions{.stack_size = kStackSize}, [&] {
    first = Depth(call.call);
    again = Depth(call.call);
  });
  (void)g.Switch();
  std::fprintf(out, "| %s | %zu | %zu |\n", call.name, first, again);
}

// What is computed goes here, so that no compiler leaves it out.
volatile size_t result;

std::vector<int> unsorted;

void FillUnsorted() {
  std::mt19937 random(1);
  unsorted.resize(1000);
  for (int& n : unsorted) n = static_cast<int>(random());
}

MICROTHREAD_NOINLINE void Throw() { throw std::runtime_error("oops"); }

void ThrowAndCatch() {
  try {
    Throw();
  } catch (const std::exception& error) {
    result = std::strlen(error.what());
  }
}

void MatchRegex(size_t length) {
  static const std::regex& pattern = *new std::regex("(a|b)*c");
  result = std::regex_match(std::string(length, 'a') + "c", pattern);
}

void LookUpLocalhost() {
  addrinfo* found = nullptr;
  if (getaddrinfo("localhost", "80", nullptr, &found) == 0) {
    freeaddrinfo(found);
  }
}

std::vector<Call> CLibrary() {
  return {
      {"a function that does nothing", [] {}},
      {"malloc and free of 100 bytes", [] { std::free(std::malloc(100)); }},
      {"malloc and free of 1 MB", [] { std::free(std::malloc(1 << 20)); }},
      {"snprintf of an int",
       [] {
         char text[32];
         result = std::snprintf(text, sizeof(text), "%d", 42);
       }},
      {"snprintf of a double",
       [] {
         char text[32];
         result = std::snprintf(text, sizeof(text), "%g", 0.1);
       }},
      {"snprintf(\"%.20f\") of 1e300",
       [] {
         char text[400];
         result = std::snprintf(text, sizeof(text), "%.20f", 1e300);
       }},
      {"strtod",
       [] { result = std::strtod("1.2345678901234567e-30", nullptr) > 0; }},
      {"qsort of 1,000 ints",
       [] {
         std::vector<int> numbers = unsorted;
         std::qsort(numbers.data(), numbers.size(), sizeof(int),
                    [](const void* a, const void* b) {
                      return std::memcmp(a, b, sizeof(int));
                    });
       }},
      {"localtime_r",
       [] {
         const time_t now = 0;
         tm broken_down;
         localtime_r(&now, &broken_down);
       }},
      {"getpwuid", [] { result = getpwuid(0) != nullptr; }},
      {"getaddrinfo of localhost", LookUpLocalhost},
      {"pthread_create and join, as std::thread",
       [] { std::thread([] {}).join(); }},
  };
}

std::vector<Call> CxxLibrary() {
  return {
      {"std::to_string of a double",
       [] { result = std::to_string(0.1).size(); }},
      {"std::cout << an int", [] { std::cout << 42; }},
      {"std::cout << a double", [] { std::cout << 0.1; }},
      {"std::ostringstream and << a double",
       [] {
         std::ostringstream out;
         out << 0.1;
         result = out.str().size();
       }},
      {"std::istringstream and >> a double",
       [] {
         double number = 0;
         std::istringstream("0.1") >> number;
         result = number > 0;
       }},
      {"std::sort of 1,000 ints",
       [] {
         std::vector<int> numbers = unsorted;
         std::sort(numbers.begin(), numbers.end());
       }},
      {"std::mt19937 and std::random_device",
       [] { result = std::mt19937(std::random_device()())(); }},
      {"throw and catch, one frame between", ThrowAndCatch},
      {"std::regex, made of (a&#124;b)*c",
       [] { result = std::regex("(a|b)*c").mark_count(); }},
      {"std::regex_match with 10 characters", [] { MatchRegex(10); }},
      {"std::regex_match with 100 characters", [] { MatchRegex(100); }},
      {"std::regex_match with 1,000 characters", [] { MatchRegex(1000); }},
      {"std::filesystem::directory_iterator over /",
       [] {
         for (const auto& entry : std::filesystem::directory_iterator("/")) {
           result = entry.path().native().size();
         }
       }},
      {"std::filesystem::canonical of /proc/self",
       [] {
         result = std::filesystem::canonical("/proc/self").native().size();
       }},
  };
}

std::vector<Call> OtherLibraries() {
  return {
      {"absl::StrCat of an int and a string",
       [] { result = absl::StrCat(42, "text").size(); }},
      {"absl::StrFormat of an int and a string",
       [] { result = absl::StrFormat("%d %s", 42, "text").size(); }},
      {"absl::StrFormat of a double",
       [] { result = absl::StrFormat("%g", 0.1).size(); }},
      {"EXPECT_EQ of GoogleTest that fails", [] { EXPECT_EQ(1, 2); }},
      {"Switch() to a new greenlet, which ends",
       [] { Greenlet([] {}).Switch(); }},
      {"a Generator of three values",
       [] {
         for (int n : Generator<int>([] {
                for (int i = 0; i < 3; ++i) Yield(i);
              })) {
           result = static_cast<size_t>(n);
         }
       }},
      {"dropping a suspended greenlet",
       [] {
         Greenlet g([] { Greenlet::Current().parent().Switch(); });
         (void)g.Switch();
       }},
      {"Spawn(), and Run() until it has sent and received a value",
       [] {
         Channel<int> channel;
         Spawn([channel] { channel.Send(1); });
         Spawn([channel] { result = static_cast<size_t>(channel.Receive()); });
         Run();
       }},
  };
}

// Prints to where standard output was; what the calls print goes nowhere.
int Main() {
  std::FILE* out = fdopen(dup(STDOUT_FILENO), "w");
  const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (out == nullptr || nowhere < 0 || dup2(nowhere, STDOUT_FILENO) < 0) {
    std::perror("stack_depths: cannot turn standard output away");
    return EXIT_FAILURE;
  }
  FillUnsorted();
  std::fprintf(out, "| call | first, bytes | again, bytes |\n");
  std::fprintf(out, "| --- | ---: | ---: |\n");
  for (const std::vector<Call>& calls :
       {CLibrary(), CxxLibrary(), OtherLibraries()}) {
    for (const Call& call : calls) Print(call, out);
  }
  return std::fclose(out) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace
}  // namespace microthread::benchmarks

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  return microthread::benchmarks::Main();
}
