// Copyright 2026 The microthread Authors
// SPDX-License-Identifier: Apache-2.0

#include "microthread/greenlet/internal/stack_pool.h"

#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <new>

MICROTHREAD_NAMESPACE_BEGIN
namespace internal {
namespace {

constexpr size_t kMaxSlabBytes = size_t{1} << 30;
constexpr int kMadvGuardInstall = 102;  // MADV_GUARD_INSTALL of Linux 6.13

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

// Maps room for stacks, as many as the class would like or fewer; false when
// there is no room even for one.
bool MapSlab(StackClass& kind) {
  const size_t slot = kind.guard + kind.size;
  size_t stacks = std::min(kind.next_slab_stacks,
                           std::max<size_t>(kMaxSlabBytes / slot, 1));
  for (; stacks > 0; stacks /= 2) {
    void* slab = mmap(nullptr, stacks * slot, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (slab == MAP_FAILED) continue;
    // A huge page would commit the unused part of every stack that it covers.
    madvise(slab, stacks * slot, MADV_NOHUGEPAGE);
    kind.slab = static_cast<char*>(slab);
    kind.slab_end = kind.slab + stacks * slot;
    kind.next_slab_stacks = stacks * 2;
    return true;
  }
  return false;
}

Stack* Cut(StackClass& kind) {
  if (kind.slab == kind.slab_end && !MapSlab(kind)) return nullptr;
  char* slot = kind.slab;
  if (!InstallGuard(slot, kind.guard)) return nullptr;
  char* slot_end = slot + kind.guard + kind.size;
  kind.slab = slot_end;
  char* place = slot_end - Color(kind.cut++) - sizeof(Stack);
  Stack* stack = ::new (place) Stack();
  stack->limit = slot + kind.guard;
  stack->end = place;
  stack->home = &kind;
  return stack;
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
      kind->next = new (std::nothrow) StackClass{.size = size, .guard = guard};
      if (kind->next == nullptr) return nullptr;
    }
    kind = kind->next;
  }
  Stack* stack = kind->free;
  if (stack != nullptr) {
    kind->free = stack->next;
  } else if ((stack = Cut(*kind)) != nullptr) {
    OnStackCreated(*stack);
  } else {
    return nullptr;
  }
  ++in_use_;
  BeforeFirstUse(*stack);
  return stack;
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
