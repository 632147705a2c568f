// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0

#include "microthread/greenlet/generator.h"

#include <string>
#include <utility>

#include "microthread/greenlet/error.h"
#include "microthread/greenlet/internal/generator_core.h"
#include "microthread/greenlet/internal/greenlet_inl.h"
#include "microthread/greenlet/internal/throw.h"

MICROTHREAD_NAMESPACE_BEGIN
namespace internal {

GeneratorCore::~GeneratorCore() {
  // The body may outlive the generator, in the hands of somebody else.
  if (body_.valid()) GreenletAccess::Get(body_)->generator = nullptr;
}

void GeneratorCore::Start() {
  if (!body_.started()) Advance();
}

void GeneratorCore::Advance() {
  value_ = nullptr;
  if (body_.dead()) return;
  GreenletRecord* body = GreenletAccess::Get(body_);
  GreenletRecord* me = &CurrentGreenlet(CurrentThread());
  if (IsAncestor(body, me)) {
    Throw(YieldError(
        DescribeGreenlet(*body) +
        " is the body of a generator that is running already: it cannot be "
        "advanced from within"));
  }
  if (body->parent.get() != me) SetParent(body, me);
  Greenlet leaf = std::exchange(leaf_, Greenlet());
  if (!leaf.valid()) leaf = body_;
#if MICROTHREAD_EXCEPTIONS
  try {
    (void)leaf.Switch();
  } catch (...) {
    // If nothing has moved, it can be tried again.
    if (!leaf.dead()) leaf_ = std::move(leaf);
    throw;
  }
#else
  (void)leaf.Switch();
#endif
}

void GeneratorYield(void* value, TypeId type) {
  GreenletRecord* me = &CurrentGreenlet(CurrentThread());
  GreenletRecord* body = me;
  while (body != nullptr && body->generator == nullptr) {
    body = body->parent.get();
  }
  if (body == nullptr) {
    Throw(YieldError("Yield of " + std::string(*type) + " in " +
                     DescribeGreenlet(*me) +
                     ": no generator is running here; call it from the body of "
                     "a Generator"));
  }
  GeneratorCore& generator = *body->generator;
  if (generator.type_ != type) {
    Throw(YieldError("Yield of " + std::string(*type) + " in a generator of " +
                     std::string(*generator.type_) +
                     ": yield exactly the generator's type, for instance by a "
                     "cast"));
  }
  generator.value_ = value;
  generator.leaf_ = GreenletAccess::Make<Greenlet>(me);
  (void)SwitchTo(body->parent.get(), Message());
}

}  // namespace internal
MICROTHREAD_NAMESPACE_END
