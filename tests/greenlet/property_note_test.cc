// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// What the assembly says of itself to the linker. An object without the note
// turns indirect branch tracking off for the whole program; one that claims a
// shadow stack would have the library run with one, which it cannot.

#include <gtest/gtest.h>

#include <regex>
#include <string>

#include "tests/greenlet/run_command.h"

namespace microthread_test {
namespace {

#if defined(__x86_64__)
constexpr char kSource[] = "greenlet/internal/context_x86_64.S";
constexpr char kProperties[] = "x86 feature: IBT";
#elif defined(__aarch64__)
constexpr char kSource[] = "greenlet/internal/context_aarch64.S";
constexpr char kProperties[] = "AArch64 feature: BTI";
#endif

TEST(PropertyNoteTest, ClaimsBranchTrackingAndNoShadowStack) {
#if defined(__x86_64__) || defined(__aarch64__)
  if (!IsInstalled("g++")) GTEST_SKIP() << "g++ is not installed";
  const std::string object = testing::TempDir() + "/context.o";
  const CommandResult compiled =
      RunCommand({"g++", "-c", kSource, "-o", object});
  ASSERT_TRUE(compiled.succeeded) << compiled.output;
  const std::string notes = RunCommand({"readelf", "-nW", object}).output;
  std::smatch properties;
  ASSERT_TRUE(std::regex_search(notes, properties,
                                std::regex("Properties: ([^\n]*?) *\n")))
      << notes;
  EXPECT_EQ(properties[1], kProperties);
#else
  GTEST_SKIP() << "this architecture has no such note";
#endif
}

}  // namespace
}  // namespace microthread_test
