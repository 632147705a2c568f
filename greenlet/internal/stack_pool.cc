// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0

#include "microthread/greenlet/internal/stack_pool.h"

#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <utility>

MICROTHREAD_NAMESPACE_BEGIN
namespace internal {
namespace {

constexpr size_t kMaxSlabBytes = size_t{1} << 30;
// Of Linux 6.13.
constexpr int kMadvGuardInstall = 102;  // MADV_GUARD_INSTALL
constexpr int kMadvGuardRemove = 103;   // MADV_GUARD_REMOVE
// So many bytes contain all that one page table describes, wherever they lie.
constexpr size_t kPageTableReach = size_t{4} << 20;
constexpr std::chrono::milliseconds kSweepInterval(50);
// A sweep takes up to 1/50 of the time, and later page faults as much again.
constexpr int kSweepShare = 50;

// Offsets of the tops: 23 colors of one cache line, in an order that keeps
// neighbors apart (7 and 23 are coprime). The largest is 1,408 bytes.
size_t Color(size_t index) { return (index * 7) % 23 * 64; }

size_t RoundToPages(size_t bytes) {
  const size_t page = PageSize();
  return (bytes + page - 1) / page * page;
}

// The library's own system calls leave errno as the program had it.
class ErrnoKeeper {
 public:
  ErrnoKeeper() : saved_(errno) {}
  ~ErrnoKeeper() { errno = saved_; }

 private:
  int saved_;
};

// Whether light guards work. An emulator may accept any advice and do nothing,
// so look at the effect: a system call that reads from a guard fails. (Not
// under Valgrind, which would read the guard itself, and die.)
bool HasLightGuards() {
  static const bool has = [] {
    if (IsUnderValgrind()) return false;
    void* page = mmap(nullptr, PageSize(), PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED) return false;
    bool works = madvise(page, PageSize(), kMadvGuardInstall) == 0 &&
                 access(static_cast<const char*>(page), F_OK) != 0 &&
                 errno == EFAULT;
    munmap(page, PageSize());
    return works;
  }();
  return has;
}

bool InstallGuard(char* address, size_t size) {
  if (size == 0) return true;
  if (HasLightGuards() && madvise(address, size, kMadvGuardInstall) == 0) {
    return true;
  }
  return mprotect(address, size, PROT_NONE) == 0;
}

size_t SlotSize(const StackClass& kind) { return kind.guard + kind.size; }

// Makes room for so many uncut ranges; false when there is no memory.
bool SetRoom(StackClass& kind, size_t room) {
  std::unique_ptr<UncutRange[]> uncut(new (std::nothrow) UncutRange[room]);
  if (uncut == nullptr) return false;
  std::copy_n(kind.uncut.get(), kind.uncut_count, uncut.get());
  kind.uncut = std::move(uncut);
  kind.uncut_room = room;
  return true;
}

// Maps room for stacks, as many as the class would like or fewer; false when
// there is no room even for one.
bool MapSlab(StackClass& kind) {
  if (kind.uncut_room == 0 && !SetRoom(kind, 1)) return false;
  const size_t slot = SlotSize(kind);
  size_t stacks = std::min(kind.next_slab_stacks,
                           std::max<size_t>(kMaxSlabBytes / slot, 1));
  for (; stacks > 0; stacks /= 2) {
    void* slab = mmap(nullptr, stacks * slot, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (slab == MAP_FAILED) continue;
    // A huge page would commit the unused part of every stack that it covers.
    madvise(slab, stacks * slot, MADV_NOHUGEPAGE);
    char* const begin = static_cast<char*>(slab);
    kind.uncut[kind.uncut_count++] = {begin, begin + stacks * slot};
    kind.next_slab_stacks = stacks * 2;
    return true;
  }
  return false;
}

Stack* Cut(StackClass& kind) {
  if (kind.uncut_count == 0 && !MapSlab(kind)) return nullptr;
  UncutRange& range = kind.uncut[kind.uncut_count - 1];
  char* slot = range.begin;
  if (!InstallGuard(slot, kind.guard)) return nullptr;
  char* slot_end = slot + SlotSize(kind);
  range.begin = slot_end;
  if (range.begin == range.end) --kind.uncut_count;
  char* place = slot_end - Color(kind.cut++) - sizeof(Stack);
  Stack* stack = ::new (place) Stack();
  stack->limit = slot + kind.guard;
  stack->end = place;
  stack->home = &kind;
  stack->next_cut = kind.all;
  if (kind.all != nullptr) kind.all->prev_cut = stack;
  kind.all = stack;
  return stack;
}

// Keeps the uppermost page, where the descriptor is and each use begins.
void Trim(const Stack& stack) {
  madvise(stack.limit, stack.home->size - PageSize(), MADV_DONTNEED);
}

// Sorts the ranges from number `first` on, and makes one of neighbors.
void JoinNeighbors(StackClass& kind, size_t first) {
  UncutRange* const begin = &kind.uncut[first];
  UncutRange* const end = &kind.uncut[kind.uncut_count];
  std::sort(begin, end, [](const UncutRange& a, const UncutRange& b) {
    return a.begin < b.begin;
  });
  UncutRange* last = begin;
  for (UncutRange* range = begin + 1; range < end; ++range) {
    if (range->begin == last->end) {
      last->end = range->end;
    } else {
      *++last = *range;
    }
  }
  kind.uncut_count = first + static_cast<size_t>(last + 1 - begin);
}

// Where whole page tables become free, the guards go as well: the kernel gives
// back those tables that have no entry at all.
void GiveBack(const UncutRange& range) {
  const auto size = static_cast<size_t>(range.end - range.begin);
  if (size >= kPageTableReach && HasLightGuards()) {
    madvise(range.begin, size, kMadvGuardRemove);
  }
  madvise(range.begin, size, MADV_DONTNEED);
}

void Unlist(StackClass& kind, const Stack& stack) {
  (stack.prev_cut == nullptr ? kind.all : stack.prev_cut->next_cut) =
      stack.next_cut;
  if (stack.next_cut != nullptr) stack.next_cut->prev_cut = stack.prev_cut;
}

// Makes uncut ranges of a list of stacks.
void Uncut(StackClass& kind, Stack*& list) {
  size_t need = kind.uncut_count;
  for (Stack* stack = list; stack != nullptr; stack = stack->next_free())
    ++need;
  if (need > kind.uncut_room &&
      !SetRoom(kind, std::max(need, 2 * kind.uncut_room))) {
    return;  // they stay
  }
  while (list != nullptr) {
    Stack* stack = list;
    list = stack->next_free();
    OnStackReleased(*stack);
    Unlist(kind, *stack);
    char* const slot = stack->limit - kind.guard;
    kind.uncut[kind.uncut_count++] = {slot, slot + SlotSize(kind)};
  }
}

// Gives the memory of the uncut ranges from number `first` on back.
void GiveBackFrom(StackClass& kind, size_t first) {
  if (first == kind.uncut_count) return;
  JoinNeighbors(kind, first);
  for (size_t i = first; i < kind.uncut_count; ++i) GiveBack(kind.uncut[i]);
}

// Moves up to `count` stacks from the head of one list to that of another, and
// calls `visit` with each. (To keep their order it takes two moves.)
template <class F>
void Move(Stack*& from, Stack*& to, size_t count, F visit) {
  for (; count > 0 && from != nullptr; --count) {
    Stack* const stack = from;
    from = stack->next_free();
    visit(*stack);
    stack->set_next_free(to);
    to = stack;
  }
}

void SweepClass(StackClass& kind) {
  const auto leave_it = [](const Stack&) {};
  Stack* kept = nullptr;
  Move(kind.idle, kept, StackPool::kKeptIdle, leave_it);
  const size_t first = kind.uncut_count;
  Uncut(kind, kind.idle);
  GiveBackFrom(kind, first);
  Move(kept, kind.idle, StackPool::kKeptIdle, leave_it);
  Stack* swept = nullptr;
  Move(kind.free, swept, StackPool::kMaxSwept, Trim);
  Move(swept, kind.idle, StackPool::kMaxSwept, leave_it);
}

int64_t Now() {
  return std::chrono::nanoseconds(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

}  // namespace

size_t PageSize() {
  static const auto size = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  return size;
}

StackPool::StackPool()
    : default_{.size = RoundToPages(kDefaultStackSize),
               .guard = RoundToPages(kDefaultGuardSize)} {}

Stack* StackPool::TakeSlow(size_t size, size_t guard) {
  ErrnoKeeper keep_errno;
  if (failures_to_inject_ > 0) {
    --failures_to_inject_;
    return nullptr;
  }
  if (size > kMaxSlabBytes || guard > kMaxSlabBytes) return nullptr;
  size = size == 0 ? default_.size : RoundToPages(size);
  guard = guard == 0 ? default_.guard : RoundToPages(guard);
  StackClass* kind = &default_;
  while (kind->size != size || kind->guard != guard) {
    if (kind->next == nullptr) {
      kind->next.reset(new (std::nothrow)
                           StackClass{.size = size, .guard = guard});
      if (kind->next == nullptr) return nullptr;
    }
    kind = kind->next.get();
  }
  Stack*& list = kind->free != nullptr ? kind->free : kind->idle;
  Stack* stack = list;
  if (stack != nullptr) {
    list = stack->next_free();
  } else if ((stack = Cut(*kind)) != nullptr) {
    OnStackCreated(*stack);
  } else {
    return nullptr;
  }
  ++taken_;
  BeforeFirstUse(*stack);
  return stack;
}

void StackPool::Sweep() {
  ErrnoKeeper keep_errno;
  for (StackClass* kind = &default_; kind != nullptr; kind = kind->next.get()) {
    SweepClass(*kind);
  }
}

void StackPool::ReleaseAll() {
  ErrnoKeeper keep_errno;
  for (StackClass* kind = &default_; kind != nullptr; kind = kind->next.get()) {
    Uncut(*kind, kind->free);
    Uncut(*kind, kind->idle);
    GiveBackFrom(*kind, 0);
    SetRoom(*kind, std::max<size_t>(kind->uncut_count, 1));
  }
}

MICROTHREAD_COLD void StackPool::SweepIfDue() {
  const int64_t begin = Now();
  if (begin < next_sweep_) return;
  Sweep();
  const int64_t end = Now();
  next_sweep_ =
      end + std::max<int64_t>(std::chrono::nanoseconds(kSweepInterval).count(),
                              (end - begin) * kSweepShare);
}

void DescribeOwnStack(Stack* stack) {
  ErrnoKeeper keep_errno;
  pthread_attr_t attributes;
  void* address = nullptr;
  size_t size = 0;
  if (pthread_getattr_np(pthread_self(), &attributes) == 0) {
    pthread_attr_getstack(&attributes, &address, &size);
    pthread_attr_destroy(&attributes);
  }
  stack->limit = static_cast<char*>(address);
  stack->end = stack->limit + size;
}

}  // namespace internal
MICROTHREAD_NAMESPACE_END
