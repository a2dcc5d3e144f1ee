#pragma once
// Endpoint `ui`: between the extensions that describe interfaces and whatever shows them, a page or a headless search.

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include <symphony/ipc/bus.h>
#include <symphony/virtual_dom/virtual_tree.h>

namespace symphony::virtual_dom {

/// Shows what the relay has checked.
class Sink {
 public:
  virtual ~Sink() = default;
  /// One message of the page protocol, in order. Called on any thread with the
  /// relay locked: it must neither block nor call the relay.
  virtual void deliver(const nlohmann::json& message) = 0;
};

/// Sends a notification from endpoint `ui`.
using Post = std::function<void(ipc::Message message, std::optional<ipc::TraceContext> trace)>;
using LogLine = std::function<void(std::string_view line)>;

struct RelayOptions {
  std::function<std::chrono::steady_clock::time_point()> now = std::chrono::steady_clock::now;
  /// Where spans of interactions go until a bus is connected; may be null.
  ipc::SpanRecorder* spans = nullptr;
  LogLine log;
  /// Told of every message about the whole workbench (workspace, conductor, contributions, extension), attached or not.
  /// As Sink::deliver: must neither block nor call the relay.
  std::function<void(const nlohmann::json& message)> observer;
};

/// What one view's traffic came to.
struct ViewStatistics {
  std::uint64_t batches = 0;
  std::uint64_t refused = 0;
  std::uint64_t dropped = 0;  // after a refusal, until the whole tree came
  std::size_t unacknowledged = 0;
  std::size_t nodes = 0;
};

/// Keeps the last whole picture of every view, so a page that is loaded anew gets all of it at once. Thread-safe.
class ViewRelay {
 public:
  explicit ViewRelay(Sink& sink, RelayOptions options = {});
  ~ViewRelay();
  ViewRelay(const ViewRelay&) = delete;
  ViewRelay& operator=(const ViewRelay&) = delete;

  /// Registers endpoint `ui`. The bus must live until disconnect(). Errors: as Bus::register_endpoint.
  ipc::Result<void> connect(ipc::Bus& bus);
  /// Waits for what is being sent; afterwards nothing is sent any more. Does nothing without a bus.
  void disconnect();
  /// For a relay without a bus (tests).
  void post_through(Post post);
  /// One notification to `ui`. What is not allowed is refused to its sender and logged.
  void receive(const ipc::Incoming& incoming);

  /// The sink can show things from now on: it is given everything known, then every change.
  void attach();
  /// The sink lost all it was shown (its page died). Nothing is delivered until attach().
  void detach();

  /// Painted up to `revision`; with an error: could not be shown, and the whole tree is asked for.
  void acknowledge(const std::string& view, std::uint64_t revision, std::optional<ipc::Error> error = {});
  /// Something the user did. Errors: not_found (view, node), invalid_params (an event the node does not raise,
  /// over-long data), endpoint_unavailable. Returns the trace it started.
  ipc::Result<ipc::TraceContext> raise(const std::string& view, const std::string& node, const std::string& event,
                                       nlohmann::json data);

  /// Reads a view under the relay's lock; false when nothing was rendered yet.
  bool read(std::string_view view,
            const std::function<void(const VirtualTree& tree, std::uint64_t revision)>& reader) const;
  /// By view id; only views that exist.
  std::map<std::string, ViewStatistics> statistics() const;

 private:
  struct View;
  struct Outgoing;
  struct State;

  void receive_batch(const ipc::Incoming& incoming);
  void receive_contributions(const nlohmann::json& body);
  void receive_extension(const nlohmann::json& body);
  void remember(const char* kind, nlohmann::json body);
  void show(const nlohmann::json& message);
  void send(Outgoing outgoing);
  void log(std::string_view line) const;
  /// Of one sender's refusals the first 100, then every 1,000th: a hostile one must not fill the log.
  void log_refusal(const std::string& source, const std::string& line);
  void record(std::vector<ipc::Span> spans) const;

  Sink& sink_;
  RelayOptions options_;
  mutable std::mutex mutex_;
  std::unique_ptr<State> state_;
  /// Shared while sending, exclusive while the bus comes or goes; never taken while mutex_ is held.
  mutable std::shared_mutex bus_mutex_;
  ipc::Bus* bus_ = nullptr;
  std::mutex refusals_mutex_;
  std::map<std::string, std::uint64_t, std::less<>> refusals_;
  Post post_;
};

}  // namespace symphony::virtual_dom
