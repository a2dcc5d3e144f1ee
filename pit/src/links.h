#pragma once
// Doubly linked lists of elements of a vector, by index: constant time, no allocation.

#include <cstdint>
#include <vector>

namespace symphony::pit {

inline constexpr std::uint32_t links_none = 0xFFFFFFFF;

struct Link {
  std::uint32_t previous = links_none;
  std::uint32_t next = links_none;
};

struct List {
  std::uint32_t first = links_none;
  std::uint32_t last = links_none;
  bool empty() const noexcept { return first == links_none; }
};

template <class Element>
void push_front(std::vector<Element>& elements, List& list, Link Element::*link, std::uint32_t index) {
  elements[index].*link = {links_none, list.first};
  (list.empty() ? list.last : (elements[list.first].*link).previous) = index;
  list.first = index;
}

template <class Element>
void push_back(std::vector<Element>& elements, List& list, Link Element::*link, std::uint32_t index) {
  elements[index].*link = {list.last, links_none};
  (list.empty() ? list.first : (elements[list.last].*link).next) = index;
  list.last = index;
}

/// Behind `before`, which is in the list; none: in front.
template <class Element>
void insert_after(std::vector<Element>& elements, List& list, Link Element::*link, std::uint32_t before,
                  std::uint32_t index) {
  if (before == links_none) {
    push_front(elements, list, link, index);
  } else if (before == list.last) {
    push_back(elements, list, link, index);
  } else {
    const std::uint32_t next = (elements[before].*link).next;
    elements[index].*link = {before, next};
    (elements[before].*link).next = index;
    (elements[next].*link).previous = index;
  }
}

/// It must be in the list.
template <class Element>
void take_out(std::vector<Element>& elements, List& list, Link Element::*link, std::uint32_t index) {
  const Link at = elements[index].*link;
  (at.previous == links_none ? list.first : (elements[at.previous].*link).next) = at.next;
  (at.next == links_none ? list.last : (elements[at.next].*link).previous) = at.previous;
  elements[index].*link = {};
}

}  // namespace symphony::pit
