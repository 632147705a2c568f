// SPDX-License-Identifier: Apache-2.0
//
// The user's own greenlet, which grows in a garden.

#ifndef GREENLET_GREENLET_H_
#define GREENLET_GREENLET_H_

namespace garden {

struct Greenlet {
  int leaves = 0;
};

}  // namespace garden

#endif  // GREENLET_GREENLET_H_
