// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// Compiles switch_matrix*.cc and the sources of the library with the compilers
// of this machine and runs the result, once for each set of flags: a switch
// that misses a register goes wrong under some of them only.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <future>
#include <map>
#include <ostream>
#include <semaphore>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "tests/greenlet/run_command.h"

namespace microthread_test {
namespace {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;

struct FlagSet {
  const char* name;
  const char* flags;
  // The library must be compiled with these flags too. Otherwise it is compiled
  // once for all.
  bool for_library = false;
  bool needs_avx512 = false;
  bool x86_only = false;
};

// For the messages of GoogleTest.
void PrintTo(const FlagSet& set, std::ostream* out) { *out << set.flags; }

constexpr FlagSet kFlagSets[] = {
    {.name = "O0", .flags = "-O0"},
    {.name = "O1", .flags = "-O1"},
    {.name = "O2", .flags = "-O2"},
    {.name = "O3", .flags = "-O3"},
    {.name = "O2PositionIndependent", .flags = "-O2 -fPIC"},
    {.name = "O2FramePointers", .flags = "-O2 -fno-omit-frame-pointer"},
    {.name = "O2StackProtector", .flags = "-O2 -fstack-protector-all"},
    {.name = "O2LinkTime", .flags = "-O2 -flto", .for_library = true},
    {.name = "O2Native", .flags = "-O2 -march=native"},
    {.name = "O2ControlFlow",
     .flags = "-O2 -fcf-protection=full",
     .x86_only = true},
    {.name = "O2Avx512", .flags = "-O2 -mavx512f", .needs_avx512 = true},
};
// Of clang's out-of-line switch the build with TSan makes use.
constexpr FlagSet kGccFlagSets[] = {
    {.name = "O2X87", .flags = "-O2 -mfpmath=387", .x86_only = true},
    {.name = "O1OutOfLine",
     .flags = "-O1 -DMICROTHREAD_INLINE_SWITCH=0",
     .for_library = true},
};

Words Split(const std::string& text) {
  std::istringstream stream(text);
  Words words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

// Where programs are built. The sources are found as users write them, below
// "microthread/".
const fs::path& BuildFolder() {
  static const fs::path& folder = *new fs::path([] {
    fs::path path = fs::path(testing::TempDir()) / "register_matrix";
    fs::remove_all(path);
    fs::create_directories(path / "include");
    fs::create_directory_symlink(fs::current_path(),
                                 path / "include" / "microthread");
    // Where Abseil is no package of the system: all that is used of it.
    fs::create_directories(path / "abseil/absl/status");
    std::ofstream(path / "abseil/absl/status/status.h")
        << "namespace absl {\nenum class StatusCode : int {\n"
           "  kOk, kCancelled, kUnknown, kInvalidArgument, kDeadlineExceeded,\n"
           "  kNotFound, kAlreadyExists, kPermissionDenied,\n"
           "  kResourceExhausted, kFailedPrecondition, kAborted, kOutOfRange,\n"
           "  kUnimplemented, kInternal, kUnavailable, kDataLoss,\n"
           "  kUnauthenticated\n};\n}\n";
    return path;
  }());
  return folder;
}

// As many compilers at once as there are processors.
CommandResult RunCompiler(const Words& command) {
  static auto& free_processors = *new std::counting_semaphore<>(
      std::max(1u, std::thread::hardware_concurrency()));
  free_processors.acquire();
  CommandResult result = RunCommand(command);
  free_processors.release();
  return result;
}

// Compiles one file; returns the object file, or "" and a failed test.
std::string Compile(const std::string& compiler, const Words& flags,
                    const fs::path& source, const std::string& object_prefix) {
  std::string object =
      BuildFolder() / (object_prefix + source.filename().string() + ".o");
  Words command = {
      compiler, "-std=c++20", "-I",         BuildFolder() / "include",
      "-I",     ".",          "-idirafter", BuildFolder() / "abseil",
      "-c",     source,       "-o",         object};
  command.insert(command.end(), flags.begin(), flags.end());
  CommandResult result = RunCompiler(command);
  EXPECT_TRUE(result.succeeded) << source << ":\n" << result.output;
  return result.succeeded ? object : "";
}

Words CompileLibrary(const std::string& compiler, const Words& flags,
                     const std::string& object_prefix) {
  std::vector<std::future<std::string>> objects;
  for (const char* folder : {"greenlet", "greenlet/internal"}) {
    for (const auto& entry : fs::directory_iterator(folder)) {
      const fs::path& source = entry.path();
      if (source.extension() == ".cc" || source.extension() == ".S") {
        objects.push_back(std::async(std::launch::async, Compile, compiler,
                                     flags, source, object_prefix));
      }
    }
  }
  EXPECT_GT(objects.size(), 8u) << "the sources of the library are missing";
  Words files;
  for (auto& object : objects) files.push_back(object.get());
  return files;
}

// The library as most programs link it, compiled once with each compiler.
const Words& CommonLibrary(const std::string& compiler) {
  static auto& libraries = *new std::map<std::string, Words>;
  auto [it, is_new] = libraries.try_emplace(compiler);
  if (is_new) it->second = CompileLibrary(compiler, {"-O1"}, compiler + "_");
  return it->second;
}

void CheckFlagSet(const std::string& compiler, const FlagSet& set) {
  if (!IsInstalled(compiler)) GTEST_SKIP() << compiler << " is not installed";
#if defined(__x86_64__)
  if (set.needs_avx512 && !__builtin_cpu_supports("avx512f")) {
    GTEST_SKIP() << "this processor has no AVX-512";
  }
#else
  if (set.needs_avx512 || set.x86_only) GTEST_SKIP() << "only on x86-64";
#endif
  const Words flags = Split(set.flags);
  const std::string name = compiler + "_" + set.name;
  Words command = {compiler, "-pthread", "-o", BuildFolder() / name};
  command.insert(command.end(), flags.begin(), flags.end());
  auto first = std::async(std::launch::async, Compile, compiler, flags,
                          "tests/greenlet/switch_matrix.cc", name + "_");
  command.push_back(Compile(compiler, flags,
                            "tests/greenlet/switch_matrix_exceptions.cc",
                            name + "_"));
  command.push_back(first.get());
  const Words library = set.for_library
                            ? CompileLibrary(compiler, flags, name + "_")
                            : CommonLibrary(compiler);
  command.insert(command.end(), library.begin(), library.end());
  if (testing::Test::HasFailure()) return;
  CommandResult linked = RunCommand(command);
  ASSERT_TRUE(linked.succeeded) << linked.output;
  CommandResult run = RunCommand({BuildFolder() / name});
  EXPECT_TRUE(run.succeeded);
  EXPECT_EQ(run.output, "ok\n");
}

std::string NameOf(const testing::TestParamInfo<FlagSet>& info) {
  return info.param.name;
}

class GccTest : public testing::TestWithParam<FlagSet> {};
class ClangTest : public testing::TestWithParam<FlagSet> {};

TEST_P(GccTest, NothingIsLostInASwitch) { CheckFlagSet("g++", GetParam()); }
TEST_P(ClangTest, NothingIsLostInASwitch) {
  CheckFlagSet("clang++", GetParam());
}

INSTANTIATE_TEST_SUITE_P(Matrix, GccTest, testing::ValuesIn(kFlagSets), NameOf);
INSTANTIATE_TEST_SUITE_P(Only, GccTest, testing::ValuesIn(kGccFlagSets),
                         NameOf);
INSTANTIATE_TEST_SUITE_P(Matrix, ClangTest, testing::ValuesIn(kFlagSets),
                         NameOf);

TEST(RegisterMatrixTest, GccIsInstalled) { EXPECT_TRUE(IsInstalled("g++")); }

}  // namespace
}  // namespace microthread_test
