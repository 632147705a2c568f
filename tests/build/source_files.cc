// SPDX-License-Identifier: Apache-2.0

#include "tests/build/source_files.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace microthread::testing {
namespace {

namespace fs = std::filesystem;

// The length of the string or character literal at the start of `text`.
size_t LiteralLength(std::string_view text) {
  const char quote = text[0];
  for (size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == quote || text[i] == '\n') {
      return i + 1;
    }
  }
  return text.size();
}

// The length of the raw string literal at the start of `text`, from its R on.
size_t RawLiteralLength(std::string_view text) {
  const size_t open = text.find('(');
  if (open == std::string_view::npos) return text.size();
  const std::string close = ")" + std::string(text.substr(2, open - 2)) + "\"";
  const size_t end = text.find(close, open);
  return end == std::string_view::npos ? text.size() : end + close.size();
}

size_t CommentLength(std::string_view text) {
  if (text.substr(0, 2) == "//") return std::min(text.find('\n'), text.size());
  const size_t end = text.find("*/", 2);
  return end == std::string_view::npos ? text.size() : end + 2;
}

bool IsWordCharacter(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

}  // namespace

std::vector<SourceFile> LibrarySources() {
  std::vector<SourceFile> sources;
  for (std::string_view folder : kFolders) {
    if (!fs::exists(folder)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
      const std::string extension = entry.path().extension();
      if (extension != ".h" && extension != ".cc" && extension != ".S") {
        continue;
      }
      std::ostringstream text;
      text << std::ifstream(entry.path()).rdbuf();
      sources.push_back({entry.path().generic_string(), text.str()});
    }
  }
  std::sort(sources.begin(), sources.end(),
            [](const auto& a, const auto& b) { return a.path < b.path; });
  return sources;
}

std::string WithoutComments(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    // The ' of 1'000 and the R of FOUR"x" start nothing.
    const bool in_word = !result.empty() && IsWordCharacter(result.back());
    size_t length = 1;
    if (text.substr(0, 2) == "//" || text.substr(0, 2) == "/*") {
      length = CommentLength(text);
      result += ' ';
      const auto comment = text.substr(0, length);
      result.append(std::count(comment.begin(), comment.end(), '\n'), '\n');
      text.remove_prefix(length);
      continue;
    }
    if (text.substr(0, 2) == "R\"" && !in_word) {
      length = RawLiteralLength(text);
    } else if (text[0] == '"' || (text[0] == '\'' && !in_word)) {
      length = LiteralLength(text);
    }
    result += text.substr(0, length);
    text.remove_prefix(length);
  }
  return result;
}

std::vector<std::string> Lines(std::string_view text) {
  std::vector<std::string> lines;
  std::istringstream stream{std::string(text)};
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

std::string_view FirstFolder(std::string_view path) {
  const size_t slash = path.find('/');
  return slash == std::string_view::npos ? "" : path.substr(0, slash);
}

}  // namespace microthread::testing
