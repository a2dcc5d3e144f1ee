#pragma once
// How far requests have come, on the way to who asked (docs/protocol.md section 4, "Progress").

#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <utility>

#include <symphony/ipc/bus.h>

namespace symphony::ipc {

class Peer;
struct Call;

/// What is said of it: the fraction within its bounds, the text cut at a character's border.
nlohmann::json progress_document(const Progress& progress);
/// Errors: parse_error.
Result<Progress> read_progress(BodyFormat format, std::string_view body);

/// Reports wait here, the newest of each request, while a connection has other things to write. Thread-safe.
class ProgressQueue {
 public:
  void tell(const std::shared_ptr<Call>& call, const std::shared_ptr<Peer>& origin, const Progress& progress);
  void writable(const Peer& peer);
  void remove(const Peer& peer);

 private:
  struct Waiting {
    std::weak_ptr<Call> call;
    std::weak_ptr<Peer> origin;
    Progress progress;
  };
  std::mutex mutex_;
  std::map<std::pair<const Peer*, std::uint64_t>, Waiting> waiting_;
};

}  // namespace symphony::ipc
