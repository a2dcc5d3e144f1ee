#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace symphony::pit::dag {

/// Room for `wanted` items, and for twice as many as there were where it must grow: many small additions then cost no
/// more than one large one.
template <class T>
void make_room(std::vector<T>& list, std::size_t wanted) {
  if (list.capacity() < wanted) list.reserve(std::max(wanted, 2 * list.capacity()));
}

}  // namespace symphony::pit::dag
