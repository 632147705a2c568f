// SPDX-License-Identifier: Apache-2.0
//
// The user's own scheduler: it plans meetings, and has nothing to do with
// microthread's header of the same path.

#ifndef SCHEDULER_SCHEDULER_H_
#define SCHEDULER_SCHEDULER_H_

namespace planner {

class Scheduler {
 public:
  void Add(int hour) { hours_ += hour; }
  int hours() const { return hours_; }

 private:
  int hours_ = 0;
};

}  // namespace planner

#endif  // SCHEDULER_SCHEDULER_H_
