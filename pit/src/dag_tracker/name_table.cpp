#include "dag_tracker/name_table.h"

#include <functional>

#include "dag_tracker/room.h"

namespace symphony::pit::dag {

namespace {

std::uint32_t hash_of(std::string_view name) noexcept {
  const std::size_t hash = std::hash<std::string_view>()(name);
  return static_cast<std::uint32_t>(hash ^ (hash >> 32U));
}

}  // namespace

std::size_t NameTable::slot_of(std::string_view name, std::uint32_t hash) const noexcept {
  const std::size_t mask = slots_.size() - 1;
  std::size_t slot = hash & mask;
  while (slots_[slot] != 0) {
    const std::uint32_t index = slots_[slot] - 1;
    if (hashes_[index] == hash && this->name(index) == name) break;
    slot = (slot + 1) & mask;
  }
  return slot;
}

std::optional<std::uint32_t> NameTable::find(std::string_view name) const noexcept {
  if (slots_.empty()) return std::nullopt;
  const std::uint32_t found = slots_[slot_of(name, hash_of(name))];
  if (found == 0) return std::nullopt;
  return found - 1;
}

std::optional<std::uint32_t> NameTable::add(std::string_view name) {
  // At most half full: a search ends soon.
  if (2 * (hashes_.size() + 1) > slots_.size()) grow(slots_.empty() ? 16 : 2 * slots_.size());
  const std::uint32_t hash = hash_of(name);
  const std::size_t slot = slot_of(name, hash);
  if (slots_[slot] != 0) return std::nullopt;
  const std::uint32_t index = size();
  text_.append(name);
  ends_.push_back(static_cast<std::uint32_t>(text_.size()));
  hashes_.push_back(hash);
  slots_[slot] = index + 1;
  return index;
}

void NameTable::truncate(std::uint32_t size) noexcept {
  while (this->size() > size) {
    const std::uint32_t newest = this->size() - 1;
    slots_[slot_of(name(newest), hashes_[newest])] = 0;
    hashes_.pop_back();
    ends_.pop_back();
  }
  text_.resize(ends_.back());
}

void NameTable::reserve(std::size_t names) {
  std::size_t slots = slots_.empty() ? 16 : slots_.size();
  while (slots < 2 * names)
    slots *= 2;
  if (slots > slots_.size()) grow(slots);
  make_room(hashes_, names);
  make_room(ends_, names + 1);
}

void NameTable::grow(std::size_t slots) {
  slots_.assign(slots, 0);
  for (std::uint32_t index = 0; index < size(); ++index) {
    std::size_t slot = hashes_[index] & (slots - 1);
    while (slots_[slot] != 0)
      slot = (slot + 1) & (slots - 1);
    slots_[slot] = index + 1;
  }
}

}  // namespace symphony::pit::dag
