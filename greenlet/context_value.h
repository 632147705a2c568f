// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// File: context_value.h
//
// Values that belong to the running greenlet instead of the thread: what
// `thread_local` is to threads, and Python's context variables are to tasks.
// Use them for what would otherwise be passed through every call, such as the
// request that is being served.
//
// Example:
//
//   ContextValue<std::string> user("nobody");   // usually a static variable
//
//   user.Set("ada");
//   Greenlet plain([] { return user.Get(); });  // "nobody": starts empty
//   Greenlet heir([] { return user.Get(); });
//   heir.set_context(Greenlet::Current().context().Copy());  // "ada"
//
// A greenlet starts with an empty context. `ContextMap` is a handle to one, so
// two greenlets may share a context; `Copy()` makes one of their own. Each
// tasklet that uses contexts has its own as well, for its main greenlet.
//
// Thread-compatible: a context that greenlets of two threads share is not
// locked.

#ifndef MICROTHREAD_GREENLET_CONTEXT_VALUE_H_
#define MICROTHREAD_GREENLET_CONTEXT_VALUE_H_

#include <any>
#include <memory>
#include <unordered_map>
#include <utility>

#include "microthread/greenlet/config.h"

MICROTHREAD_NAMESPACE_BEGIN

// A set of values; empty until one is set.
class ContextMap {
 public:
  // A new, empty context.
  ContextMap() : values_(std::make_shared<Values>()) {}

  // A context of its own with the same values.
  ContextMap Copy() const {
    ContextMap copy;
    *copy.values_ = *values_;
    return copy;
  }

  // The same context?
  friend bool operator==(const ContextMap& a, const ContextMap& b) = default;

 private:
  template <class T>
  friend class ContextValue;
  using Values = std::unordered_map<const void*, std::any>;

  std::shared_ptr<Values> values_;
};

// The context of the running greenlet.
//
// Blocks: never.
ContextMap CurrentContext();

// A variable with a value in each context, `fallback` where none was set. T
// must be copyable. It must outlive its use: make it static, or a member of
// something that lives as long.
template <class T>
class ContextValue {
 public:
  explicit ContextValue(T fallback = T()) : fallback_(std::move(fallback)) {}
  ContextValue(const ContextValue&) = delete;
  ContextValue& operator=(const ContextValue&) = delete;

  // The value in the running greenlet's context, or in `context`.
  //
  // Blocks: never.
  T Get() const { return Get(CurrentContext()); }
  T Get(const ContextMap& context) const {
    auto it = context.values_->find(this);
    return it == context.values_->end() ? fallback_
                                        : std::any_cast<const T&>(it->second);
  }

  // Blocks: never.
  void Set(T value) const { Set(CurrentContext(), std::move(value)); }
  void Set(const ContextMap& context, T value) const {
    (*context.values_)[this] = std::move(value);
  }

 private:
  T fallback_;
};

MICROTHREAD_NAMESPACE_END

#endif  // MICROTHREAD_GREENLET_CONTEXT_VALUE_H_
