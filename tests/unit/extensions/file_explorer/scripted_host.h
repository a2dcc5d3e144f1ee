#pragma once
// The host's end of an extension's connection, played by a test: frames in, frames out, the picture kept up to date.

#include <symphony/ipc/envelope.h>

#include <sys/types.h>
#include <deque>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace symphony::testing {

class ScriptedHost {
 public:
  struct Request {
    std::uint64_t id = 0;
    std::string target;
    std::string method;
    nlohmann::json params;
    std::optional<ipc::TraceContext> trace;
  };

  /// Starts the program with our socket as descriptor 3 and shakes hands. Throws std::runtime_error on any failure.
  explicit ScriptedHost(const std::string& program);
  /// Ends the process, if it still runs.
  ~ScriptedHost();
  ScriptedHost(const ScriptedHost&) = delete;
  ScriptedHost& operator=(const ScriptedHost&) = delete;

  /// Sends and waits for the answer; an error answer is returned as {"error": …}.
  nlohmann::json ask(const std::string& method, const nlohmann::json& params);
  void notify(const std::string& method, const nlohmann::json& params,
              const std::optional<ipc::TraceContext>& trace = {});
  void event(const std::string& view, const std::string& node, const std::string& event, const nlohmann::json& data,
             const std::optional<ipc::TraceContext>& trace = {});
  void answer(const Request& request, const nlohmann::json& result);
  void refuse(const Request& request, int code, const std::string& message);

  /// Reads until `done` holds; throws after ten seconds, saying what was being waited for.
  void wait(const std::string& what, const std::function<bool()>& done);
  /// Waits for the next request of the extension to `method`.
  Request next_request(const std::string& method);
  void wait_for_node(const std::string& id);
  /// A prop of a node of the newest picture; null when there is none.
  nlohmann::json prop(const std::string& node, const std::string& name) const;
  /// The labels of the rows of a Tree or List that were sent.
  std::vector<std::string> labels(const std::string& node) const;

  void kill_process() const;
  /// Waits for the end of the process: its exit code, or minus the signal.
  int wait_for_end();
  /// Refuses the next batch instead of acknowledging it.
  void refuse_next_batch() { refuse_next_ = true; }
  void acknowledge_automatically(bool automatic) { acknowledge_ = automatic; }
  void acknowledge(std::uint64_t revision);

  pid_t pid() const { return pid_; }
  /// What the host would paint; null before the first render.
  const nlohmann::json& tree() const { return tree_; }
  std::uint64_t revision() const { return revision_; }
  std::size_t renders() const { return renders_; }
  std::size_t batches() const { return batches_; }
  const std::vector<std::uint64_t>& cancelled() const { return cancelled_; }
  const std::vector<Request>& notifications() const { return notifications_; }
  /// The newest contract.save; null when there was none.
  const nlohmann::json& saved() const { return saved_; }

 private:
  void send(const ipc::Envelope& envelope);
  bool receive(int timeout_ms);
  void take(const ipc::Envelope& envelope);
  void batch(const std::string& method, const nlohmann::json& params);

  int socket_ = -1;
  pid_t pid_ = -1;
  ipc::FrameParser parser_;
  std::uint64_t next_id_ = 1;
  std::map<std::uint64_t, nlohmann::json> answers_;
  std::deque<Request> requests_;
  std::vector<Request> notifications_;
  std::vector<std::uint64_t> cancelled_;
  nlohmann::json tree_;
  nlohmann::json saved_;
  std::uint64_t revision_ = 0;
  std::size_t renders_ = 0;
  std::size_t batches_ = 0;
  bool acknowledge_ = true;
  bool refuse_next_ = false;
};

}  // namespace symphony::testing
