#pragma once
// When contents were last used, until the next one who writes to the database anyway takes it along: a read costs no
// write.

#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "artifact_store/sqlite.h"

namespace symphony::pit {

/// Any thread. What is noted and not yet written is lost when the process is killed.
class AccessTimes {
 public:
  /// So many contents at most; then the caller should write them.
  static constexpr std::size_t most = 4096;

  /// False when there are `most`.
  bool note(std::string_view hash, std::int64_t now_ms) {
    const std::scoped_lock lock(mutex_);
    std::int64_t& last = times_[std::string(hash)];
    if (last < now_ms) last = now_ms;
    return times_.size() < most;
  }
  /// In a transaction of the caller's: what does not commit is lost, no more.
  void write_to(Database& database) {
    std::unordered_map<std::string, std::int64_t> times;
    {
      const std::scoped_lock lock(mutex_);
      times.swap(times_);
    }
    for (const auto& [hash, accessed] : times) {
      Query update(database, "UPDATE content_state SET accessed_ms=max(accessed_ms,?2) WHERE hash=?1");
      update.bytes(hash).integer(accessed).run();
    }
  }

 private:
  std::mutex mutex_;
  std::unordered_map<std::string, std::int64_t> times_;
};

}  // namespace symphony::pit
