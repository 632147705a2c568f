// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// Where relative paths start.

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "gtest/gtest.h"
#include "tests/conformance/replay_files.h"

namespace microthread::conformance {
namespace {

namespace fs = std::filesystem;

// A place with the folders user/ and build/; the current folder is here/.
class PathTest : public ::testing::Test {
 protected:
  void SetUp() override {
    unsetenv("MICROTHREAD_WORKING_DIRECTORY");
    unsetenv("BUILD_WORKING_DIRECTORY");
    start_ = fs::current_path();
    root_ = fs::path(::testing::TempDir()) / "path_test";
    fs::remove_all(root_);
    for (const char* folder : {"user", "build", "here"}) {
      fs::create_directories(root_ / folder);
    }
    fs::current_path(root_ / "here");
  }

  void TearDown() override {
    fs::current_path(start_);
    fs::remove_all(root_);
    unsetenv("MICROTHREAD_WORKING_DIRECTORY");
    unsetenv("BUILD_WORKING_DIRECTORY");
  }

  void Create(const std::string& path) const { std::ofstream(root_ / path); }

  // The variable names root/folder.
  void Point(const char* variable, const std::string& folder) const {
    setenv(variable, (root_ / folder).c_str(), 1);
  }

  std::string In(const std::string& path) const {
    return (root_ / path).string();
  }

  fs::path start_;
  fs::path root_;
};

TEST_F(PathTest, AbsolutePathsStayAsTheyAre) {
  Point("MICROTHREAD_WORKING_DIRECTORY", "user");
  EXPECT_EQ(ResolvePath(In("here/f")), In("here/f"));
  EXPECT_EQ(ResolvePath("/no/such/file"), "/no/such/file");
}

TEST_F(PathTest, WithoutVariablesTheCurrentFolderCounts) {
  Create("here/f");
  EXPECT_EQ(ResolvePath("f"), "f");
  EXPECT_EQ(ResolvePath("missing"), "missing");
}

TEST_F(PathTest, TheFolderOfTheUserComesFirst) {
  Point("MICROTHREAD_WORKING_DIRECTORY", "user");
  Point("BUILD_WORKING_DIRECTORY", "build");
  Create("user/f");
  Create("build/f");
  Create("here/f");
  EXPECT_EQ(ResolvePath("f"), In("user/f"));
}

TEST_F(PathTest, TheFolderOfTheBuildComesSecond) {
  Point("MICROTHREAD_WORKING_DIRECTORY", "user");
  Point("BUILD_WORKING_DIRECTORY", "build");
  Create("build/f");
  Create("here/f");
  EXPECT_EQ(ResolvePath("f"), In("build/f"));
}

TEST_F(PathTest, TheCurrentFolderComesLast) {
  Point("MICROTHREAD_WORKING_DIRECTORY", "user");
  Point("BUILD_WORKING_DIRECTORY", "build");
  Create("here/f");
  EXPECT_EQ(ResolvePath("f"), "f");
}

TEST_F(PathTest, AMissingFileIsSoughtInTheFirstFolder) {
  Point("BUILD_WORKING_DIRECTORY", "build");
  EXPECT_EQ(ResolvePath("f"), In("build/f"));
  Point("MICROTHREAD_WORKING_DIRECTORY", "user");
  EXPECT_EQ(ResolvePath("f"), In("user/f"));
}

TEST_F(PathTest, AnEmptyVariableIsNone) {
  setenv("MICROTHREAD_WORKING_DIRECTORY", "", 1);
  EXPECT_EQ(ResolvePath("f"), "f");
}

}  // namespace
}  // namespace microthread::conformance
