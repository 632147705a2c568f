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

void GeneratorCore::Start() {
  if (!started_) Advance();
}

void GeneratorCore::Advance() {
  if (!leaf_.valid()) {
    if (value_ == nullptr && body_ != nullptr) {
      Throw(YieldError(
          DescribeGreenlet(*body_) +
          " is the body of a generator that is running already: it cannot be "
          "advanced from within"));
    }
    return;
  }
  GreenletRecord* me = &CurrentGreenlet(CurrentThread());
  if (body_->parent.get() != me) SetParent(body_, me);
  started_ = true;
  value_ = nullptr;
  Ref<GreenletRecord> body(body_);  // it may end during the switch
  Greenlet leaf = std::exchange(leaf_, Greenlet());
#if MICROTHREAD_EXCEPTIONS
  try {
    (void)leaf.Switch();
  } catch (...) {
    if (body->dead()) body_ = nullptr;
    throw;
  }
#else
  (void)leaf.Switch();
#endif
  if (body->dead()) body_ = nullptr;
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
