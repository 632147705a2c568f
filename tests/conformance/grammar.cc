// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// Each row of the table is one form of an operation: its verb, the system that
// has it, and a letter for each thing that it takes.

#include "tests/conformance/grammar.h"

#include <cctype>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace microthread::conformance {
namespace {

struct Form {
  std::string_view verb;
  System system;
  // N a name, C a channel's number, V an integer, B 0 or 1, P -1, 0 or 1;
  // * any number of what stands before it.
  std::string_view shape;
};

constexpr System kG = System::kGreenlet;
constexpr System kS = System::kStackless;

constexpr Form kForms[] = {
    {"new", kG, "N"},       {"new", kG, "NN"},      {"switch", kG, "NV"},
    {"up", kG, "V"},        {"return", kG, "V"},    {"throw", kG, "N"},
    {"throwu", kG, "N"},    {"parent", kG, "NN"},   {"show", kG, "N"},
    {"drop", kG, "N"},      {"fail", kG, ""},       {"spawn", kS, "N"},
    {"new", kS, "N"},       {"yield", kS, ""},      {"park", kS, ""},
    {"send", kS, "CV"},     {"recv", kS, "C"},      {"sendx", kS, "C"},
    {"stop", kS, "C"},      {"seq", kS, "CV*"},     {"each", kS, "C"},
    {"close", kS, "C"},     {"open", kS, "C"},      {"pref", kS, "CP"},
    {"schedall", kS, "CB"}, {"chan", kS, "C"},      {"task", kS, "N"},
    {"count", kS, ""},      {"insert", kS, "N"},    {"remove", kS, "N"},
    {"goto", kS, "N"},      {"switch", kS, "N"},    {"kill", kS, "N"},
    {"killp", kS, "N"},     {"raise", kS, "N"},     {"throwp", kS, "N"},
    {"run", kS, ""},        {"blocktrap", kS, "B"}, {"switchtrap", kS, "V"},
    {"quit", kS, ""},       {"fail", kS, ""},
};

// "send CHANNEL INTEGER", for messages.
std::string Usage(const Form& form) {
  std::string usage(form.verb);
  for (char kind : form.shape) {
    switch (kind) {
      case 'N':
        usage += " NAME";
        break;
      case 'C':
        usage += " CHANNEL";
        break;
      case 'V':
        usage += " INTEGER";
        break;
      case 'B':
        usage += " 0/1";
        break;
      case 'P':
        usage += " -1/0/1";
        break;
      default:
        usage += "...";
    }
  }
  return usage;
}

bool InRange(char kind, int number, int channels) {
  switch (kind) {
    case 'C':
      return 0 <= number && number < channels;
    case 'B':
      return number == 0 || number == 1;
    case 'P':
      return -1 <= number && number <= 1;
    default:
      return true;
  }
}

// Adds what `word` spells to the operation; false if it is not of that kind.
bool Take(char kind, const std::string& word, int channels,
          Operation& operation) {
  if (kind == 'N') {
    if (!IsName(word)) return false;
    operation.names.push_back(word);
    return true;
  }
  const std::optional<int> number = ParseInteger(word);
  if (!number.has_value() || !InRange(kind, *number, channels)) return false;
  operation.numbers.push_back(*number);
  return true;
}

std::optional<Operation> Match(const Form& form,
                               const std::vector<std::string>& words,
                               int channels) {
  Operation operation{absl::StrJoin(words, " "), words[0], {}, {}};
  const bool repeats = !form.shape.empty() && form.shape.back() == '*';
  const size_t fixed = form.shape.size() - (repeats ? 2 : 0);
  const size_t taken = words.size() - 1;
  if (taken < fixed || (taken > fixed && !repeats)) return std::nullopt;
  for (size_t i = 0; i < taken; ++i) {
    const char kind = form.shape[i < fixed ? i : fixed];
    if (!Take(kind, words[i + 1], channels, operation)) return std::nullopt;
  }
  return operation;
}

}  // namespace

absl::StatusOr<ParsedOperation> ParseOperation(
    const std::vector<std::string>& words, int channels) {
  ParsedOperation parsed;
  std::set<std::string> usages;
  for (const Form& form : kForms) {
    if (form.verb != words[0]) continue;
    usages.insert(Usage(form));
    std::optional<Operation> operation = Match(form, words, channels);
    if (!operation.has_value()) continue;
    parsed.operation = *std::move(operation);
    parsed.systems.insert(form.system);
  }
  if (usages.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("unknown operation \"", words[0], "\""));
  }
  if (parsed.systems.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", absl::StrJoin(words, " "),
                     "\" should be: ", absl::StrJoin(usages, ", or "),
                     " (the program has ", channels, " channels)"));
  }
  return parsed;
}

bool IsName(const std::string& word) {
  if (word.empty() || !std::isalpha(static_cast<unsigned char>(word[0]))) {
    return false;
  }
  for (char c : word) {
    if (!std::isalnum(static_cast<unsigned char>(c)) && c != '_') return false;
  }
  return true;
}

std::optional<int> ParseInteger(const std::string& word) {
  int number = 0;
  if (!absl::SimpleAtoi(word, &number)) return std::nullopt;
  return number;
}

}  // namespace microthread::conformance
