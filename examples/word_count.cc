// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// Prints the most frequent words of the files that it is given, or of standard
// input (also written -), most frequent first:
//
//   ./bazelw run //examples:word_count -- --top=3 README.md CHANGELOG.md
//
// A word is a run of ASCII letters and digits; upper and lower case are one.
//
// The program is a pipeline. Each stage is a few tasklets that all do the same,
// each arrow is a channel: whoever of a stage is free takes the next piece.
//
//   files --> readers --> tokenizers --> counters --> reporter
//         path      text           words         table
//
// As a sender waits for its receiver, no stage runs ahead of the next: however
// large the files, only a few pieces are in memory at a time. As all tasklets
// belong to one thread and run until they wait, what they share needs no lock.

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/strings/ascii.h"
#include "absl/strings/string_view.h"
#include "examples/user_path.h"
#include "microthread/microthread.h"

ABSL_FLAG(int64_t, top, 10, "how many words to print");
ABSL_FLAG(int64_t, chunk_size, 64 << 10, "how many bytes to read at a time");

namespace mt = microthread;

namespace {

// How many tasklets each stage has. That of the readers bounds how many files
// are open at a time.
constexpr int kReaders = 4;
constexpr int kTokenizers = 2;
constexpr int kCounters = 2;

// A piece of a file that neither begins nor ends inside a word. A vector,
// because its bytes stay where they are when it is moved; a string's may not.
using Text = std::vector<char>;

// The words of a text. They refer to its bytes.
struct Batch {
  Text text;
  std::vector<absl::string_view> words;
};

using Table = absl::flat_hash_map<std::string, int64_t>;

bool IsWordByte(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c));
}

// An open file. The destructor closes it also when its tasklet is killed.
class File {
 public:
  explicit File(const std::string& path)
      : fd_(path == "-" ? dup(STDIN_FILENO)
                        : open(microthread::examples::UserPath(path).c_str(),
                               O_RDONLY | O_CLOEXEC)) {
    if (fd_ < 0) ThrowErrno("cannot be opened");
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() { close(fd_); }

  // Appends the next bytes, at most `max`, and returns how many; 0 at the end.
  // While it waits for them no tasklet runs: the whole thread waits.
  size_t Append(Text& text, size_t max) {
    const size_t old_size = text.size();
    text.resize(old_size + max);
    ssize_t count;
    do {
      count = read(fd_, text.data() + old_size, max);
    } while (count < 0 && errno == EINTR);
    if (count < 0) ThrowErrno("cannot be read");
    text.resize(old_size + count);
    offset_ += count;
    return count;
  }

 private:
  [[noreturn]] void ThrowErrno(std::string_view problem) const {
    const int number = errno;  // before anything else can change it
    std::string text(problem);
    if (offset_ > 0) text += " beyond byte " + std::to_string(offset_);
    throw std::system_error(number, std::generic_category(), text);
  }

  int fd_;
  int64_t offset_ = 0;
};

// Sends the text of a file, cut between words.
void ReadFile(const std::string& path, size_t chunk_size,
              const mt::Channel<Text>& texts) {
  File file(path);
  Text text;
  while (const size_t added = file.Append(text, chunk_size)) {
    // The cut lies behind the last byte that is in no word. What `text` held
    // before is the beginning of a word, so only the new bytes need a look.
    const auto cut =
        std::find_if_not(text.rbegin(), text.rbegin() + added, IsWordByte)
            .base();
    if (cut == text.end() - added) continue;  // the word goes on and on
    Text begun(cut, text.end());
    text.erase(cut, text.end());
    texts.Send(std::exchange(text, std::move(begun)));
  }
  if (!text.empty()) texts.Send(std::move(text));
}

// Reads the files that are its share. One that cannot be read is reported, and
// the others are read all the same.
void Read(const mt::Channel<std::string>& paths, size_t chunk_size,
          const mt::Channel<Text>& texts, bool& failed) {
  for (const std::string& path : paths) {
    try {
      ReadFile(path, chunk_size, texts);
    } catch (const std::system_error& error) {
      std::cerr << "word_count: "
                << (path == "-" ? "standard input" : "'" + path + "'") << " "
                << error.what()
                << "; what is missing is not counted, name files that can be "
                   "read\n";
      failed = true;
    }
  }
}

void Tokenize(const mt::Channel<Text>& texts,
              const mt::Channel<Batch>& batches) {
  for (Text& text : texts) {
    Batch batch;
    for (auto end = text.begin();;) {
      const auto begin = std::find_if(end, text.end(), IsWordByte);
      end = std::find_if_not(begin, text.end(), IsWordByte);
      if (begin == end) break;
      for (auto c = begin; c != end; ++c) *c = absl::ascii_tolower(*c);
      batch.words.emplace_back(&*begin, end - begin);
    }
    batch.text = std::move(text);
    batches.Send(std::move(batch));
  }
}

// Every counter has a table of its own, which it sends when there are no more
// words.
void Count(const mt::Channel<Batch>& batches,
           const mt::Channel<Table>& tables) {
  Table table;
  for (const Batch& batch : batches) {
    for (absl::string_view word : batch.words) ++table[word];
  }
  tables.Send(std::move(table));
}

// Most frequent first; equally frequent ones in the order of their bytes.
bool Precedes(const Table::value_type* a, const Table::value_type* b) {
  return a->second != b->second ? a->second > b->second : a->first < b->first;
}

// Adds up the tables and prints the top of the result.
void Report(const mt::Channel<Table>& tables, size_t top, bool& failed) {
  Table total;
  for (const Table& table : tables) {
    for (const auto& [word, count] : table) total[word] += count;
  }
  std::vector<const Table::value_type*> entries;
  for (const auto& entry : total) entries.push_back(&entry);
  top = std::min(top, entries.size());
  std::partial_sort(entries.begin(), entries.begin() + top, entries.end(),
                    Precedes);
  entries.resize(top);

  const auto print = [](const Table::value_type* entry) {
    return std::printf("%" PRId64 "\t%s\n", entry->second,
                       entry->first.c_str()) > 0;
  };
  if (!std::all_of(entries.begin(), entries.end(), print) ||
      std::fflush(stdout) != 0) {
    std::cerr << "word_count: standard output cannot be written: "
              << std::generic_category().message(errno)
              << "; the list is incomplete, make room or write elsewhere\n";
    failed = true;
  }
}

// Starts the tasklets of a stage: `size` times `work`. When the last of them
// has ended, nothing more will come on `output`.
template <class T, class Work>
void SpawnStage(std::string_view name, int size, const mt::Channel<T>& output,
                const Work& work) {
  std::vector<mt::Tasklet> workers;
  for (int i = 0; i < size; ++i) {
    workers.push_back(mt::Spawn({.name = name}, work));
  }
  mt::Spawn([workers, output] {
    for (const mt::Tasklet& worker : workers) worker.Join();
    output.Finish();
  });
}

// Counts the words of the files; false if something was missing.
bool CountWords(const std::vector<std::string>& files, size_t chunk_size,
                size_t top) {
  bool failed = false;
  mt::ThreadScope scope;  // ends before `failed`, to which tasklets refer
  mt::Channel<std::string> paths("paths");
  mt::Channel<Text> texts("texts");
  mt::Channel<Batch> batches("batches");
  mt::Channel<Table> tables("tables");

  mt::Spawn({.name = "files"}, [&files, paths] {
    paths.SendSequence(files);
    paths.Finish();
  });
  SpawnStage("reader", kReaders, texts,
             [=, &failed] { Read(paths, chunk_size, texts, failed); });
  SpawnStage("tokenizer", kTokenizers, batches,
             [=] { Tokenize(texts, batches); });
  SpawnStage("counter", kCounters, tables, [=] { Count(batches, tables); });
  mt::Spawn({.name = "reporter"},
            [=, &failed] { Report(tables, top, failed); });
  mt::Run();
  return !failed;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<char*> arguments = absl::ParseCommandLine(argc, argv);
  std::vector<std::string> files(arguments.begin() + 1, arguments.end());
  if (files.empty()) files.push_back("-");

  const int64_t top = absl::GetFlag(FLAGS_top);
  const int64_t chunk_size = absl::GetFlag(FLAGS_chunk_size);
  if (top < 0) {
    std::cerr << "word_count: --top=" << top
              << " is no number of words; give 0 or more\n";
    return EXIT_FAILURE;
  }
  if (chunk_size < 1 || chunk_size > (1 << 20)) {
    std::cerr << "word_count: --chunk_size=" << chunk_size
              << " is no number of bytes to read; give 1 to 1048576\n";
    return EXIT_FAILURE;
  }
  try {
    return CountWords(files, chunk_size, top) ? EXIT_SUCCESS : EXIT_FAILURE;
  } catch (const std::exception& error) {
    std::cerr << "word_count: stopped before the end: " << error.what() << "\n";
    return EXIT_FAILURE;
  }
}
