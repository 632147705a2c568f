// SPDX-License-Identifier: Apache-2.0
//
// The library's own sources, as the tests of this folder read them.

#ifndef MICROTHREAD_TESTS_BUILD_SOURCE_FILES_H_
#define MICROTHREAD_TESTS_BUILD_SOURCE_FILES_H_

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace microthread::testing {

// From the bottom upwards: a folder may include only those before it.
inline constexpr std::array<std::string_view, 4> kFolders = {
    "greenlet", "scheduler", "tasklet", "channel"};

struct SourceFile {
  std::string path;  // "channel/channel.h"
  std::string text;
};

// All .h, .cc and .S files of the four folders, sorted by path.
std::vector<SourceFile> LibrarySources();

// `text` with each comment replaced by a space; line breaks stay.
std::string WithoutComments(std::string_view text);

std::vector<std::string> Lines(std::string_view text);

// "channel" of "channel/internal/queue.h"; empty without a slash.
std::string_view FirstFolder(std::string_view path);

}  // namespace microthread::testing

#endif  // MICROTHREAD_TESTS_BUILD_SOURCE_FILES_H_
