#pragma once
// A search without a window, over the whole path a user's keystroke takes: this is the user interface of it.

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include <symphony/app/bus_access.h>
#include <symphony/app/workspace_files.h>
#include <symphony/ipc/bus.h>
#include <symphony/virtual_dom/view_relay.h>

namespace symphony::app {

struct SearchOutcome {
  /// {"query","decision","hits":[{"path","line","column","text"}],"files","summary","elapsed_us"}
  nlohmann::json document;
  ipc::TraceContext trace;
};

/// Types into the explorer's search field, as a page would, and reads its list of results. Thread-safe where said.
class HeadlessSearch : public virtual_dom::Sink {
 public:
  /// `workspace`: absolute bytes.
  HeadlessSearch(const std::string& workspace, virtual_dom::LogLine log);
  ~HeadlessSearch() override;

  /// On the Conductor's thread: joins the bus as endpoint `ui`, and leaves it.
  void join_bus(ipc::Bus& bus);
  void leave_bus();
  /// Any thread: nothing more is to be expected, and why.
  void give_up(ipc::Error reason);
  void deliver(const nlohmann::json& message) override;

  /// Blocks. Errors: what the Conductor, the explorer or the folder said; deadline_exceeded.
  ipc::Result<SearchOutcome> search(const std::string& query, std::chrono::milliseconds patience);
  /// Of one search, every process that took part. Waits a moment for the explorer's, which come in batches.
  nlohmann::json chrome_trace(const ipc::TraceContext& trace);

 private:
  using Condition = std::function<bool()>;
  ipc::Result<void> wait_until(const Condition& condition, std::string_view what);
  void acknowledge();
  /// Errors: endpoint_unavailable with what the Conductor says about it.
  ipc::Result<void> explorer_was_started();
  ipc::Result<nlohmann::json> ask(const std::string& method, nlohmann::json params);
  ipc::Result<void> read_rows(const std::string& query, nlohmann::json& document);
  nlohmann::json decision();
  std::string text_of(std::string_view node) const;
  bool has_node(std::string_view node) const;

  WorkspaceFiles files_;
  BusAccess bus_;
  virtual_dom::ViewRelay relay_;
  std::chrono::steady_clock::time_point deadline_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t changes_ = 0;
  std::string conductor_state_;
  std::optional<ipc::Error> failed_;
};

}  // namespace symphony::app
