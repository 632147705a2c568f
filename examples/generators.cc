// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// What generators are good for: code that finds things at any depth of its
// recursion, and a loop that wants them one by one.
//
//   ./bazelw run //examples:generators

#include <algorithm>
#include <iostream>
#include <memory>
#include <string>
#include <utility>

#include "microthread/microthread.h"

namespace mt = microthread;

struct Node;
using Tree = std::unique_ptr<Node>;

// Either a leaf with a letter, or a fork with two branches.
struct Node {
  char letter = '\0';
  Tree left, right;
};

Tree Leaf(char letter) { return Tree(new Node{letter, nullptr, nullptr}); }

Tree Fork(Tree left, Tree right) {
  return Tree(new Node{'\0', std::move(left), std::move(right)});
}

// An ordinary recursive function: only its leaves know that somebody is waiting
// for each letter.
void Walk(const Tree& tree) {
  if (tree->left == nullptr) {
    mt::Yield(tree->letter);
  } else {
    Walk(tree->left);
    Walk(tree->right);
  }
}

mt::Generator<char> Leaves(const Tree& tree) {
  return mt::Generator<char>([&tree] { Walk(tree); });
}

// Do two trees have the same leaves in the same order, whatever their shapes?
// Two walks advance in step, and stop at the first difference.
bool SameFringe(const Tree& a, const Tree& b) {
  return std::ranges::equal(Leaves(a), Leaves(b));
}

// Yields every order of the letters from `fixed` on; `letters` itself is
// yielded, not a copy.
void Permute(std::string& letters, size_t fixed) {
  if (fixed == letters.size()) mt::Yield(letters);
  for (size_t i = fixed; i < letters.size(); ++i) {
    std::swap(letters[fixed], letters[i]);
    Permute(letters, fixed + 1);
    std::swap(letters[fixed], letters[i]);
  }
}

// Never ends by itself. What it holds is released when its reader has enough.
void Squares() {
  struct Notebook {
    ~Notebook() { std::cout << " (notebook closed)"; }
  } notebook;
  for (int n = 1;; ++n) mt::Yield(n * n);
}

int main() {
  const Tree tree =
      Fork(Leaf('t'), Fork(Fork(Leaf('r'), Leaf('e')), Leaf('e')));
  std::cout << "leaves:";
  for (char letter : Leaves(tree)) std::cout << " " << letter;

  const Tree same_leaves =
      Fork(Fork(Leaf('t'), Leaf('r')), Fork(Leaf('e'), Leaf('e')));
  const Tree other_leaves = Fork(Leaf('t'), Fork(Leaf('o'), Leaf('e')));
  std::cout << std::boolalpha;
  std::cout << "\nsame fringe: " << SameFringe(tree, same_leaves);
  std::cout << "\nsame fringe: " << SameFringe(tree, other_leaves);

  std::cout << "\npermutations:";
  for (const std::string& word : mt::Generator<std::string>([] {
         std::string letters = "abc";
         Permute(letters, 0);
       })) {
    std::cout << " " << word;
  }

  std::cout << "\nsquares below 40:";
  for (int square : mt::Generator<int>(Squares)) {
    if (square >= 40) break;  // unwinds Squares()
    std::cout << " " << square;
  }
  std::cout << "\n";
}
