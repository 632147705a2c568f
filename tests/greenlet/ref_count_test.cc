// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0

#include "microthread/greenlet/internal/ref_count.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <utility>
#include <vector>

#include "microthread/greenlet/internal/thread.h"

namespace microthread_test {
namespace {

using microthread::internal::Counted;
using microthread::internal::CurrentThread;
using microthread::internal::DrainInbox;
using microthread::internal::kAttentionInbox;
using microthread::internal::Ref;
using microthread::internal::Thread;

// Says when and on which thread it ended.
struct Object : Counted {
  explicit Object(Thread& owner) : Counted(owner.token, kKind) {}
  static void OnUnreferenced(Counted* counted) {
    auto* object = static_cast<Object*>(counted);
    object->ended_on = std::this_thread::get_id();
    ++object->ended;
  }
  static constexpr microthread::internal::CountedKind kKind = {
      &Object::OnUnreferenced};
  std::atomic<int> ended = 0;
  std::thread::id ended_on;
};
using Handle = Ref<Object>;

void InThread(auto function) { std::thread(std::move(function)).join(); }

bool InboxWaits() {
  return (CurrentThread().attention.load() & kAttentionInbox) != 0;
}

TEST(RefCountTest, TheOwnersLastDropEndsTheObject) {
  Object object(CurrentThread());
  Handle a = Handle::Adopt(&object);
  Handle b = a;
  a = Handle();
  EXPECT_EQ(object.ended, 0);
  b = Handle();
  EXPECT_EQ(object.ended, 1);
}

TEST(RefCountTest, RefsCopyMoveAndRelease) {
  Object object(CurrentThread());
  Handle a = Handle::Adopt(&object);
  Handle b = std::move(a);
  EXPECT_FALSE(a);  // that is the point
  EXPECT_EQ(b.get(), &object);
  Handle& alias = b;
  b = alias;
  b = std::move(alias);
  EXPECT_EQ(b.get(), &object);
  Object* released = b.Release();
  EXPECT_FALSE(b);
  EXPECT_EQ(object.ended, 0);
  b = Handle::Adopt(released);
  b = Handle(nullptr);
  EXPECT_EQ(object.ended, 1);
}

TEST(RefCountTest, ForeignReferencesKeepItAlive) {
  Object object(CurrentThread());
  Handle mine = Handle::Adopt(&object);
  Handle theirs;
  InThread([&] { theirs = mine; });  // counted there
  mine = Handle();
  EXPECT_EQ(object.ended, 0);
  InThread([&] { theirs = Handle(); });
  EXPECT_EQ(object.ended, 1);
  EXPECT_NE(object.ended_on, std::this_thread::get_id());
}

TEST(RefCountTest, AForeignCopyAndDropLeaveNoTrace) {
  Object object(CurrentThread());
  Handle mine = Handle::Adopt(&object);
  InThread([&] { Handle copy = mine; });
  EXPECT_FALSE(InboxWaits());
  mine = Handle();
  EXPECT_EQ(object.ended, 1);
  EXPECT_EQ(object.ended_on, std::this_thread::get_id());
}

TEST(RefCountTest, AReferenceThatTheOwnerCountedIsHandedToItsInbox) {
  Object object(CurrentThread());
  Handle mine = Handle::Adopt(&object);
  InThread([moved = std::move(mine)] {});
  EXPECT_EQ(object.ended, 0);
  EXPECT_TRUE(InboxWaits());
  DrainInbox(CurrentThread());
  EXPECT_FALSE(InboxWaits());
  EXPECT_EQ(object.ended, 1);
  EXPECT_EQ(object.ended_on, std::this_thread::get_id());
}

TEST(RefCountTest, AQueuedObjectLivesWhileTheOwnerHasReferences) {
  Object object(CurrentThread());
  Handle mine = Handle::Adopt(&object);
  Handle copy = mine;
  InThread([moved = std::move(copy)] {});
  DrainInbox(CurrentThread());
  EXPECT_EQ(object.ended, 0);
  Handle again = mine;  // nobody is the owner any more, but all may count
  again = Handle();
  mine = Handle();
  EXPECT_EQ(object.ended, 1);
}

TEST(RefCountTest, SeveralForeignDropsBeforeTheOwnerLooks) {
  Object object(CurrentThread());
  Handle mine = Handle::Adopt(&object);
  Handle a = mine, b = mine;
  InThread([moved = std::move(a)] {});
  InThread([moved = std::move(b)] {});
  mine = Handle();
  EXPECT_EQ(object.ended, 0);  // the inbox has one
  DrainInbox(CurrentThread());
  EXPECT_EQ(object.ended, 1);
}

TEST(RefCountTest, AForeignCopyMayOutliveTheQueue) {
  Object object(CurrentThread());
  Handle mine = Handle::Adopt(&object);
  Handle theirs;
  InThread([&] {
    theirs = mine;                   // one that they have counted
    Handle moved = std::move(mine);  // one that the owner has
  });
  // Both drops of that thread came out of its own count first.
  DrainInbox(CurrentThread());
  EXPECT_EQ(object.ended, 0);
  InThread([&] { theirs = Handle(); });
  DrainInbox(CurrentThread());
  EXPECT_EQ(object.ended, 1);
}

TEST(RefCountTest, ObjectsOfAnEndedThreadEndWhereTheyAreDropped) {
  Object* object = nullptr;
  Handle kept;
  InThread([&] {
    object = new Object(CurrentThread());
    kept = Handle::Adopt(object);
  });
  Handle copy = kept;
  kept = Handle();
  EXPECT_EQ(object->ended, 0);
  copy = Handle();
  EXPECT_EQ(object->ended, 1);
  EXPECT_EQ(object->ended_on, std::this_thread::get_id());
  delete object;
}

// Records of threads are used again, but whoever has one now is not the owner
// of what was made in its former life: others may be counting that just now.
TEST(RefCountTest, TheNextThreadWithTheSameRecordIsNotTheOwner) {
  Object* object = nullptr;
  Thread* record = nullptr;
  Handle kept;
  InThread([&] {
    record = &CurrentThread();
    object = new Object(CurrentThread());
    kept = Handle::Adopt(object);
  });
  Handle others = kept;
  InThread([&] {
    ASSERT_EQ(&CurrentThread(), record);
    for (int i = 0; i < 10; ++i) Handle copy = kept;
    kept = Handle();
    EXPECT_FALSE(InboxWaits());
  });
  EXPECT_EQ(object->ended, 0);
  others = Handle();
  EXPECT_EQ(object->ended, 1);
  delete object;
}

TEST(RefCountTest, AnEndingThreadSettlesItsInbox) {
  std::atomic<Object*> object = nullptr;
  Handle kept;
  std::atomic<bool> dropped = false;
  std::thread owner([&] {
    auto* mine = new Object(CurrentThread());
    kept = Handle::Adopt(mine);
    object = mine;
    object.notify_one();
    dropped.wait(false);
  });
  object.wait(nullptr);
  kept = Handle();
  EXPECT_EQ(object.load()->ended, 0);
  dropped = true;
  dropped.notify_one();
  owner.join();
  EXPECT_EQ(object.load()->ended, 1);
  EXPECT_NE(object.load()->ended_on, std::this_thread::get_id());
  delete object.load();
}

TEST(RefCountTest, ADeadObjectCanBeRevived) {
  Object object(CurrentThread());
  Handle a = Handle::Adopt(&object);
  InThread([&] { Handle copy = a; });
  a = Handle();
  ASSERT_EQ(object.ended, 1);
  object.Revive(CurrentThread().token);
  Handle b = Handle::Adopt(&object);
  b = Handle();
  EXPECT_EQ(object.ended, 2);
}

// All threads copy, move and drop at once; the object ends exactly once. While
// they run, the owner may take out what one of them has left and not yet
// announced: then the announcement comes late, for an inbox that is empty.
TEST(RefCountTest, EndsOnceUnderFire) {
  constexpr int kRounds = 200;
  constexpr int kThreads = 4;
  for (int round = 0; round < kRounds; ++round) {
    Object object(CurrentThread());
    {
      Handle mine = Handle::Adopt(&object);
      std::vector<std::thread> threads;
      for (int t = 0; t < kThreads; ++t) {
        threads.emplace_back([handle = mine, t]() mutable {
          for (int i = 0; i < 50; ++i) {
            Handle copy = handle;
            if ((i + t) % 3 == 0) handle = std::move(copy);
          }
        });
      }
      for (int i = 0; i < 50; ++i) {
        Handle copy = mine;
        if (i % 10 == 0) DrainInbox(CurrentThread());
      }
      if (round % 2 == 0) mine = Handle();
      for (std::thread& thread : threads) thread.join();
      const bool left = CurrentThread().inbox.has_dropped();
      ASSERT_TRUE(!left || InboxWaits());
      ASSERT_EQ(object.ended, round % 2 == 0 && !left ? 1 : 0);
    }
    DrainInbox(CurrentThread());
    ASSERT_EQ(object.ended, 1);
  }
}

}  // namespace
}  // namespace microthread_test
