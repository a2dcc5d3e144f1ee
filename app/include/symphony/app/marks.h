#pragma once
// Points of the start, with the time since exec: what `./dev bench` measures.

#include <cstdint>
#include <fstream>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace symphony::app {

struct Mark {
  std::string name;
  std::int64_t us_since_exec = 0;
};

/// Thread-safe.
class Marks {
 public:
  /// `file` empty: only kept. `exec_ns` is CLOCK_MONOTONIC; without it the kernel's start time of the process (10 ms
  /// coarse) is used.
  Marks(const std::string& file, std::optional<std::int64_t> exec_ns);
  /// One JSON line each, written at once. `ago_us`: how long ago it was; never before the start.
  void set(std::string_view name, std::string_view view = {}, std::uint64_t revision = 0, std::uint64_t ago_us = 0);
  std::vector<Mark> all() const;

 private:
  mutable std::mutex mutex_;
  std::int64_t exec_us_;
  std::ofstream file_;
  std::vector<Mark> marks_;
};

}  // namespace symphony::app
