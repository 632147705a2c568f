// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/scheduler/random_operation.h"

#include <random>
#include <string>

namespace microthread {
namespace {

enum class Kind { kTasklet, kChannel, kSelf };

struct CodeInfo {
  Code code;
  const char* word;
  Kind kind;
  int weight;     // how often it is drawn
  int low, high;  // bounds of the value; none if they are the same
};

constexpr CodeInfo kCodes[] = {
    {Code::kSpawn, "spawn", Kind::kTasklet, 40, 0, 0},
    {Code::kNew, "new", Kind::kTasklet, 6, 0, 0},
    {Code::kInsert, "insert", Kind::kTasklet, 20, 0, 0},
    {Code::kRemove, "remove", Kind::kTasklet, 8, 0, 0},
    {Code::kGoto, "goto", Kind::kTasklet, 10, 0, 0},
    {Code::kSwitch, "switch", Kind::kTasklet, 8, 0, 0},
    {Code::kKill, "kill", Kind::kTasklet, 8, 0, 0},
    {Code::kKillPending, "killp", Kind::kTasklet, 6, 0, 0},
    {Code::kRaise, "raise", Kind::kTasklet, 6, 0, 0},
    {Code::kThrowPending, "throwp", Kind::kTasklet, 6, 0, 0},
    {Code::kJoin, "join", Kind::kTasklet, 10, 0, 0},
    {Code::kSend, "send", Kind::kChannel, 50, 1, 99},
    {Code::kReceive, "receive", Kind::kChannel, 50, 0, 0},
    {Code::kSendException, "sendx", Kind::kChannel, 8, 0, 0},
    {Code::kClose, "close", Kind::kChannel, 5, 0, 0},
    {Code::kOpen, "open", Kind::kChannel, 8, 0, 0},
    {Code::kFinish, "finish", Kind::kChannel, 4, 0, 0},
    {Code::kRenew, "renew", Kind::kChannel, 8, 0, 0},
    {Code::kPreference, "pref", Kind::kChannel, 12, -1, 1},
    {Code::kScheduleAll, "schedall", Kind::kChannel, 6, 0, 1},
    {Code::kSchedule, "schedule", Kind::kSelf, 40, 0, 0},
    {Code::kScheduleRemove, "park", Kind::kSelf, 12, 0, 0},
    {Code::kRun, "run", Kind::kSelf, 14, 0, 0},
    {Code::kBlockTrap, "blocktrap", Kind::kSelf, 6, 0, 1},
    {Code::kSwitchTrap, "switchtrap", Kind::kSelf, 4, -1, 1},
    {Code::kReturn, "return", Kind::kSelf, 20, 0, 0},
    {Code::kExit, "exit", Kind::kSelf, 3, 0, 0},
    {Code::kFail, "fail", Kind::kSelf, 4, 0, 0},
};

const CodeInfo& InfoOf(Code code) {
  for (const CodeInfo& info : kCodes) {
    if (info.code == code) return info;
  }
  return kCodes[0];
}

int SumOfWeights() {
  int sum = 0;
  for (const CodeInfo& info : kCodes) sum += info.weight;
  return sum;
}

}  // namespace

std::string Describe(const Operation& operation) {
  const CodeInfo& info = InfoOf(operation.code);
  std::string text = info.word;
  if (info.kind == Kind::kTasklet) text += " " + BodyName(operation.target);
  if (info.kind == Kind::kChannel) {
    text += " " + std::to_string(operation.target);
  }
  if (info.low != info.high) text += " " + std::to_string(operation.value);
  return text;
}

// The engine is the same everywhere, std::uniform_int_distribution is not.
int OperationDice::Between(int low, int high) {
  return low +
         static_cast<int>(random_() % static_cast<uint64_t>(high - low + 1));
}

Operation OperationDice::Draw(int tasklets, int channels) {
  static const int sum = SumOfWeights();
  int ticket = Between(1, sum);
  const CodeInfo* info = kCodes;
  while ((ticket -= info->weight) > 0) ++info;
  Operation operation{info->code};
  if (info->kind == Kind::kTasklet) operation.target = Between(0, tasklets - 1);
  if (info->kind == Kind::kChannel) operation.target = Between(0, channels - 1);
  if (info->low != info->high) operation.value = Between(info->low, info->high);
  return operation;
}

std::string BodyName(int number) {
  return number == 0 ? "main"
                     : std::string(1, static_cast<char>('A' + number - 1));
}

}  // namespace microthread
