// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/scheduler/random_program.h"

#include <random>
#include <string>

namespace microthread {
namespace {

enum class Kind { kBody, kChannel, kSelf };

struct CodeInfo {
  Code code;
  const char* word;
  Kind kind;
  int weight;     // how often it is drawn
  int low, high;  // bounds of the value; none if they are the same
};

constexpr CodeInfo kCodes[] = {
    {Code::kSpawn, "spawn", Kind::kBody, 30, 0, 0},
    {Code::kNew, "new", Kind::kBody, 6, 0, 0},
    {Code::kInsert, "insert", Kind::kBody, 14, 0, 0},
    {Code::kRemove, "remove", Kind::kBody, 8, 0, 0},
    {Code::kGoto, "goto", Kind::kBody, 10, 0, 0},
    {Code::kSwitch, "switch", Kind::kBody, 8, 0, 0},
    {Code::kKill, "kill", Kind::kBody, 8, 0, 0},
    {Code::kKillPending, "killp", Kind::kBody, 6, 0, 0},
    {Code::kRaise, "raise", Kind::kBody, 6, 0, 0},
    {Code::kThrowPending, "throwp", Kind::kBody, 6, 0, 0},
    {Code::kJoin, "join", Kind::kBody, 10, 0, 0},
    {Code::kStates, "states", Kind::kBody, 6, 0, 0},
    {Code::kSend, "send", Kind::kChannel, 50, 1, 99},
    {Code::kReceive, "receive", Kind::kChannel, 50, 0, 0},
    {Code::kSendException, "sendx", Kind::kChannel, 8, 0, 0},
    {Code::kClose, "close", Kind::kChannel, 5, 0, 0},
    {Code::kOpen, "open", Kind::kChannel, 6, 0, 0},
    {Code::kFinish, "finish", Kind::kChannel, 3, 0, 0},
    {Code::kPreference, "pref", Kind::kChannel, 12, -1, 1},
    {Code::kScheduleAll, "schedall", Kind::kChannel, 6, 0, 1},
    {Code::kQueue, "queue", Kind::kChannel, 6, 0, 0},
    {Code::kSchedule, "schedule", Kind::kSelf, 40, 0, 0},
    {Code::kScheduleRemove, "park", Kind::kSelf, 12, 0, 0},
    {Code::kRun, "run", Kind::kSelf, 12, 0, 0},
    {Code::kRing, "ring", Kind::kSelf, 15, 0, 0},
    {Code::kBlockTrap, "blocktrap", Kind::kSelf, 4, 0, 1},
    {Code::kSwitchTrap, "switchtrap", Kind::kSelf, 4, -1, 1},
    {Code::kExit, "exit", Kind::kSelf, 3, 0, 0},
    {Code::kFail, "fail", Kind::kSelf, 3, 0, 0},
};

const CodeInfo& InfoOf(Code code) {
  for (const CodeInfo& info : kCodes) {
    if (info.code == code) return info;
  }
  return kCodes[0];
}

class Generator {
 public:
  explicit Generator(uint32_t seed) : random_(seed) {}

  Program Make() {
    Program program;
    program.channels = Between(1, 3);
    const int bodies = Between(2, 6);
    for (int number = 0; number <= bodies; ++number) {
      Body body;
      body.stubborn = number != 0 && Between(0, 5) == 0;
      const int count = Between(2, 12);
      if (number == 0) {
        for (int i = 1; i <= bodies; ++i) {
          if (Between(0, 3) != 0) body.operations.push_back({Code::kSpawn, i});
        }
      }
      for (int i = 0; i < count; ++i) {
        body.operations.push_back(MakeOperation(program, number, bodies));
      }
      program.bodies.push_back(body);
    }
    return program;
  }

 private:
  // The engine is the same everywhere, std::uniform_int_distribution is not.
  int Between(int low, int high) {
    return low +
           static_cast<int>(random_() % static_cast<uint32_t>(high - low + 1));
  }

  Operation MakeOperation(const Program& program, int number, int bodies) {
    for (;;) {
      const CodeInfo& info = Draw();
      // Main ends neither by itself nor by others.
      if (number == 0 &&
          (info.code == Code::kExit || info.code == Code::kFail)) {
        continue;
      }
      Operation operation{info.code};
      if (info.kind == Kind::kBody) operation.target = Between(1, bodies);
      if (info.kind == Kind::kChannel) {
        operation.target = Between(0, program.channels - 1);
      }
      if (info.low != info.high) {
        operation.value = Between(info.low, info.high);
      }
      return operation;
    }
  }

  const CodeInfo& Draw() {
    int sum = 0;
    for (const CodeInfo& info : kCodes) sum += info.weight;
    int ticket = Between(1, sum);
    for (const CodeInfo& info : kCodes) {
      ticket -= info.weight;
      if (ticket <= 0) return info;
    }
    return kCodes[0];
  }

  std::mt19937 random_;
};

}  // namespace

std::string Describe(const Operation& operation) {
  const CodeInfo& info = InfoOf(operation.code);
  std::string text = info.word;
  if (info.kind == Kind::kBody) text += " " + BodyName(operation.target);
  if (info.kind == Kind::kChannel) {
    text += " " + std::to_string(operation.target);
  }
  if (info.low != info.high) text += " " + std::to_string(operation.value);
  return text;
}

Program RandomProgram(uint32_t seed) { return Generator(seed).Make(); }

std::string Describe(const Program& program) {
  std::string text = "channels " + std::to_string(program.channels) + "\n";
  for (size_t i = 0; i < program.bodies.size(); ++i) {
    text += BodyName(static_cast<int>(i));
    text += program.bodies[i].stubborn ? " (stubborn):" : ":";
    for (const Operation& operation : program.bodies[i].operations) {
      text += " " + Describe(operation) + ";";
    }
    text += "\n";
  }
  return text;
}

std::string BodyName(int number) {
  return number == 0 ? "main"
                     : std::string(1, static_cast<char>('A' + number - 1));
}

}  // namespace microthread
