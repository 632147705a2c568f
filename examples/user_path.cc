// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0

#include "examples/user_path.h"

#include <cstdlib>
#include <filesystem>
#include <string>

namespace microthread::examples {

std::string UserPath(const std::string& path) {
  if (path.empty()) return path;  // names nothing, and no folder either
  for (const char* variable :
       {"MICROTHREAD_WORKING_DIRECTORY", "BUILD_WORKING_DIRECTORY"}) {
    const char* folder = std::getenv(variable);
    if (folder != nullptr && *folder != '\0') {
      // An absolute `path` replaces the folder.
      return std::filesystem::path(folder) / path;
    }
  }
  return path;
}

}  // namespace microthread::examples
