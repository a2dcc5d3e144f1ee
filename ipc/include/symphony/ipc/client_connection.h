#pragma once
// The far end of the bus: an extension's or a tool's own connection, one thread, no dependencies but this layer.

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <symphony/ipc/bus.h>

namespace symphony::ipc {

class EventLoop;

struct ClientOptions {
  std::string name;
  std::string version;
  std::string token;  // only for the listening socket
  /// Of the bodies both ways: JSON is for who wants to read along, and slower.
  BodyFormat format = BodyFormat::msgpack;
};

/// Speaks the protocol over one descriptor, with poll(2), on the thread that calls run(). send_* and stop() may be
/// called from any thread.
class ClientConnection {
 public:
  /// Takes ownership of `descriptor`; says hello and waits for the welcome (limits::time_to_hello).
  /// Errors: version_mismatch, not_authenticated, peer_disconnected, parse_error.
  static Result<std::unique_ptr<ClientConnection>> open(int descriptor, const ClientOptions& options);
  ~ClientConnection();
  ClientConnection(const ClientConnection&) = delete;
  ClientConnection& operator=(const ClientConnection&) = delete;

  const std::string& endpoint() const noexcept;

  /// Receives requests and notifications, on the thread of run(). Set before run().
  void on_message(Handler handler);
  RequestId send_request(Message message, SendOptions options, ReplyHandler on_reply);
  /// send_request and run() until its answer: for tools that ask one thing. Not from inside a handler.
  Result<Payload> ask(Message message, SendOptions options = {});
  /// Room for a large body where the host reads it in place; nothing when there is none (then build it in a string).
  std::optional<BodyBuffer> body_buffer(std::size_t bytes);
  void cancel(RequestId request);
  void notify(Message message, SendOptions options = {});

  /// Is asked what others want to open here. Set before run().
  void serve_streams(StreamHandler handler);
  /// `on_open` is called on the thread of run(), or at once when it fails at once. On any thread. Errors: those of a
  /// request, invalid_params, overloaded, invalid_request (the host knows no streams).
  void open_stream(const StreamRequest& request, StreamOpened on_open);

  /// Calls `ready` on the thread of run() whenever `descriptor` is readable.
  void watch(int descriptor, std::function<void()> ready);
  void unwatch(int descriptor);
  /// Runs `action` on the thread of run() after `delay`.
  void post(std::chrono::milliseconds delay, std::function<void()> action);

  /// Serves until the host closes or stop(); says why. Clean when the host closed the connection.
  Result<void> run();
  void stop();

 private:
  friend class ReconnectingClient;
  struct State;
  /// The same on a loop that outlives the connection.
  static Result<std::unique_ptr<ClientConnection>> open_on(std::shared_ptr<EventLoop> loop, int descriptor,
                                                           const ClientOptions& options);
  explicit ClientConnection(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

/// Reads `directory`/instance.json and connects. Errors: not_found when no instance runs.
Result<std::unique_ptr<ClientConnection>> connect_to_instance(const std::string& directory, ClientOptions options);

}  // namespace symphony::ipc
