#pragma once
// Names to numbers from 0, in the order they were added. The newest can be taken away again.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace symphony::pit::dag {

class NameTable {
 public:
  std::uint32_t size() const noexcept { return static_cast<std::uint32_t>(hashes_.size()); }
  std::string_view name(std::uint32_t index) const noexcept {
    return std::string_view(text_).substr(ends_[index], ends_[index + 1] - ends_[index]);
  }
  std::optional<std::uint32_t> find(std::string_view name) const noexcept;
  /// Nothing when it is there already.
  std::optional<std::uint32_t> add(std::string_view name);
  /// Forgets those from `size` on.
  void truncate(std::uint32_t size) noexcept;
  void reserve(std::size_t names);

 private:
  /// Where `name` is, or where it would be put.
  std::size_t slot_of(std::string_view name, std::uint32_t hash) const noexcept;
  void grow(std::size_t slots);

  /// All names one after the other; a name ends where the next begins.
  std::string text_;
  std::vector<std::uint32_t> ends_{0};
  std::vector<std::uint32_t> hashes_;
  /// Open addressing; 0 is free, else the number and one. Names lie in it as if added in order, which is what lets the
  /// newest be taken away.
  std::vector<std::uint32_t> slots_;
};

}  // namespace symphony::pit::dag
