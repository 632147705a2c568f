// SPDX-License-Identifier: Apache-2.0
//
// A user's program whose folders have the names of microthread's folders. Ends
// with status 0 when each #include found the header that it meant.

#include <iostream>

#include "greenlet/greenlet.h"
#include "microthread/microthread.h"
#include "scheduler/scheduler.h"

namespace mt = microthread;

int main() {
  planner::Scheduler scheduler;
  garden::Greenlet greenlet;

  mt::Channel<int> hours;
  mt::Spawn([hours] {
    for (int hour = 1; hour <= 4; ++hour) hours.Send(hour);
    hours.Finish();
  });
  mt::Spawn([hours, &scheduler, &greenlet] {
    for (int hour : hours) {
      scheduler.Add(hour);
      ++greenlet.leaves;
    }
  });
  mt::Run();

  std::cout << scheduler.hours() << " hours, " << greenlet.leaves
            << " leaves\n";
  return scheduler.hours() == 10 && greenlet.leaves == 4 ? 0 : 1;
}
