// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// The sieve of Eratosthenes as a chain of tasklets, after Hoare and McIlroy:
//
//   numbers -> no multiples of 2 -> no multiples of 3 -> ... -> main
//
// What passes all filters is the next prime, and main appends a filter for it.
//
//   ./bazelw run //examples:prime_sieve        prints 20 primes
//   ./bazelw run //examples:prime_sieve -- 5

#include <cstdlib>
#include <iostream>

#include "absl/strings/numbers.h"
#include "microthread/microthread.h"

namespace mt = microthread;

void CountFrom(int first, const mt::Channel<int>& numbers) {
  for (int n = first;; ++n) numbers.Send(n);
}

void DropMultiples(int prime, const mt::Channel<int>& in,
                   const mt::Channel<int>& out) {
  for (int n : in) {
    if (n % prime != 0) out.Send(n);
  }
}

int main(int argc, char** argv) {
  int count = 20;
  if (argc > 2 ||
      (argc == 2 && (!absl::SimpleAtoi(argv[1], &count) || count < 0))) {
    std::cerr << "prime_sieve: bad arguments; give the number of primes to "
                 "print, 0 or more, or nothing\n";
    return EXIT_FAILURE;
  }

  // At the end all the tasklets still wait to send something; the scope unwinds
  // them.
  mt::ThreadScope scope;
  mt::Channel<int> numbers;
  mt::Spawn(CountFrom, 2, numbers);
  while (count-- > 0) {
    // Main is a tasklet, too: while it waits here, the others run.
    const int prime = numbers.Receive();
    std::cout << prime << "\n";
    mt::Channel<int> rest;
    mt::Spawn(DropMultiples, prime, numbers, rest);
    numbers = rest;
  }
}
