#pragma once
// An outside program's connection that survives its host: it comes back after a restart, with what was subscribed to
// and what may be asked twice.

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <symphony/ipc/client_connection.h>
#include <symphony/ipc/topic.h>

namespace symphony::ipc {

struct ReconnectOptions {
  /// Between two attempts; doubled after each that fails, up to the longest. What is really waited is drawn between
  /// half of it and all of it: many programs that lost one host do not come back in one moment.
  std::chrono::milliseconds first_wait{50};
  std::chrono::milliseconds longest_wait{5000};
};

/// One thread runs it; everything else may be called on any. Of requests:
/// - one that is made while nobody is there waits for the host, within its deadline;
/// - one that was sent and is idempotent (SendOptions::idempotent) is sent again, within its deadline;
/// - any other that was sent fails with peer_disconnected: nobody knows how far it came.
/// Each is answered exactly once; an answer that was received is never lost.
class ReconnectingClient {
 public:
  /// `directory` is that of the instance (docs/protocol.md section 1). Errors: io_error.
  static Result<std::unique_ptr<ReconnectingClient>> create(std::string directory, ClientOptions client,
                                                            ReconnectOptions options = {});
  /// Fails what is pending with peer_disconnected. Not while run() is under way.
  ~ReconnectingClient();
  ReconnectingClient(const ReconnectingClient&) = delete;
  ReconnectingClient& operator=(const ReconnectingClient&) = delete;

  /// Receives requests and notifications, and what is published, on the thread of run(). Set before run().
  void on_message(Handler handler);
  /// Called on the thread of run() when the host is there, with nothing; when it is lost, and after the first attempt
  /// that failed, with the reason. Set before run().
  void on_state(std::function<void(const std::optional<Error>& lost)> listener);

  /// As ClientConnection::send_request. Errors also: overloaded (limits::pending_requests_per_peer).
  RequestId send_request(Message message, SendOptions options, ReplyHandler on_reply);
  void cancel(RequestId request);
  /// False: nobody is there, and it is lost.
  bool notify(Message message, SendOptions options = {});
  /// Now and after each reconnection. What is published while nobody is there is missed.
  void subscribe(TopicSubscription subscription);
  void unsubscribe(const std::string& pattern);

  void post(std::chrono::milliseconds delay, std::function<void()> action);
  void watch(int descriptor, std::function<void()> ready);
  void unwatch(int descriptor);

  /// Until stop(). Connects, and waits and connects again, as often as it takes.
  void run();
  void stop();
  bool connected() const;

 private:
  struct State;
  explicit ReconnectingClient(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace symphony::ipc
