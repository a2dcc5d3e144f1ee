#pragma once
// What is answered while one read's frames are handled is written together, not with a system call for each.

#include <memory>
#include <vector>

namespace symphony::ipc {

class Peer;

/// While one is alive on the bus thread, small frames to any peer wait for its end. They nest; the outer one counts.
class WriteBatch {
 public:
  WriteBatch();
  ~WriteBatch();
  WriteBatch(const WriteBatch&) = delete;
  WriteBatch& operator=(const WriteBatch&) = delete;

  /// The one of this thread; null when there is none.
  static WriteBatch* current() noexcept;
  /// `peer` has frames that wait for the end.
  void add(std::shared_ptr<Peer> peer) { peers_.push_back(std::move(peer)); }

 private:
  WriteBatch* const outer_;
  std::vector<std::shared_ptr<Peer>> peers_;
};

}  // namespace symphony::ipc
