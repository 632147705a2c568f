// SPDX-License-Identifier: Apache-2.0
//
// Small is a feature: a student can read all of the library. Counted are lines
// of code, that is, lines that are more than blanks and comments.

#include <algorithm>
#include <iomanip>
#include <iostream>
#include <map>
#include <string>
#include <string_view>

#include "gtest/gtest.h"
#include "tests/build/source_files.h"

namespace microthread::testing {
namespace {

// Every number has to stay below its bound.
constexpr int kLibraryBound = 8850;
constexpr int kHeaderBound = 300;
constexpr int kSourceBound = 400;

// Files that may be longer: path, bound, and the reason in a comment.
const std::map<std::string, int>& LongerFiles() {
  static const std::map<std::string, int> files = {};
  return files;
}

int LinesOfCode(std::string_view text) {
  int count = 0;
  for (const std::string& line : Lines(WithoutComments(text))) {
    if (line.find_first_not_of(" \t\r") != std::string::npos) ++count;
  }
  return count;
}

int Bound(const std::string& path) {
  const auto longer = LongerFiles().find(path);
  if (longer != LongerFiles().end()) return longer->second;
  return path.size() > 2 && path.substr(path.size() - 2) == ".h" ? kHeaderBound
                                                                 : kSourceBound;
}

TEST(SizeTest, TheLibraryAndItsFilesStaySmall) {
  std::map<std::string_view, int> folders;
  int total = 0;
  const auto sources = LibrarySources();
  for (const SourceFile& source : sources) {
    const int lines = LinesOfCode(source.text);
    std::cout << std::setw(6) << lines << "  " << source.path << "\n";
    EXPECT_LT(lines, Bound(source.path)) << source.path;
    folders[FirstFolder(source.path)] += lines;
    total += lines;
  }
  for (const auto& [folder, lines] : folders) {
    std::cout << std::setw(6) << lines << "  " << folder << "/\n";
  }
  std::cout << std::setw(6) << total << "  in all\n";
  EXPECT_GT(total, 0);
  EXPECT_LT(total, kLibraryBound);
}

TEST(SizeTest, LongerFilesExist) {
  const auto sources = LibrarySources();
  for (const auto& [path, bound] : LongerFiles()) {
    EXPECT_TRUE(std::any_of(
        sources.begin(), sources.end(),
        [&, &name = path](const SourceFile& s) { return s.path == name; }))
        << path << " has a bound of its own (" << bound << ") and is gone";
  }
}

TEST(LinesOfCodeTest, CountsNeitherCommentsNorBlanks) {
  EXPECT_EQ(LinesOfCode(""), 0);
  EXPECT_EQ(LinesOfCode("\n  \n\t\n"), 0);
  EXPECT_EQ(LinesOfCode("// a\n  // b\n/* c\n d */\n"), 0);
  EXPECT_EQ(LinesOfCode("int a;  // b\n/* c */ int d; /* e\n*/ int f;\n"), 3);
}

TEST(LinesOfCodeTest, SeesNoCommentsInLiterals) {
  EXPECT_EQ(LinesOfCode("a = \"/*\";\nb = '\"';\nc = \"\\\"//\";\nd;\n"), 4);
  EXPECT_EQ(LinesOfCode("a = R\"(/*\n\"//)\";\n// b\n"), 2);
  EXPECT_EQ(LinesOfCode("a = 1'000;  /* '\n */\nb = 'c';\n"), 2);
}

}  // namespace
}  // namespace microthread::testing
