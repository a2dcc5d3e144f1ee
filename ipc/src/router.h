#pragma once
// Who gets what: endpoints, calls, deadlines. Bodies that are forwarded between processes are never decoded.

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

#include <symphony/ipc/bus.h>

#include "call.h"
#include "endpoint.h"
#include "peer.h"

namespace symphony::ipc {

/// Kept alive by every Responder that is out, so that an answer after the end of the bus is merely dropped.
class Router final : public PeerOwner, public std::enable_shared_from_this<Router> {
 public:
  explicit Router(BusOptions options);

  // On any thread.
  Result<void> add_endpoint(std::string_view id, Handler handler);
  void remove_endpoint(std::string_view id);
  RequestId request(std::string_view source, Message message, const SendOptions& options, ReplyHandler on_reply);
  void cancel(RequestId request);
  void notify(std::string_view source, Message message, const SendOptions& options);
  BusStatistics statistics() const;
  Result<void> attach(int descriptor, PeerOptions options, Endpoint::Kind kind);
  void disconnect(std::string_view endpoint, const Error& reason);

  /// Fails everything that is pending and refuses everything from now on. On the bus thread.
  void close();

  boost::asio::io_context& context() noexcept { return context_; }
  SpanRecorder& spans() noexcept { return spans_; }
  bool closed() const noexcept { return closed_; }
  void set_thread(std::thread::id thread) { thread_ = thread; }
  bool on_bus_thread() const noexcept { return thread_.load() == std::this_thread::get_id(); }

  /// Judges an outside program's token; set by listen(). On the bus thread.
  std::function<Result<void>(const Hello&)> authenticate;
  std::size_t outside_connections() const noexcept { return outside_connections_; }

  // PeerOwner
  Result<Welcome> admit(Peer& peer, const Hello& hello) override;
  Result<void> received(const std::shared_ptr<Peer>& peer, const Envelope& frame) override;
  void closed(const std::shared_ptr<Peer>& peer, const Error& reason) override;

 private:
  Result<void> check_capability(const Peer& peer, std::string_view target, std::string_view method) const;
  Result<void> received_request(const std::shared_ptr<Peer>& peer, const Envelope& frame);
  void received_notification(const Peer& peer, const Envelope& frame);
  void received_reply(const Peer& peer, const Envelope& frame);

  /// Hands a request to a handler in this process; `call` becomes listed when it is not answered at once.
  void run_handler(const std::shared_ptr<Call>& call, std::string_view source, std::string method, Payload body);
  void forward(const std::shared_ptr<Call>& call, Envelope frame, std::shared_ptr<const std::string> body);
  void notify_handler(Endpoint& endpoint, std::string_view source, std::string method, Payload body,
                      const std::optional<TraceContext>& trace);
  void list(const std::shared_ptr<Call>& call);
  void arm_timer();
  void expire();

  /// True for exactly one caller per call, which must then deliver.
  bool claim(Call& call, bool succeeded);
  void finish(Call& call, Result<Payload> outcome);
  void deliver(Call& call, Result<Payload> outcome);
  /// Ends a call from this side: its sender gets `reason`, its target is told to stop.
  void abandon(Call& call, const Error& reason);

  const BusOptions options_;
  boost::asio::io_context context_{1};
  boost::asio::steady_timer timer_{context_};
  std::atomic<std::thread::id> thread_{};
  std::atomic<bool> closed_{false};
  EndpointTable endpoints_;
  CallTable calls_;
  SpanRecorder spans_;
  std::atomic<std::size_t> outside_connections_{0};
};

}  // namespace symphony::ipc
