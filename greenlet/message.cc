// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0

#include "microthread/greenlet/message.h"

#include <exception>
#include <string>
#include <utility>

#include "microthread/greenlet/error.h"
#include "microthread/greenlet/internal/throw.h"

MICROTHREAD_NAMESPACE_BEGIN
namespace {

// What an exit message holds; nobody else can name it, so nobody can forge one.
struct ExitValue {
  std::exception_ptr exit;
};
using ExitPack = internal::MessagePack<ExitValue>;

}  // namespace

Message Message::Exit(std::exception_ptr exit) noexcept {
  Message m;
  ExitPack::Construct(&m.content_, ExitValue{std::move(exit)});
  // As a pack of no values, for it is not the greenlet's result.
  static constexpr internal::MessageType kExit = {
      .size = 0,
      .one_word = ExitPack::kType.one_word,
      .type_of = nullptr,
      .value_at = ExitPack::kType.value_at,
      .move = ExitPack::kType.move,
      .destroy = ExitPack::kType.destroy,
  };
  m.type_ = &kExit;
  return m;
}

bool Message::is_exit() const noexcept {
  return type_ != nullptr && type_->size == 0 && type_->value_at != nullptr;
}

std::exception_ptr Message::exit() const noexcept {
  if (!is_exit()) return nullptr;
  auto* content = const_cast<internal::MessageContent*>(&content_);
  return static_cast<ExitValue*>(type_->value_at(content, 0))->exit;
}

std::string Message::Describe() const {
  if (none()) return "none";
  if (is_exit()) return "exit";
  std::string text = "(";
  for (size_t i = 0; i < size(); ++i) {
    if (i > 0) text += ", ";
    text += *type_->type_of(i);
  }
  return text + ")";
}

void Message::ThrowMismatch(size_t index, internal::TypeId wanted) const {
  std::string text = "message holds " + Describe() + ", but value " +
                     std::to_string(index) + " was asked for as " +
                     std::string(*wanted) +
                     ": ask for exactly the types that were sent";
  internal::Throw(MessageError(text));
}

MICROTHREAD_NAMESPACE_END
