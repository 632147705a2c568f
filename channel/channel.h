// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// File: channel.h
//
// A channel is where two tasklets meet: a sender waits until a receiver comes,
// a receiver until a sender comes, and then the value moves from the one to the
// other. Nothing is buffered, nothing is copied.
//
// Example:
//
//   Channel<std::string> lines;
//   Spawn([lines] {
//     for (std::string line; std::getline(std::cin, line);) lines.Send(line);
//     lines.Finish();
//   });
//   Spawn([lines] {
//     for (const std::string& line : lines) std::cout << line << "\n";
//   });
//   Run();
//
// `Channel<T>` is a handle; copies refer to the same channel, so capture it by
// value. T must be nothrow-movable and nothrow-destructible; it may be
// move-only, and `Channel<void>` passes nothing but the meeting itself.
//
// Waiters are served first come, first served. Who runs on when two have met is
// the channel's *preference*: by default the receiver runs at once and the
// sender goes to the end of the ring.
//
// There are two ways to end a channel. `Finish()` says that no further values
// will come: loops over the channel end. `Close()` is Stackless's: it forbids
// further waiting, wakes nobody, and can be undone by `Open()`.
//
// Thread-safe: tasklets of different OS threads may meet on a channel. One that
// only a single thread uses pays nothing for that. Whoever completes a meeting
// with a tasklet of another thread goes on without switching, whatever the
// preference; the partner goes to the end of its own thread's ring, and its
// thread is woken if it sleeps.

#ifndef MICROTHREAD_CHANNEL_CHANNEL_H_
#define MICROTHREAD_CHANNEL_CHANNEL_H_

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <iterator>
#include <ranges>
#include <string_view>
#include <type_traits>
#include <utility>

#include "microthread/channel/error.h"
#include "microthread/channel/internal/channel_core.h"
#include "microthread/channel/internal/transfer_inl.h"
#include "microthread/channel/internal/value_room.h"
#include "microthread/greenlet/config.h"
#include "microthread/tasklet/tasklet.h"

MICROTHREAD_NAMESPACE_BEGIN

// Who runs on when a sender and a receiver have met.
enum class Preference {
  kReceiver = -1,  // the receiver, at once; the default
  kNone = 0,       // whoever came second; its partner goes to the ring's end
  kSender = 1,     // the sender, at once
};

template <class T>
class Channel {
 public:
  static_assert(std::is_void_v<T> || (std::is_nothrow_move_constructible_v<T> &&
                                      std::is_nothrow_destructible_v<T>),
                "Channel<T>: T must be nothrow-movable and "
                "nothrow-destructible, so that a meeting cannot half happen; "
                "wrap it in a std::unique_ptr");
  static_assert(std::is_void_v<T> || std::is_same_v<T, std::decay_t<T>>,
                "Channel<T>: T must be a plain object type; to pass a "
                "reference, use a pointer or std::reference_wrapper");

  using value_type = T;
  // What Send() takes: a T, or a placeholder if T is void.
  using Value = std::conditional_t<std::is_void_v<T>, internal::Unit, T>;

  // A new channel, open and empty. The name is for errors and dumps.
  Channel() : Channel(std::string_view()) {}
  explicit Channel(std::string_view name) : core_(internal::NewChannel(name)) {}

  // Hands `value` to a receiver. If one waits, the two meet at once; otherwise
  // the caller waits in the queue. On an error the value is gone.
  //
  // Blocks: until a receiver takes it; even with a receiver waiting it switches
  //   unless the preference favors the sender.
  // Errors: without a waiting receiver: BlockTrapError, ChannelClosedError,
  //   DeadlockError if nobody is left who could come. SwitchTrapError. What is
  //   thrown into the caller while it waits.
  MICROTHREAD_ALWAYS_INLINE void Send(Value value) const {
    internal::Send<Value>(*core_, std::move(value));
  }
  MICROTHREAD_ALWAYS_INLINE void Send() const requires std::is_void_v<T> {
    Send(Value());
  }

  // Takes a value from a sender. If one waits, the two meet at once; otherwise
  // the caller waits in the queue.
  //
  // Blocks: until a sender comes; even with a sender waiting it switches if the
  //   preference favors the sender.
  // Errors: as `Send()`; EndOfChannel when the channel is finished and no
  //   sender is left; what the sender sent by `SendException()`.
  MICROTHREAD_ALWAYS_INLINE T Receive() const {
    if constexpr (std::is_void_v<T>) {
      (void)internal::Receive<Value>(*core_);
    } else {
      return internal::Receive<Value>(*core_);
    }
  }

  // As `Send()`, but the receiver's call throws `error`. To end the loop of one
  // receiver, send an EndOfChannel.
  //
  // Blocks: as `Send()`.
  // Errors: as `Send()`; NullExceptionError if `error` is null.
  void SendException(std::exception_ptr error) const {
    internal::SendException(*core_, std::move(error));
  }

  // Sends each element of `values` in turn and returns how many there were.
  //
  // Blocks: as `Send()`, for each.
  // Errors: as `Send()`; elements already sent stay sent.
  template <std::ranges::input_range Range>
  size_t SendSequence(Range&& values) const requires(!std::is_void_v<T>) {
    size_t count = 0;
    for (auto&& value : values) {
      Send(T(std::forward<decltype(value)>(value)));
      ++count;
    }
    return count;
  }

  // A loop over the channel receives until it is told that no more will come:
  // by `Finish()`, by a sent EndOfChannel, or because the channel is closed and
  // no sender waits. Other errors come out of the loop. The values are moved
  // in: `for (auto& v : channel)` may move from them.
  class iterator;
  iterator begin() const { return iterator(*this); }
  std::default_sentinel_t end() const { return std::default_sentinel; }

  // Says that no further values will come. Senders that wait already are still
  // served, in order. Receivers that wait are put at the end of the ring, first
  // come first: their loops end, their `Receive()` throws EndOfChannel. From
  // now on `Send()` throws ChannelClosedError; once no sender is left, loops
  // end and `Receive()` throws EndOfChannel. Calling it again has no effect.
  // With several senders, let somebody join them all and then finish the
  // channel.
  //
  // Blocks: never.
  void Finish() const { internal::FinishChannel(*core_); }

  // Forbids further waiting, as in Stackless: with nobody at the other side,
  // `Send()` and `Receive()` throw ChannelClosedError, and loops end. Those who
  // wait already stay and can still be met.
  //
  // Blocks: never; wakes nobody.
  void Close() const { internal::CloseChannel(*core_); }

  // Undoes `Close()`.
  //
  // Errors: ChannelClosedError if the channel is finished.
  void Open() const { internal::OpenChannel(*core_); }

  // `Close()` or `Finish()` was called; and nobody waits any more.
  bool closing() const { return core_->closing != 0; }
  bool closed() const { return closing() && balance() == 0; }

  // How many wait: positive for senders, negative for receivers.
  int64_t balance() const { return core_->balance(); }

  Preference preference() const {
    return static_cast<Preference>(core_->preference.load());
  }
  void set_preference(Preference preference) const {
    internal::SetPreference(*core_, static_cast<int8_t>(preference));
  }

  // While set, a meeting puts the partner at the end of the ring and then lets
  // the next tasklet run, whatever the preference.
  bool schedule_all() const { return core_->schedule_all; }
  void set_schedule_all(bool on) const { internal::SetScheduleAll(*core_, on); }

  // Who waits longest; an empty handle if nobody does. `Tasklet::next()` walks
  // on from there.
  Tasklet queue() const {
    return internal::TaskletAccess::Make<Tasklet>(
        internal::FirstWaiter(*core_));
  }

  std::string_view name() const { return core_->name; }

  // Tells channels apart: the same for all handles to one channel.
  const void* identity() const noexcept { return core_.get(); }

  // Same channel?
  friend bool operator==(const Channel& a, const Channel& b) noexcept {
    return a.core_.get() == b.core_.get();
  }

  template <class H>
  friend H AbslHashValue(H state, const Channel& channel) {
    return H::combine(std::move(state), channel.core_.get());
  }

 private:
  internal::Ref<internal::ChannelCore> core_;
};

template <class T>
class Channel<T>::iterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using iterator_concept = std::input_iterator_tag;
  using value_type = Value;
  using difference_type = std::ptrdiff_t;
  using pointer = Value*;
  using reference = Value&;

  // Blocks: as `Channel::Receive()`.
  explicit iterator(Channel channel) : channel_(std::move(channel)) { ++*this; }

  // The received value itself, which belongs to the iterator.
  Value& operator*() const { return *value_; }
  Value* operator->() const { return &*value_; }

  // Blocks: as `Channel::Receive()`.
  iterator& operator++() {
    has_value_ = false;  // also when the next line throws
    has_value_ = internal::ReceiveNext<Value>(*channel_.core_, value_);
    return *this;
  }
  void operator++(int) { ++*this; }

  friend bool operator==(const iterator& it, std::default_sentinel_t) {
    return !it.has_value_;
  }

 private:
  Channel channel_;
  mutable internal::ValueRoom<Value> value_;
  bool has_value_ = false;
};

MICROTHREAD_NAMESPACE_END

template <class T>
struct std::hash<microthread::Channel<T>> {
  size_t operator()(const microthread::Channel<T>& channel) const noexcept {
    return std::hash<const void*>()(channel.identity());
  }
};

#endif  // MICROTHREAD_CHANNEL_CHANNEL_H_
