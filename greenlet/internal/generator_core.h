// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// What generators of all types have in common.

#ifndef MICROTHREAD_GREENLET_INTERNAL_GENERATOR_CORE_H_
#define MICROTHREAD_GREENLET_INTERNAL_GENERATOR_CORE_H_

#include <utility>

#include "microthread/greenlet/config.h"
#include "microthread/greenlet/greenlet.h"
#include "microthread/greenlet/internal/type_name.h"

MICROTHREAD_NAMESPACE_BEGIN
namespace internal {

class GeneratorCore {
 public:
  // Of values of `type`.
  explicit GeneratorCore(TypeId type) : type_(type) {}
  GeneratorCore(const GeneratorCore&) = delete;
  GeneratorCore& operator=(const GeneratorCore&) = delete;

  ~GeneratorCore();

  template <class F>
  void Bind(const GreenletOptions& options, F&& body) {
    body_ = Greenlet(options, std::forward<F>(body));
    GreenletAccess::Get(body_)->generator = this;
  }

  // Runs the body up to its first yield, unless that has been done.
  void Start();
  // Runs the body up to its next yield or its end.
  void Advance();

  // Runs the body to its end as if it were part of the body of the innermost
  // running generator, to which its yields go from now on.
  void DelegateToCaller();

  // Where the value lies that the body is at; null before the start, while the
  // body runs, and after its end.
  void* value() const { return value_; }
  TypeId type() const { return type_; }

 private:
  friend void GeneratorYield(int level, void* value, TypeId type);

  TypeId type_;
  void* value_ = nullptr;
  Greenlet body_;
  // The suspended greenlet that yielded last: the body itself, or one below it.
  // Empty if the body has not yielded, runs, or has left in another way.
  Greenlet leaf_;
};

void GeneratorYield(int level, void* value, TypeId type);

}  // namespace internal
MICROTHREAD_NAMESPACE_END

#endif  // MICROTHREAD_GREENLET_INTERNAL_GENERATOR_CORE_H_
