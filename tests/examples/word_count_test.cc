// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// What word_count prints, compared with what tr, sort and uniq make of the same
// files.

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/examples/run_program.h"

namespace microthread::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;

using Strings = std::vector<std::string>;

constexpr char kAllWords[] = "--top=1000000000";

RunResult WordCount(const Strings& arguments, const RunOptions& options = {}) {
  Strings command = {ExamplePath("word_count")};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return RunProgram(command, options);
}

// Runs a script of the shell with the program as $0.
RunResult Shell(const std::string& script, const Strings& arguments = {}) {
  Strings command = {"sh", "-c", script, ExamplePath("word_count")};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return RunProgram(command);
}

// What a run that goes well prints.
std::string Output(const Strings& arguments, const RunOptions& options = {}) {
  const RunResult result = WordCount(arguments, options);
  EXPECT_EQ(result.status, 0);
  EXPECT_EQ(result.error, "");
  return result.output;
}

// The table of all words, made by other programs.
std::string Reference(const Strings& files) {
  return Shell(R"(
      export LC_ALL=C
      for file; do
        tr -cs 'A-Za-z0-9' '\n' <"$file" | tr A-Z a-z | grep .
      done | sort | uniq -c | sed 's/^ *\([0-9]*\) /\1\t/' |
        sort -k 1,1nr -k 2,2)",
               files)
      .output;
}

// As EXPECT_EQ, which would print both tables, with all their lines.
void ExpectSameTable(const std::string& actual, const std::string& expected) {
  if (actual == expected) return;
  std::istringstream actual_lines(actual), expected_lines(expected);
  std::string actual_line, expected_line;
  int line = 0;
  do {
    ++line;
    if (!std::getline(actual_lines, actual_line)) actual_line = "(end)";
    if (!std::getline(expected_lines, expected_line)) expected_line = "(end)";
  } while (actual_line == expected_line && actual_line != "(end)");
  ADD_FAILURE() << "line " << line << " is: " << actual_line
                << "\nexpected: " << expected_line;
}

// Files with at least 1 MB of text that come with every Debian on which
// ./bazelw has run: licenses, and the headers of the C library.
Strings RealText() {
  Strings files;
  uintmax_t size = 0;
  for (const char* root : {"/usr/share/common-licenses", "/usr/include"}) {
    Strings found;
    for (const auto& entry : fs::recursive_directory_iterator(root)) {
      if (entry.is_regular_file()) found.push_back(entry.path());
    }
    std::sort(found.begin(), found.end());
    for (const std::string& file : found) {
      if (size >= (1 << 20)) return files;
      files.push_back(file);
      size += fs::file_size(file);
    }
  }
  ADD_FAILURE() << "only " << size << " bytes of text on this machine, 1 MB is "
                << "needed; install libc6-dev";
  return files;
}

// Letters, separators and all other bytes, in many short words.
std::string RandomBytes(size_t size) {
  std::mt19937 random(1);
  std::string bytes;
  while (bytes.size() < size) {
    const uint32_t r = random();
    bytes += r % 4 == 0 ? static_cast<char>(r >> 8) : "aB3 \0z\xe9"[r / 4 % 7];
  }
  return bytes;
}

class WordCountTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(::testing::TempDir()) / "word_count_test";
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  // Returns its path.
  std::string Write(const std::string& name, std::string_view text) {
    const fs::path path = folder_ / name;
    fs::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
    return path;
  }

  // Counts all words of a file with each chunk size.
  void ExpectRightCounts(const std::string& file, const Strings& chunk_sizes) {
    const std::string reference = Reference({file});
    for (const std::string& chunk_size : chunk_sizes) {
      SCOPED_TRACE("--chunk_size=" + chunk_size);
      ExpectSameTable(Output({kAllWords, "--chunk_size=" + chunk_size, file}),
                      reference);
    }
  }

  fs::path folder_;
};

// Counting.

TEST_F(WordCountTest, CountsRealTextAsTrSortAndUniqDo) {
  Strings files = RealText();
  ASSERT_GT(files.size(), 1u);
  const std::string reference = Reference(files);
  EXPECT_GT(reference.size(), 100'000u);
  files.insert(files.begin(), kAllWords);
  ExpectSameTable(Output(files), reference);
}

TEST_F(WordCountTest, CountsTheSameWhereverChunksEnd) {
  std::string text;
  for (const std::string& file : RealText()) {
    std::ifstream stream(file, std::ios::binary);
    text.append(std::istreambuf_iterator<char>(stream), {});
    if (text.size() > 100'000) break;
  }
  ExpectRightCounts(Write("text", text),
                    {"1", "2", "3", "7", "64", "4096", "1048576"});
}

TEST_F(WordCountTest, TakesAllBytesExceptLettersAndDigitsForSeparators) {
  std::string all_bytes;
  for (int byte = 0; byte < 256; ++byte) {
    all_bytes += {'x', static_cast<char>(byte)};
  }
  ExpectRightCounts(Write("all", all_bytes), {"1", "5", "65536"});
  ExpectRightCounts(Write("random", RandomBytes(50'000)), {"1", "3", "65536"});
}

TEST_F(WordCountTest, CountsWordsLongerThanAChunk) {
  const std::string word(300'000, 'w');
  const std::string file =
      Write("long", word + " short " + word + "x\n" + word);
  ExpectRightCounts(file, {"1", "1000", "65536"});
  EXPECT_EQ(Output({file}), "2\t" + word + "\n1\tshort\n1\t" + word + "x\n");
}

TEST_F(WordCountTest, JoinsNoWordsOfTwoFiles) {
  const std::string one = Write("one", "a b");
  const std::string two = Write("two", "c d");
  EXPECT_EQ(Output({one, two, one}), "2\ta\n2\tb\n1\tc\n1\td\n");
}

TEST_F(WordCountTest, TakesUpperAndLowerCaseForOne) {
  EXPECT_EQ(Output({}, {.input = "The the THE thE3 3THE"}),
            "3\tthe\n1\t3the\n1\tthe3\n");
}

TEST_F(WordCountTest, PrintsNothingWhereThereAreNoWords) {
  EXPECT_EQ(Output({Write("empty", ""), Write("blank", " \n\t...")}), "");
  EXPECT_EQ(Output({}, {.input = ""}), "");
}

// The list.

TEST_F(WordCountTest, PrintsTenWordsUnlessToldOtherwise) {
  const RunOptions options = {.input = "f a b c d e f g h i j k l f"};
  EXPECT_EQ(Output({}, options),
            "3\tf\n1\ta\n1\tb\n1\tc\n1\td\n1\te\n1\tg\n1\th\n1\ti\n1\tj\n");
  EXPECT_EQ(Output({"--top=3"}, options), "3\tf\n1\ta\n1\tb\n");
  EXPECT_EQ(Output({"--top=0"}, options), "");
}

TEST_F(WordCountTest, PutsEquallyFrequentWordsInTheOrderOfTheirBytes) {
  EXPECT_EQ(Output({}, {.input = "b ab B a aa 10 9 a z10 z9"}),
            "2\ta\n2\tb\n1\t10\n1\t9\n1\taa\n1\tab\n1\tz10\n1\tz9\n");
}

TEST_F(WordCountTest, RefusesNumbersThatMakeNoSense) {
  const RunResult top = WordCount({"--top=-1"});
  EXPECT_EQ(top.status, 1);
  EXPECT_EQ(top.output, "");
  EXPECT_EQ(top.error,
            "word_count: --top=-1 is no number of words; give 0 or more\n");
  for (const std::string size : {"0", "-1", "1048577"}) {
    const RunResult chunk = WordCount({"--chunk_size=" + size});
    EXPECT_EQ(chunk.status, 1);
    EXPECT_EQ(chunk.output, "");
    EXPECT_EQ(chunk.error, "word_count: --chunk_size=" + size +
                               " is no number of bytes to read; give 1 to "
                               "1048576\n");
  }
}

TEST_F(WordCountTest, RefusesFlagsThatAreNoNumbers) {
  for (const std::string top : {"x", "3x", "99999999999999999999"}) {
    const RunResult result = WordCount({"--top=" + top}, {.input = "a"});
    EXPECT_EQ(result.status, 1);
    EXPECT_EQ(result.output, "");
    EXPECT_THAT(result.error,
                AllOf(HasSubstr("'" + top + "'"), HasSubstr("'top'")));
  }
}

// Where the words come from.

TEST_F(WordCountTest, ReadsStandardInput) {
  EXPECT_EQ(Output({}, {.input = "to be or not to be"}),
            "2\tbe\n2\tto\n1\tnot\n1\tor\n");
  EXPECT_EQ(Output({"-"}, {.input = "be"}), "1\tbe\n");
  const std::string file = Write("file", "or");
  EXPECT_EQ(Output({file, "-"}, {.input = "be"}), "1\tbe\n1\tor\n");
}

TEST_F(WordCountTest, ReadsAPipeThatGivesAWordInPieces) {
  EXPECT_EQ(Shell("{ printf ab; printf 'c a'; printf bc; } | \"$0\"").output,
            "2\tabc\n");
}

TEST_F(WordCountTest, ReadsMoreFilesThanCanBeOpenAtOnce) {
  Strings arguments = {"--chunk_size=8"};  // no file is read in one go
  for (int i = 0; i < 500; ++i) {
    arguments.push_back(Write("file" + std::to_string(i),
                              "all these words are in all these files"));
  }
  const RunResult result =
      Shell("ulimit -n 12 && exec \"$0\" --top=1 \"$@\"", arguments);
  EXPECT_EQ(result.error, "");
  EXPECT_EQ(result.output, "1000\tall\n");
}

TEST_F(WordCountTest, CountsRelativePathsFromWhereTheUserStood) {
  Write("user/file", "right");
  Write("build/file", "second");
  Write("here/file", "third");
  const std::string user =
      "MICROTHREAD_WORKING_DIRECTORY=" + (folder_ / "user").string();
  const std::string build =
      "BUILD_WORKING_DIRECTORY=" + (folder_ / "build").string();
  EXPECT_EQ(Output({"file"}, {.environment = {user, build}}), "1\tright\n");
  EXPECT_EQ(Output({"../user/file"}, {.environment = {build}}), "1\tright\n");
  EXPECT_EQ(Output({"file"}, {.environment = {build}}), "1\tsecond\n");
  EXPECT_EQ(Output({folder_ / "here/file"}, {.environment = {user, build}}),
            "1\tthird\n");
  EXPECT_EQ(Output({"file"},
                   {.environment = {"MICROTHREAD_WORKING_DIRECTORY=", build}}),
            "1\tsecond\n");
  EXPECT_EQ(Shell("cd \"$1\" && exec \"$0\" file", {folder_ / "here"}).output,
            "1\tthird\n");
}

// What goes wrong.

constexpr char kRemedy[] =
    "; what is missing is not counted, name files that can be read\n";

TEST_F(WordCountTest, CountsTheOthersWhenAFileIsMissing) {
  const std::string good = Write("good", "good words");
  const RunResult result =
      WordCount({good, "/no/such file", "", good},
                {.environment = {"MICROTHREAD_WORKING_DIRECTORY=/"}});
  EXPECT_EQ(result.status, 1);
  EXPECT_EQ(result.output, "2\tgood\n2\twords\n");
  EXPECT_EQ(result.error,
            std::string("word_count: '/no/such file' cannot be opened: No such "
                        "file or directory") +
                kRemedy +
                "word_count: '' cannot be opened: No such file or "
                "directory" +
                kRemedy);
}

TEST_F(WordCountTest, CountsTheOthersWhenAFileIsAFolder) {
  const std::string good = Write("good", "good words");
  const RunResult result = WordCount({folder_, good});
  EXPECT_EQ(result.status, 1);
  EXPECT_EQ(result.output, "1\tgood\n1\twords\n");
  EXPECT_EQ(result.error, "word_count: '" + folder_.string() +
                              "' cannot be read: Is a directory" + kRemedy);
}

TEST_F(WordCountTest, ReportsAFileThatMustNotBeRead) {
  // Write-only; root may open it, but not read it.
  const RunResult result = WordCount({"/proc/self/clear_refs"});
  EXPECT_EQ(result.status, 1);
  EXPECT_EQ(result.output, "");
  EXPECT_THAT(result.error,
              AllOf(HasSubstr("word_count: '/proc/self/clear_refs' cannot be "),
                    HasSubstr(kRemedy)));
}

TEST_F(WordCountTest, ReportsAFileThatCannotBeReadToItsEnd) {
  // As a file: the memory of this process, which has a hole behind the page.
  const size_t page = sysconf(_SC_PAGESIZE);
  char* memory =
      static_cast<char*>(mmap(nullptr, 2 * page, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  ASSERT_NE(memory, MAP_FAILED);
  munmap(memory + page, page);
  constexpr std::string_view kText = "good words and hal";
  char* start = memory + page - kText.size();
  std::memcpy(start, kText.data(), kText.size());
  const int fd = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
  ASSERT_GE(fd, 0);
  lseek(fd, reinterpret_cast<intptr_t>(start), SEEK_SET);

  const RunResult result =
      WordCount({"-", Write("file", "words")}, {.input_fd = fd});
  EXPECT_EQ(result.status, 1);
  EXPECT_EQ(result.output, "2\twords\n1\tand\n1\tgood\n");
  EXPECT_EQ(result.error,
            std::string("word_count: standard input cannot be read beyond byte "
                        "18: Input/output error") +
                kRemedy);
  close(fd);
  munmap(memory, page);
}

TEST_F(WordCountTest, ReportsThatStandardInputIsClosed) {
  const RunResult result = Shell("\"$0\" <&-");
  EXPECT_EQ(result.status, 1);
  EXPECT_EQ(result.error,
            std::string("word_count: standard input cannot be opened: Bad file "
                        "descriptor") +
                kRemedy);
}

TEST_F(WordCountTest, ReportsThatTheListCannotBeWritten) {
  const std::string few = Write("few", "a b c");
  std::string text;
  for (int i = 0; i < 10'000; ++i) text += std::to_string(i) + " ";
  const std::string many = Write("many", text);
  for (const std::string& file : {few, many}) {
    const RunResult full =
        Shell("\"$0\" --top=10000 \"$1\" >/dev/full", {file});
    EXPECT_EQ(full.status, 1);
    EXPECT_EQ(full.error,
              "word_count: standard output cannot be written: No space left on "
              "device; the list is incomplete, make room or write elsewhere\n");
    const RunResult closed = Shell("\"$0\" --top=10000 \"$1\" >&-", {file});
    EXPECT_EQ(closed.status, 1);
    EXPECT_EQ(closed.error,
              "word_count: standard output cannot be written: Bad file "
              "descriptor; the list is incomplete, make room or write "
              "elsewhere\n");
  }
  EXPECT_EQ(Shell("\"$0\" </dev/null >/dev/full").status, 0);
}

}  // namespace
}  // namespace microthread::testing
