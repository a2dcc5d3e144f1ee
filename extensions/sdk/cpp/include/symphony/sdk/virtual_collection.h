#pragma once
// Which rows of a long Tree or List the host holds, and when it needs others.

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

namespace symphony::sdk {

/// The rows sent of a virtual collection: `items` from index `start` on.
template <class Row>
struct Rows {
  std::size_t start = 0;
  std::vector<Row> items{};
};

/// Holds the window of a collection of `count` rows. A `range` event moves it; rows around what was asked for are
/// added, so that scrolling on does not ask at once again.
class VirtualCollection {
 public:
  /// The host takes at most this many rows in one window.
  static constexpr std::size_t most_rows = 1000;

  explicit VirtualCollection(std::size_t first_window = 100) : end_(first_window), least_(first_window) {}

  /// After a change of the rows; the window stays where it is as far as there are rows.
  void set_count(std::size_t count) noexcept {
    count_ = count;
    clamp();
  }
  /// The data of a `range` event, end exclusive; any values are safe.
  void asked(std::size_t start, std::size_t end) noexcept {
    start = std::min(start, count_);
    end = std::clamp(end, start, start + std::min(count_ - start, most_rows));
    const std::size_t margin = std::min((most_rows - (end - start)) / 2, std::max(end - start, least_ / 2));
    start_ = start - std::min(start, margin);
    end_ = end + margin;
    clamp();
  }

  std::size_t count() const noexcept { return count_; }
  std::size_t start() const noexcept { return start_; }
  std::size_t end() const noexcept { return std::min(end_, count_); }

  /// The window's rows, each made by `make(index)`.
  template <class Make>
  auto rows(Make&& make) const -> Rows<decltype(make(std::size_t{}))> {
    Rows<decltype(make(std::size_t{}))> window;
    window.start = start_;
    window.items.reserve(end() - start_);
    for (std::size_t i = start_; i < end(); ++i)
      window.items.push_back(make(i));
    return window;
  }

 private:
  void clamp() noexcept {
    const std::size_t size = std::clamp(end_ - start_, least_, most_rows);
    start_ = std::min(start_, count_ - std::min(count_, size));
    end_ = start_ + size;
  }

  std::size_t count_ = 0;
  std::size_t start_ = 0;
  std::size_t end_;
  std::size_t least_;
};

}  // namespace symphony::sdk
