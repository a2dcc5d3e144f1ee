#pragma once
// Who gets what: endpoints, their processes, and messages between them. Bodies that are forwarded between processes are
// never decoded. router.cpp: who is there; router_send.cpp: what this process sends; router_receive.cpp: what peers
// send; router_groups.cpp: several processes behind one endpoint.

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include <symphony/ipc/bus.h>

#include "endpoint.h"
#include "message_view.h"
#include "peer.h"
#include "pending_calls.h"
#include "progress.h"
#include "streams/streams.h"
#include "topics.h"

namespace symphony::ipc {

/// Kept alive by every Responder that is out, so that an answer after the end of the bus is merely dropped.
class Router final : public PeerOwner, public std::enable_shared_from_this<Router> {
 public:
  static std::shared_ptr<Router> create(BusOptions options);

  // On any thread.
  Result<void> add_endpoint(std::string_view id, Handler handler, std::shared_ptr<const Interface> interface);
  void remove_endpoint(std::string_view id);
  RequestId request(std::string_view source, Message message, const SendOptions& options, ReplyHandler on_reply);
  void cancel(RequestId request);
  void notify(std::string_view source, Message message, const SendOptions& options);
  BusStatistics statistics() const;
  void set_ready_listener(ReadyListener listener);
  void set_gone_listener(GoneListener listener);
  Result<void> attach(int descriptor, PeerOptions options, Endpoint::Kind kind);
  void disconnect(std::string_view endpoint, const Error& reason);
  void disconnect(std::string_view endpoint, std::string_view instance, const Error& reason);

  Result<void> set_group(std::string_view endpoint, GroupOptions options);
  Result<void> set_weight(std::string_view endpoint, std::string_view instance, std::uint32_t weight);
  Result<void> hold(std::string_view endpoint);
  Result<void> resume(std::string_view endpoint);
  void when_drained(std::string_view endpoint, std::string_view instance, std::function<void()> when_zero);
  Result<void> reserve(std::string_view endpoint, std::function<void()> on_parked);
  void pin(std::string_view endpoint, std::string_view source, std::string_view instance);
  EndpointActivity activity(std::string_view endpoint) const;

  Result<void> serve_streams(std::string_view endpoint, StreamHandler handler);
  void open_stream(std::string_view source, StreamRequest request, StreamOpened on_open);

  Topics& topics() noexcept { return topics_; }
  Result<void> subscribe(std::string_view endpoint, std::string pattern);
  void unsubscribe(std::string_view endpoint, const std::string& pattern);

  /// Fails everything that is pending and refuses everything from now on. On the bus thread.
  void close();

  boost::asio::io_context& context() noexcept { return context_; }
  SpanRecorder& spans() noexcept { return calls_.spans(); }
  bool closed() const noexcept { return closed_; }
  void set_thread(std::thread::id thread) { thread_ = thread; }
  bool on_bus_thread() const noexcept { return thread_.load() == std::this_thread::get_id(); }

  /// Judges an outside program's token; set by listen(). On the bus thread.
  std::function<Result<void>(const Hello&)> authenticate;
  std::size_t outside_connections() const noexcept { return outside_connections_; }

  // PeerOwner
  Result<Welcome> admit(Peer& peer, const Hello& hello) override;
  Result<void> received(const std::shared_ptr<Peer>& peer, const Envelope& frame) override;
  void became_ready(const std::shared_ptr<Peer>& peer) override;
  void writable(const Peer& peer) override {
    streams_.writable(peer);
    progress_.writable(peer);
    topics_.writable(peer);
  }
  void closed(const std::shared_ptr<Peer>& peer, const Error& reason) override;

 private:
  using CallPtr = std::shared_ptr<Call>;

  explicit Router(BusOptions options);

  Result<void> check_capability(const Peer& peer, std::string_view target, std::string_view method) const;
  /// Where a peer's message goes, when it may. Errors: permission_denied, endpoint_not_found.
  Result<std::shared_ptr<Endpoint>> find_target(Peer& peer, std::string_view target, std::string_view method) const;
  Result<void> received_request(const std::shared_ptr<Peer>& peer, const Envelope& frame);
  void received_notification(Peer& peer, const Envelope& frame);
  /// What is addressed to the bus itself.
  Result<Payload> serve(const std::shared_ptr<Peer>& peer, const Envelope& frame);
  void received_reply(const Peer& peer, const Envelope& frame);
  void received_progress(const Peer& peer, const Envelope& frame);
  /// Of a request that is not answered yet, to whoever asked.
  void tell_progress(const CallPtr& call, const Progress& progress);

  static void begin(Call& call, std::shared_ptr<Endpoint> target, std::chrono::milliseconds deadline,
                    Clock::time_point now);
  /// Hands a request to a handler in this process; `call` becomes listed when it is not answered at once.
  void run_handler(const CallPtr& call, Incoming incoming);
  void notify_handler(Endpoint& endpoint, Incoming incoming);

  /// Sends to a process of `target`, or parks the message during a hold; `call` (listed) is null for a notification.
  /// What has to wait in a queue is charged to `account`, which may be null.
  void route(Endpoint& target, const MessageView& message, const CallPtr& call,
             const std::shared_ptr<ForwardAccount>& account = nullptr);
  /// The same for what was parked or sent before.
  void route_parked(Endpoint& target, const Parked& parked);
  /// False: nothing was written, because the connection is gone; `call` is then nobody else's.
  bool send_to(Endpoint& target, const std::shared_ptr<Peer>& peer, const MessageView& message, const CallPtr& call,
               const std::shared_ptr<ForwardAccount>& account, Clock::time_point now);
  void give_up(Endpoint& target, const CallPtr& call, const Error& reason);
  void flush_parked(const std::shared_ptr<Endpoint>& target);
  /// Requests whose process died, once there is another that may have them.
  void send_waiting(Endpoint& target);
  /// What becomes of a request whose process is gone before it answered.
  void lost(Endpoint& target, const CallPtr& call, const Error& reason);

  // Streams (router_streams.cpp).
  struct Opener;
  void received_open(const std::shared_ptr<Peer>& peer, const Envelope& frame);
  void offer_stream(std::shared_ptr<Opener> opener);
  void stream_accepted(const std::shared_ptr<Opener>& opener, const std::shared_ptr<Peer>& acceptor,
                       const StreamTaker& taker);

  Result<std::shared_ptr<Endpoint>> find_group(std::string_view endpoint) const;

  const BusOptions options_;
  boost::asio::io_context context_{1};
  PendingCalls calls_;
  Topics topics_;
  Streams streams_;
  ProgressQueue progress_;
  /// Whose frame is being handled, while one is; on the bus thread.
  const std::shared_ptr<Peer>* receiving_ = nullptr;
  std::atomic<std::thread::id> thread_{};
  std::atomic<bool> closed_{false};
  EndpointTable endpoints_;
  std::atomic<std::size_t> outside_connections_{0};
  std::mutex listener_mutex_;
  ReadyListener ready_listener_;
  GoneListener gone_listener_;
};

}  // namespace symphony::ipc
