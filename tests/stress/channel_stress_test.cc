// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0
//
// Random operations on tasklets and channels, by the tasklets themselves, on
// several threads at once. Each thread has a scheduler of its own; handles
// travel between the threads and are dropped wherever they are. In the end
// nobody may be left, and nothing that was sent.

#include "tests/stress/channel_stress.h"

#include <exception>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "microthread/greenlet/testing.h"
#include "microthread/microthread.h"
#include "tests/stress/stress.h"

namespace microthread_test {
namespace {

using microthread::Spawn;
using microthread::TaskletExit;

// What one thread does.
class World {
 public:
  World(uint64_t seed, Market& market, const Foreign& foreign)
      : dice_(seed), market_(market), foreign_(foreign) {}

  void Run(bool use_scope) {
    std::optional<microthread::ThreadScope> scope;
    // Otherwise the end of the thread has to see to it.
    if (use_scope) scope.emplace();
    channels_.resize(6);
    while (remaining_ > 0) {
      Step();
      if (microthread::RunCount() == 1) Serve();
    }
    closing_ = true;
  }

  const Books& books() const { return books_; }

 private:
  // The body of all tasklets.
  void Live() {
    ++living_;
    struct AtEnd {
      ~AtEnd() { --world->living_; }
      World* world;
    } at_end{this};
    while (remaining_ > 0) {
      Step();
      if (dice_.Percent(4)) return;
      if (dice_.Percent(3)) throw Boom();
    }
  }

  void Step() {
    --remaining_;
    const size_t operation = books_.Choose(dice_);
    books_.Count(operation);
    Try([this, operation] {
      std::optional<Engaged> engaged;
      if (kRun <= operation && operation <= kJoin) engaged.emplace(engaged_);
      Do(operation);
    });
  }

  template <class Operation>
  void Try(Operation operation) {
    try {
      operation();
    } catch (const microthread::DeadlockError&) {
      books_.Count(kDeadlock);
    } catch (const microthread::ChannelClosedError&) {
      books_.Count(kClosed);
    } catch (const microthread::EndOfChannel&) {
      books_.Count(kEnd);
    } catch (const microthread::TaskletBlockedError&) {
      books_.Count(kBlocked);
    } catch (const microthread::DeadTaskletError&) {
      books_.Count(kDead);
    } catch (const microthread::CurrentTaskletError&) {
      books_.Count(kCurrent);
    } catch (const microthread::MainTaskletError&) {
      books_.Count(kMain);
    } catch (const microthread::SwitchTrapError&) {
      books_.Count(kSwitchTrap);
    } catch (const microthread::BlockTrapError&) {
      books_.Count(kBlockTrap);
    } catch (const microthread::EmptyHandleError&) {
      books_.Count(kEmpty);
    } catch (const microthread::WrongThreadError&) {
      books_.Count(kWrongThread);
    } catch (const microthread::ResourceExhaustedError&) {
      books_.Count(kNoStack);
    } catch (const Boom&) {
      books_.Count(kBoom);
      if (!InMain() && dice_.Percent(20)) throw;
    } catch (const TaskletExit&) {
      books_.Count(kExit);
      if (!InMain() && (closing_ || dice_.Percent(90))) throw;
    }
  }

  void Do(size_t operation) {
    switch (operation) {
      case kSpawn:
        return DoSpawn();
      case kSchedule:
        return microthread::Schedule();
      case kPause:
        return microthread::ScheduleRemove();
      case kSend:
        return SomeChannel().Send(std::make_unique<Token>());
      case kReceive:
        SomeChannel().Receive();
        return;
      case kSendError:
        return SomeChannel().SendException(std::make_exception_ptr(Boom()));
      case kLoop:
        return Loop();
      case kRun:
        if (InMain() || dice_.Percent(20)) {
          microthread::Run();
          return;
        }
        return Target().Run();
      case kSwitch:
        return (dice_.Percent(40) ? foreign_.tasklet : Target()).Switch();
      case kInsert:
        Target().Insert();
        return;
      case kRemove:
        Target().Remove();
        return;
      case kThrow:
        return Target().Raise<Boom>();
      case kKill:
        return Target().Kill();
      case kPending:
        return Pending();
      case kJoin:
        return (dice_.Percent(40) ? Tasklet::Main() : Target()).Join();
      case kFinish:
        return Finish();
      case kClose:
        return CloseOrOpen();
      case kPreference:
        return SetPreference();
      case kTraps:
        return UnderTrap();
      case kDrop:
        Handle() = Tasklet();
        return;
      case kTrade:
        // What is taken may be of any thread: it is only dropped.
        market_.Trade(dice_.Below(1000), Tasklet(Handle()));
        return;
    }
  }

  // Everybody waits: gives one what it waits for. More would leave nobody who
  // waits. Those who hold each other's handles would be there for ever.
  void Serve() {
    if (!engaged_.empty() && dice_.Percent(50)) {
      const Tasklet one = engaged_[dice_.Below(engaged_.size())];
      return Try([&one] { one.Kill(); });
    }
    const bool last = !finished_.empty() && dice_.Percent(50);
    const Channel<Value> channel =
        last ? finished_.back() : channels_[dice_.Below(channels_.size())];
    if (last && channel.balance() == 0) finished_.pop_back();
    Try([&channel] {
      if (channel.balance() > 0) {
        channel.Receive();
      } else if (channel.balance() < 0) {
        channel.Send(nullptr);
      }
    });
  }

  void DoSpawn() {
    if (living_ > 300) return;
    if (dice_.Percent(20)) microthread::testing::FailNextStack();
    Tasklet made;
    if (dice_.Percent(80)) {
      made = Spawn([this] { Live(); });
    } else {
      made = Tasklet::New();
      if (dice_.Percent(50)) made.Bind([this] { Live(); });
    }
    // The old one is dropped, and that may switch.
    const Tasklet old = std::exchange(Handle(), made);
  }

  void Loop() {
    int count = 0;
    for (Value& value : SomeChannel()) {
      value.reset();
      if (++count == 3) break;
    }
  }

  void Pending() {
    if (dice_.Percent(50)) {
      Target().ThrowPending(std::make_exception_ptr(Boom()));
    } else {
      Target().KillPending();
    }
  }

  void Finish() {
    Channel<Value>& place = channels_[dice_.Below(channels_.size())];
    place.Finish();
    if (dice_.Percent(20)) return;  // until it is chosen again
    // Those who wait to send are still to be served.
    finished_.push_back(std::exchange(place, Channel<Value>()));
  }

  void CloseOrOpen() {
    const Channel<Value> channel = SomeChannel();
    if (channel.closing()) {
      channel.Open();
    } else if (dice_.Percent(50)) {
      channel.Close();
    }
  }

  void SetPreference() {
    const Channel<Value> channel = SomeChannel();
    channel.set_preference(static_cast<microthread::Preference>(
        static_cast<int>(dice_.Below(3)) - 1));
    channel.set_schedule_all(dice_.Percent(20));
  }

  void UnderTrap() {
    if (dice_.Percent(65)) {
      microthread::SwitchTrap(1);
      struct Lower {
        ~Lower() { microthread::SwitchTrap(-1); }
      } lower;
      microthread::Schedule();
    } else {
      const Tasklet me = Tasklet::Current();
      me.set_block_trap(true);
      struct Lower {
        ~Lower() { me.set_block_trap(false); }
        const Tasklet& me;
      } lower{me};
      SomeChannel().Receive();
    }
  }

  Tasklet& Handle() { return handles_[dice_.Below(handles_.size())]; }

  // A copy: the handle may be changed while the operation waits.
  Tasklet Target() {
    const size_t choice = dice_.Below(100);
    if (choice < 10) return Tasklet::Main();
    if (choice < 20) return Tasklet::Current();
    if (choice < 27) return foreign_.tasklet;
    if (choice < 47) {  // one that waits, or an empty handle
      return channels_[dice_.Below(channels_.size())].queue();
    }
    Tasklet target = Handle();
    for (int i = 0; i < 3 && !target.valid(); ++i) target = Handle();
    return target;
  }

  Channel<Value> SomeChannel() {
    if (dice_.Percent(2)) return foreign_.channel;
    return channels_[dice_.Below(channels_.size())];
  }

  bool InMain() const { return Tasklet::Current().is_main(); }

  Dice dice_;
  Market& market_;
  const Foreign& foreign_;
  Books books_{kKinds};
  int remaining_ = kOperations / kThreads;
  bool closing_ = false;
  int living_ = 0;
  std::vector<Tasklet> engaged_;
  std::vector<Tasklet> handles_ = std::vector<Tasklet>(24);
  std::vector<Channel<Value>> channels_;
  std::vector<Channel<Value>> finished_;  // and perhaps still waited on
};

TEST(ChannelStressTest, NobodyIsLeft) {
  const uint64_t seed = Seed();
  const microthread::testing::LiveObjects before =
      microthread::testing::CountLiveObjects();
  Books books(kKinds);
  {
    QuietStandardError quiet("an exception came at the end of");
    Foreign foreign;
    foreign.channel.set_preference(microthread::Preference::kNone);
    foreign.tasklet = Spawn([&foreign] { foreign.channel.Receive(); });
    microthread::Run();
    Market market;
    std::vector<std::unique_ptr<World>> worlds;
    for (int i = 0; i < kThreads; ++i) {
      worlds.push_back(std::make_unique<World>(seed + static_cast<uint64_t>(i),
                                               market, foreign));
    }
    // Each thread is told of its deadlocks as if it were alone.
    const microthread::Absence of_main;
    OnThreads([&](int i) {
      const microthread::Absence of_this_thread;
      worlds[static_cast<size_t>(i)]->Run(/*use_scope=*/i % 2 == 0);
    });
    for (const auto& world : worlds) books.Add(world->books());
    foreign.tasklet.Kill();
  }
  books.Check(kOperations);
  EXPECT_EQ(microthread::testing::CountLiveObjects(), before);
  EXPECT_EQ(Token::live, 0);
}

}  // namespace
}  // namespace microthread_test
