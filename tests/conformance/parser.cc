// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// The parser goes through a file line by line; `place_` is where it stands.

#include "tests/conformance/parser.h"

#include <filesystem>
#include <fstream>
#include <optional>
#include <set>
#include <sstream>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tests/conformance/grammar.h"

namespace microthread::conformance {
namespace {

using Words = std::vector<std::string>;

Words Split(const std::string& line) {
  std::istringstream stream(line);
  Words words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

absl::Status Wrong(const std::string& text) {
  return absl::InvalidArgumentError(text);
}

class Parser {
 public:
  explicit Parser(bool may_lack_expectation)
      : may_lack_expectation_(may_lack_expectation) {}

  absl::Status Line(const Words& words);

  // What is missing at the end of the file.
  absl::Status Finish() const;

  std::vector<Trace> TakeTraces() { return std::move(traces_); }

 private:
  enum class Place { kOutside, kHead, kBody, kEvents };

  absl::Status BeginProgram(const Words& words);
  absl::Status SetChannels(const Words& words);
  absl::Status BeginBody(const Words& words);
  absl::Status BeginEvents(const Words& words);
  absl::Status AddEvent(const Words& words);
  absl::Status AddOperation(const Words& words);
  void EndProgram();

  const bool may_lack_expectation_;
  std::vector<Trace> traces_;
  std::set<std::string> program_names_;
  Place place_ = Place::kOutside;

  // The program that is being read.
  Program program_;
  Body* body_ = nullptr;
  std::optional<int> channels_;
  std::set<System> systems_;  // those that have all its operations so far
  std::vector<std::string> events_;
};

absl::Status Parser::Line(const Words& words) {
  if (place_ == Place::kEvents) return AddEvent(words);
  if (words[0] == "program") return BeginProgram(words);
  if (place_ == Place::kOutside) {
    return Wrong(
        absl::StrCat("expected \"program NAME\", found \"", words[0], "\""));
  }
  if (words[0] == "channels") return SetChannels(words);
  if (words[0] == "body") return BeginBody(words);
  if (words[0] == "expect") return BeginEvents(words);
  if (words[0] == "end") return Wrong("\"end\" without \"expect\" before it");
  if (place_ == Place::kBody) return AddOperation(words);
  return Wrong(absl::StrCat("expected \"channels\" or \"body\", found \"",
                            words[0], "\""));
}

absl::Status Parser::BeginProgram(const Words& words) {
  if (place_ != Place::kOutside) {
    return Wrong(absl::StrCat("program \"", program_.name,
                              "\" has not ended: \"expect\" and \"end\" are "
                              "missing"));
  }
  if (words.size() != 2) return Wrong("\"program\" takes one name");
  if (!program_names_.insert(words[1]).second) {
    return Wrong(absl::StrCat("a second program \"", words[1], "\""));
  }
  program_ = Program();
  program_.name = words[1];
  body_ = nullptr;
  channels_.reset();
  systems_ = {System::kGreenlet, System::kStackless};
  events_.clear();
  place_ = Place::kHead;
  return absl::OkStatus();
}

absl::Status Parser::SetChannels(const Words& words) {
  if (body_ != nullptr) return Wrong("\"channels\" after the first body");
  if (channels_.has_value()) return Wrong("a second \"channels\"");
  if (words.size() == 2) channels_ = ParseInteger(words[1]);
  if (!channels_.has_value() || *channels_ < 0) {
    return Wrong("\"channels\" takes one number, 0 or more");
  }
  program_.channels = *channels_;
  return absl::OkStatus();
}

absl::Status Parser::BeginBody(const Words& words) {
  const bool stubborn = words.size() == 3 && words[2] == "stubborn";
  if ((words.size() != 2 && !stubborn) || !IsName(words[1])) {
    return Wrong("\"body\" takes a name and, after it, perhaps \"stubborn\"");
  }
  if (!channels_.has_value()) return Wrong("\"body\" before \"channels\"");
  if (stubborn && words[1] == "M") return Wrong("body M cannot be stubborn");
  const auto [it, is_new] =
      program_.bodies.try_emplace(words[1], Body{words[1], stubborn});
  if (!is_new) return Wrong(absl::StrCat("a second body \"", words[1], "\""));
  body_ = &it->second;
  place_ = Place::kBody;
  return absl::OkStatus();
}

absl::Status Parser::AddOperation(const Words& words) {
  absl::StatusOr<ParsedOperation> parsed = ParseOperation(words, *channels_);
  if (!parsed.ok()) return parsed.status();
  std::set<System> common;
  for (System system : parsed->systems) {
    if (systems_.count(system) > 0) common.insert(system);
  }
  if (common.empty()) {
    return Wrong(absl::StrCat(
        "\"", parsed->operation.text, "\" is an operation of ",
        parsed->systems.count(System::kGreenlet) > 0 ? "greenlets" : "tasklets",
        ", and those before it are not"));
  }
  systems_ = std::move(common);
  body_->operations.push_back(std::move(parsed->operation));
  return absl::OkStatus();
}

absl::Status Parser::BeginEvents(const Words& words) {
  if (words.size() != 1) return Wrong("\"expect\" stands alone on its line");
  if (program_.bodies.count("M") == 0) {
    return Wrong(absl::StrCat("program \"", program_.name, "\" has no body M"));
  }
  place_ = Place::kEvents;
  return absl::OkStatus();
}

// Events are compared, never understood: any text will do.
absl::Status Parser::AddEvent(const Words& words) {
  if (words.size() == 1 && words[0] == "end") {
    EndProgram();
  } else {
    events_.push_back(absl::StrJoin(words, " "));
  }
  return absl::OkStatus();
}

void Parser::EndProgram() {
  // Programs of greenlets have no channels; it decides where the operations
  // (new and fail alone) do not.
  if (systems_.size() == 2) {
    systems_ = {program_.channels == 0 ? System::kGreenlet
                                       : System::kStackless};
  }
  program_.system = *systems_.begin();
  Trace trace;
  trace.program = std::move(program_);
  if (!events_.empty() || !may_lack_expectation_) {
    trace.expectation = Expectation{std::move(events_)};
  }
  traces_.push_back(std::move(trace));
  place_ = Place::kOutside;
}

absl::Status Parser::Finish() const {
  if (place_ != Place::kOutside) {
    return Wrong(absl::StrCat("the file ends within program \"", program_.name,
                              "\": \"end\" is missing"));
  }
  if (traces_.empty()) return Wrong("the file holds no program");
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<Trace>> ParseTraces(const std::string& text,
                                               const std::string& file) {
  const std::string base = std::filesystem::path(file).filename();
  Parser parser(base.find("crashers") != std::string::npos);
  std::istringstream lines(text);
  int number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    const Words words = Split(line);
    if (words.empty()) continue;
    const absl::Status status = parser.Line(words);
    if (!status.ok()) {
      return Wrong(absl::StrCat(file, ":", number, ": ", status.message()));
    }
  }
  const absl::Status status = parser.Finish();
  if (!status.ok()) {
    return Wrong(absl::StrCat(file, ":", number, ": ", status.message()));
  }
  return parser.TakeTraces();
}

absl::StatusOr<std::vector<Trace>> ReadTraces(const std::string& file) {
  std::ifstream stream(file);
  std::ostringstream text;
  if (!stream.is_open() || std::filesystem::is_directory(file)) {
    return absl::NotFoundError(absl::StrCat(file, ": cannot be read"));
  }
  text << stream.rdbuf();
  return ParseTraces(text.str(), file);
}

}  // namespace microthread::conformance
