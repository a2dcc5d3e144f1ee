#pragma once
// An extension's process: its connection to the host, its views, its life cycle. docs/extensions.md is the guide.

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include <symphony/sdk/error.h>
#include <symphony/sdk/payload.h>
#include <symphony/sdk/request.h>
#include <symphony/sdk/stream.h>
#include <symphony/sdk/topic.h>
#include <symphony/sdk/view.h>

namespace symphony::sdk {

struct ExtensionOptions {
  std::string name;
  std::string version;
  /// The connection the launcher left open for us.
  int descriptor = 3;
};

/// What the host says when it has started us.
struct Init {
  /// The absolute path of the open folder, escaped (path_text.h); nothing when none is open.
  std::optional<std::string> workspace;
  nlohmann::json config;
  /// The absolute path, escaped, of the one folder the sandbox lets it write without a permission; it outlives the
  /// process.
  std::string data;
  /// Counts the starts of this extension from 1.
  std::uint64_t generation = 1;
};

enum class LogLevel : std::uint8_t { debug, info, warning, error };

/// Identifies a request for cancel(). Value 0 is no request.
struct RequestHandle {
  std::uint64_t value = 0;
};

/// How far a request has come: a fraction from 0 to 1, or nothing where nobody can say, and a text.
struct Progress {
  std::optional<double> fraction;
  std::string text;
};

struct RequestOptions {
  /// 0: the host's (30 s).
  std::chrono::milliseconds deadline{0};
  /// Doing it twice does no more than doing it once: when the process that was asked dies, another one is.
  bool idempotent = false;
  /// Before the answer, as often as the other side says how far it is.
  std::function<void(const Progress&)> on_progress = nullptr;
};

/// One thread: every handler runs on the thread of run(), and all functions are called from it (before run() from the
/// thread that will call it). After each handler, views that changed and state to save are sent.
class Extension {
 public:
  explicit Extension(ExtensionOptions options);
  ~Extension();
  Extension(const Extension&) = delete;
  Extension& operator=(const Extension&) = delete;

  void on_init(std::function<void(const Init&)> handler);
  /// `state` is what on_snapshot gave an earlier process. Called after on_init, when there is something to restore.
  /// What the views show before is held back until then, so that the user sees one picture.
  void on_restore(std::function<void(const nlohmann::json& state)> handler);
  /// Everything the next process needs to show the same picture; at most 256 KiB of text.
  void on_snapshot(std::function<nlohmann::json()> handler);
  void on_workspace_changed(std::function<void(const std::optional<std::string>& workspace)> handler);
  void on_shutdown(std::function<void()> handler);
  /// A method others may call, or notify.
  void on_call(std::string method, std::function<Answer(const nlohmann::json& params)> handler);

  /// The same where it takes longer than a turn, or is more than a document: cancelled, reported on, answered later.
  void on_request(std::string method, std::function<void(Request)> handler);

  /// What others want to send here, and what they want to receive from here.
  void on_incoming_stream(std::string method, std::function<void(IncomingStream, const StreamOffer&)> handler);
  void on_outgoing_stream(std::string method, std::function<void(OutgoingStream, const StreamOffer&)> handler);
  /// Opens a stream; the grant needed is that of a request. `opened` is called once.
  void send_stream(std::string target, std::string method, StreamOptions options,
                   std::function<void(Opened<OutgoingStream>)> opened);
  void receive_stream(std::string target, std::string method, StreamOptions options,
                      std::function<void(Opened<IncomingStream>)> opened);

  /// Hears what is published to "topic", "prefix.*" or "*". When that is refused the log says why. The same pattern
  /// again replaces handler and options.
  void subscribe(std::string pattern, OnPublished handler, TopicOptions options = {});
  void unsubscribe(const std::string& pattern);
  /// Never waits, and is answered by nobody.
  void publish(std::string topic, Body body);

  /// Room for a large body where the receiver reads it in place; ordinary memory when there is none. Before run() too.
  Buffer buffer(std::size_t bytes);

  /// A view of the manifest; lives as long as the extension.
  View& view(std::string_view name);
  /// Takes a snapshot at the end of this turn and gives it to the supervisor when it differs from the last one.
  void save_state();

  /// Always answered, with a document or an error, unless the extension ends before. 0: the host's deadline (30 s).
  RequestHandle request(std::string target, std::string method, const Body& params,
                        std::function<void(const Answer&)> on_answer, std::chrono::milliseconds deadline = {});
  RequestHandle request(std::string target, std::string method, const Body& params,
                        std::function<void(const Answer&)> on_answer, const RequestOptions& options);
  /// Its handler is called at once, with the error `cancelled`.
  void cancel(RequestHandle request);
  void notify(std::string target, std::string method, Body params);

  void post(std::chrono::milliseconds delay, std::function<void()> action);
  /// Calls `ready` whenever `descriptor` is readable.
  void watch(int descriptor, std::function<void()> ready);
  void unwatch(int descriptor);

  /// A line of the extension's log, which the host keeps (at most 4 KiB; 50 a second in the long run). `fields` is an
  /// object of text, numbers and booleans. Never what the user typed, what files hold, or secrets. Below the level the
  /// user chose (info at first) nothing is sent. Before run() it goes to standard error.
  void log(LogLevel level, std::string_view text, nlohmann::json fields = nullptr);
  /// Whether log() would send it: for what is expensive to say.
  bool logs(LogLevel level) const;

  /// Serves until the host ends it. The exit code for main(): 0 when that was clean.
  int run();

  struct State;  // what it consists of, known only inside

 private:
  std::unique_ptr<State> state_;
};

}  // namespace symphony::sdk
