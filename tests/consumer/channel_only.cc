// SPDX-License-Identifier: Apache-2.0
//
// A user's program that depends on one folder of microthread. Ends with status
// 0 when a channel can be made and is empty.

#include <iostream>

#include "microthread/channel/channel.h"

int main() {
  microthread::Channel<int> channel;
  std::cout << "balance " << channel.balance() << "\n";
  return channel.balance() == 0 ? 0 : 1;
}
