// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// Ten million tasklets that have not started: they have no stacks yet.

#include <gtest/gtest.h>

#include <cstdint>

#include "microthread/microthread.h"
#include "tests/scale/growth.h"

namespace microthread_test {
namespace {

TEST(ScaleTest, TenMillionTaskletsNeedNoStacksBeforeTheyStart) {
  constexpr int64_t kTenMillion = 10'000'000;
  int64_t ended = 0;
  const Footprint before = ReadFootprint();
  for (int64_t i = 0; i < kTenMillion; ++i) {
    microthread::Spawn([&ended, i] { ended += ended == i; });
  }
  const Footprint growth = ReportGrowth("unstarted", before, kTenMillion);
  EXPECT_LT(growth.resident, int64_t{4} << 30);
  EXPECT_LT(growth.mappings, 100);
  microthread::Run();
  EXPECT_EQ(ended, kTenMillion);  // in order
  ReportGrowth("ended", before, kTenMillion);
}

}  // namespace
}  // namespace microthread_test
