// SPDX-License-Identifier: Apache-2.0
//
// Who may include whom: channel -> tasklet -> scheduler -> greenlet, never
// upwards, never in a circle, and always spelled "microthread/folder/file.h",
// so that no folder of a user's own is taken for ours.

#include <algorithm>
#include <map>
#include <regex>
#include <string>
#include <string_view>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/build/source_files.h"

namespace microthread::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::string_view kPrefix = "microthread/";

struct Include {
  std::string name;  // "microthread/channel/channel.h"
  bool quoted;
};

std::vector<Include> Includes(const SourceFile& source) {
  static const std::regex pattern(R"(^\s*#\s*include\s*([<"])([^>"]+)[>"].*)");
  std::vector<Include> includes;
  for (const std::string& line : Lines(WithoutComments(source.text))) {
    std::smatch match;
    if (std::regex_match(line, match, pattern)) {
      includes.push_back({match[2], match[1] == "\""});
    }
  }
  return includes;
}

// The path of an include of ours, without the prefix; empty for others.
std::string OwnPath(const Include& include) {
  if (include.name.rfind(kPrefix, 0) != 0) return "";
  return include.name.substr(kPrefix.size());
}

// 0 is the bottom; an unknown folder is above all.
auto Height(std::string_view path) {
  return std::find(kFolders.begin(), kFolders.end(), FirstFolder(path)) -
         kFolders.begin();
}

std::vector<std::string> UpwardIncludes(
    const std::vector<SourceFile>& sources) {
  std::vector<std::string> found;
  for (const SourceFile& source : sources) {
    for (const Include& include : Includes(source)) {
      const std::string path = OwnPath(include);
      if (!path.empty() && Height(path) > Height(source.path)) {
        found.push_back(source.path + " includes " + path);
      }
    }
  }
  return found;
}

// Quoted includes are ours or Abseil's; ours carry the prefix and exist.
std::vector<std::string> WrongSpellings(
    const std::vector<SourceFile>& sources) {
  std::vector<std::string> found;
  for (const SourceFile& source : sources) {
    for (const Include& include : Includes(source)) {
      const std::string path = OwnPath(include);
      const bool exists =
          std::any_of(sources.begin(), sources.end(),
                      [&](const SourceFile& s) { return s.path == path; });
      const bool good = !path.empty() ? include.quoted && exists
                                      : !include.quoted ||
                                            include.name.rfind("absl/", 0) == 0;
      if (!good) found.push_back(source.path + " includes " + include.name);
    }
  }
  return found;
}

// Finds circles by walking the includes depth first.
class CircleFinder {
 public:
  explicit CircleFinder(const std::vector<SourceFile>& sources) {
    for (const SourceFile& source : sources) {
      for (const Include& include : Includes(source)) {
        graph_[source.path].push_back(OwnPath(include));
      }
    }
    for (const SourceFile& source : sources) Visit(source.path);
  }

  const std::vector<std::string>& circles() const { return circles_; }

 private:
  void Visit(const std::string& path) {
    const auto seen = std::find(trail_.begin(), trail_.end(), path);
    if (seen != trail_.end()) {
      std::string circle;
      for (auto it = seen; it != trail_.end(); ++it) circle += *it + " -> ";
      circles_.push_back(circle + path);
      return;
    }
    if (done_[path]) return;
    trail_.push_back(path);
    for (const std::string& next : graph_[path]) Visit(next);
    trail_.pop_back();
    done_[path] = true;
  }

  std::map<std::string, std::vector<std::string>> graph_;
  std::map<std::string, bool> done_;
  std::vector<std::string> trail_;
  std::vector<std::string> circles_;
};

std::vector<std::string> Circles(const std::vector<SourceFile>& sources) {
  return CircleFinder(sources).circles();
}

TEST(IncludeTest, EveryFolderIsRead) {
  const std::vector<SourceFile> sources = LibrarySources();
  for (std::string_view folder : kFolders) {
    const auto files = std::count_if(
        sources.begin(), sources.end(),
        [&](const SourceFile& s) { return FirstFolder(s.path) == folder; });
    EXPECT_GT(files, 0) << folder;
  }
}

TEST(IncludeTest, NoFolderIncludesUpwards) {
  EXPECT_THAT(UpwardIncludes(LibrarySources()), IsEmpty());
}

TEST(IncludeTest, IncludesAreSpelledWithThePrefixAndExist) {
  EXPECT_THAT(WrongSpellings(LibrarySources()), IsEmpty());
}

TEST(IncludeTest, NoCircles) {
  EXPECT_THAT(Circles(LibrarySources()), IsEmpty());
}

// The checks themselves: each must report what it is there for.

TEST(IncludeCheckTest, ReportsAnUpwardInclude) {
  EXPECT_THAT(UpwardIncludes(
                  {{"greenlet/a.h", "#include \"microthread/scheduler/b.h\"\n"},
                   {"channel/c.h", "#include \"microthread/greenlet/a.h\"\n"},
                   {"channel/d.h", "  # include <microthread/microthread.h>\n"},
                   {"tasklet/e.h", "// #include \"microthread/channel/c.h\"\n"},
                   {"tasklet/f.h", "#include \"microthread/tasklet/e.h\"\n"}}),
              ElementsAre("greenlet/a.h includes scheduler/b.h",
                          "channel/d.h includes microthread.h"));
}

TEST(IncludeCheckTest, ReportsAWrongSpelling) {
  EXPECT_THAT(WrongSpellings({{"greenlet/a.h",
                               "#include <vector>\n"
                               "#include \"absl/base/config.h\"\n"
                               "#include \"b.h\"\n"
                               "#include \"greenlet/b.h\"\n"
                               "#include <microthread/greenlet/b.h>\n"
                               "#include \"microthread/greenlet/gone.h\"\n"
                               "#include \"microthread/greenlet/b.h\"\n"},
                              {"greenlet/b.h", ""}}),
              ElementsAre("greenlet/a.h includes b.h",
                          "greenlet/a.h includes greenlet/b.h",
                          "greenlet/a.h includes microthread/greenlet/b.h",
                          "greenlet/a.h includes microthread/greenlet/gone.h"));
}

TEST(IncludeCheckTest, ReportsACircle) {
  const std::vector<SourceFile> sources = {
      {"tasklet/a.h", "#include \"microthread/tasklet/b.h\"\n"},
      {"tasklet/b.h", "#include \"microthread/tasklet/c.h\"\n"},
      {"tasklet/c.h", "#include \"microthread/tasklet/a.h\"\n"},
      {"tasklet/d.h", "#include \"microthread/tasklet/c.h\"\n"}};
  EXPECT_THAT(
      Circles(sources),
      ElementsAre("tasklet/a.h -> tasklet/b.h -> tasklet/c.h -> tasklet/a.h"));
}

}  // namespace
}  // namespace microthread::testing
