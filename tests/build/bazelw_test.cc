// SPDX-License-Identifier: Apache-2.0
//
// Runs ./bazelw as users do, in a world of fake programs: PATH holds the fakes
// and the few real tools that the script needs, and nothing else.

#include <sys/wait.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace microthread::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

struct Result {
  int status;
  std::string output;  // stdout and stderr
};

class BazelwTest : public ::testing::Test {
 protected:
  void SetUp() override {
    root_ = fs::path(::testing::TempDir()) / "bazelw test";
    fs::remove_all(root_);
    for (const char* folder : {"bin", "repository", "user/here"}) {
      fs::create_directories(root_ / folder);
    }
    fs::copy_file("bazelw", root_ / "repository/bazelw");
    for (const char* tool : {"dirname", "env", "sed", "sh", "timeout"}) {
      const fs::path usr = fs::path("/usr/bin") / tool;
      fs::create_symlink(fs::exists(usr) ? usr : fs::path("/bin") / tool,
                         root_ / "bin" / tool);
    }
  }

  void TearDown() override { fs::remove_all(root_); }

  void WriteScript(const std::string& path, const std::string& body) {
    std::ofstream(root_ / path) << "#!/bin/sh\n" << body << "\n";
    fs::permissions(root_ / path, fs::perms::owner_all);
  }

  // A Bazel that says how it was called, and ends with status 3.
  void FakeBazel(const std::string& path, const std::string& version) {
    WriteScript(path, "if [ \"$1\" = --version ]; then echo 'bazel " + version +
                          "'; exit; fi\n"
                          "echo \"program: $0\"\n"
                          "echo \"folder: $(pwd -P)\"\n"
                          "echo \"user: $MICROTHREAD_WORKING_DIRECTORY\"\n"
                          "for word; do echo \"word: $word\"; done\n"
                          "exit 3");
  }

  // A Debian where packages whose name matches `missing` are not installed.
  void FakeDebian(const std::string& missing, const std::string& user_id) {
    WriteScript("bin/dpkg-query",
                "case $3 in\n" + missing +
                    ") echo \"no package $3\" >&2; exit 1 ;;\n"
                    "g++) printf installedinstalled ;;\n"  // two architectures
                    "*) printf installed ;;\nesac");
    WriteScript("bin/apt-get", "echo \"apt-get $*, $DEBIAN_FRONTEND\"");
    WriteScript("bin/id", "echo " + user_id);
  }

  // Runs bazelw from the user's folder.
  Result Run(const std::string& arguments = "",
             const std::string& environment = "") {
    const std::string command =
        "cd '" + (root_ / "user/here").string() + "' && env -i PATH='" +
        (root_ / "bin").string() + "' " + environment +
        " ../../repository/bazelw " + arguments + " </dev/null 2>&1";
    FILE* pipe = popen(command.c_str(), "r");
    Result result = {-1, ""};
    for (int c; (c = fgetc(pipe)) != EOF;)
      result.output += static_cast<char>(c);
    const int status = pclose(pipe);
    if (WIFEXITED(status)) result.status = WEXITSTATUS(status);
    return result;
  }

  std::string Line(const std::string& head, const std::string& path) const {
    return head + ": " + (root_ / path).string() + "\n";
  }

  fs::path root_;
};

TEST_F(BazelwTest, PassesArgumentsAndStatusThrough) {
  FakeBazel("bin/bazel", "7.0.0");
  const Result result = Run("test //... --flag='a b'");
  EXPECT_EQ(result.status, 3);
  EXPECT_THAT(result.output,
              HasSubstr("word: test\nword: //...\nword: --flag=a b\n"));
}

TEST_F(BazelwTest, StandsInTheRepositoryAndTellsWhereTheUserStood) {
  FakeBazel("bin/bazel", "7.0.0");
  EXPECT_THAT(Run("", "MICROTHREAD_WORKING_DIRECTORY=/stale").output,
              AllOf(HasSubstr(Line("folder", "repository")),
                    HasSubstr(Line("user", "user/here"))));
}

TEST_F(BazelwTest, PrefersBazelisk) {
  FakeBazel("bin/bazel", "7.0.0");
  FakeBazel("bin/bazelisk", "8.1.0");
  EXPECT_THAT(Run().output, HasSubstr(Line("program", "bin/bazelisk")));
}

TEST_F(BazelwTest, SkipsABazeliskThatFails) {
  FakeBazel("bin/bazel", "7.0.0");
  WriteScript("bin/bazelisk", "exit 1");
  EXPECT_THAT(Run().output, HasSubstr(Line("program", "bin/bazel")));
}

TEST_F(BazelwTest, RunsTheBazelOfTheVariable) {
  FakeBazel("bin/bazel", "7.0.0");
  FakeBazel("my-bazel", "no_version");
  const std::string variable = "BAZEL='" + (root_ / "my-bazel").string() + "'";
  EXPECT_THAT(Run("", variable).output, HasSubstr(Line("program", "my-bazel")));
}

TEST_F(BazelwTest, RunsDebiansBazelWhenItsPackagesAreThere) {
  FakeBazel("bin/bazel", "no_version");
  FakeDebian("none", "1000");
  const Result result = Run("build //x");
  EXPECT_EQ(result.status, 3);
  EXPECT_THAT(result.output, AllOf(HasSubstr("word: build\nword: //x\n"),
                                   Not(HasSubstr("apt-get"))));
}

TEST_F(BazelwTest, NamesTheMissingPackagesToThoseWhoCannotInstall) {
  FakeBazel("bin/bazel", "no_version");
  FakeDebian("lib*|googletest", "1000");
  const Result result = Run("build //x");
  EXPECT_EQ(result.status, 1);
  EXPECT_EQ(result.output,
            "bazelw: these packages are missing, and installing them needs "
            "root:\n"
            "  apt-get install googletest libabsl-dev libbenchmark-dev\n");
}

TEST_F(BazelwTest, RootInstallsWhatIsMissing) {
  FakeBazel("bin/bazel", "no_version");
  FakeDebian("libabsl-dev|pkg-config", "0");
  const Result result = Run("build //x");
  EXPECT_EQ(result.status, 3);
  EXPECT_THAT(result.output,
              HasSubstr("bazelw: installing libabsl-dev pkg-config\n"
                        "apt-get update, \n"
                        "apt-get install -y --no-install-recommends "
                        "libabsl-dev pkg-config, noninteractive\n"
                        "program: "));
}

TEST_F(BazelwTest, AFailedInstallationEndsIt) {
  FakeBazel("bin/bazel", "no_version");
  FakeDebian("g++", "0");
  WriteScript("bin/apt-get", "echo no; exit 100");
  const Result result = Run("build //x");
  EXPECT_NE(result.status, 0);
  EXPECT_EQ(result.output, "bazelw: installing g++\nno\nno\n");
}

TEST_F(BazelwTest, SaysWhatToInstallWhereThereIsNoApt) {
  const Result result = Run("build //x");
  EXPECT_EQ(result.status, 1);
  EXPECT_EQ(result.output,
            "bazelw: install Bazel 7 or later (or bazelisk): "
            "https://bazel.build/install\n");
}

}  // namespace
}  // namespace microthread::testing
