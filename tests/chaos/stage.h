#pragma once
// A real host with real extension processes in real sandboxes, and the invariants that hold whatever is done to them.

#include <sys/types.h>

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include <symphony/ipc/bus.h>
#include <symphony/ipc/supervisor.h>

#include "census.h"
#include "ledger.h"
#include "message_table.h"
#include "pulse.h"

namespace symphony::chaos {

struct StageOptions {
  /// How many messages are counted at most.
  std::size_t messages = 20'000;
  ipc::Heartbeat heartbeat;
  bool control_groups = true;
};

class Stage {
 public:
  using Statuses = std::map<std::string, ipc::ProcessStatus>;

  explicit Stage(StageOptions options = {});
  ~Stage();
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;

  /// A sandboxed extension of `program` (CHAOS_EXTENSION or HOSTILE_EXTENSION) that may say anything to anybody, write
  /// its own folder, and is started again whenever it ends. `change` makes it another.
  void start(const std::string& id, const char* program, std::vector<std::string> arguments = {},
             const std::function<void(ipc::ProcessSpec&)>& change = {});
  /// Waits until `reached`, which is called with what is known of every process. False: it took more than a minute.
  bool wait(const std::function<bool(const Statuses&)>& reached);
  bool wait_healthy(const std::string& id);
  bool wait_all_healthy();
  std::vector<std::string> healthy() const;
  ipc::ProcessStatus status(const std::string& id) const;
  /// It is no longer waited for.
  void forget(const std::string& id);
  /// To the extension's own process, if it has one now.
  void signal(const std::string& id, int number) const;

  /// A request that is not counted; its outcome.
  ipc::Result<ipc::Payload> ask(const std::string& target, const std::string& method,
                                nlohmann::json params = nlohmann::json::object());

  ipc::Bus& bus() noexcept { return *bus_; }
  ipc::Supervisor& supervisor() noexcept { return *supervisor_; }
  Ledger& ledger() noexcept { return ledger_; }
  Pulse& pulse() noexcept { return *pulse_; }
  const MessageTable& messages() const noexcept { return messages_; }
  const std::filesystem::path& folder() const noexcept { return folder_.path; }

  /// What this process holds while nothing is under way: every request is answered, every process healthy, and the bus
  /// has done what it had to.
  Census at_rest();
  /// A line for each thing held now that was not held at `before`, when it does not go within a while.
  std::vector<std::string> left_behind_since(const Census& before);
  /// Ends everything. A sentence for each invariant that did not hold; errors other than `allowed` count as such.
  std::vector<std::string> finish(const std::set<ErrorCode>& allowed);
  /// The same without waiting for answers first: what is under way must fail.
  std::vector<std::string> finish_now(const std::set<ErrorCode>& allowed);

 private:
  struct Folder {
    Folder();
    ~Folder();
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    std::filesystem::path path;
  };

  const Folder folder_;
  Census before_;
  MessageTable messages_;
  Ledger ledger_{messages_};

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  Statuses statuses_;

  std::unique_ptr<ipc::Bus> bus_;
  std::unique_ptr<ipc::Supervisor> supervisor_;
  std::unique_ptr<Pulse> pulse_;
};

}  // namespace symphony::chaos
