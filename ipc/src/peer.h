#pragma once
// The host's end of one connection: handshake, frames in and out, signs of life.

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/unordered/unordered_flat_map.hpp>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <symphony/ipc/bus.h>

#include "call.h"
#include "endpoint.h"
#include "forward_account.h"
#include "grants.h"
#include "handshake.h"
#include "outgoing_stream.h"
#include "route_cache.h"
#include "streams/descriptor_channel.h"

namespace symphony::ipc {

class Peer;

/// What a connection leaves to the bus. All on the bus thread.
class PeerOwner {
 public:
  virtual ~PeerOwner() = default;
  virtual Result<Welcome> admit(Peer& peer, const Hello& hello) = 0;
  /// A request, notification, answer, error or cancel. An error returned is sent, and the connection closed.
  virtual Result<void> received(const std::shared_ptr<Peer>& peer, const Envelope& frame) = 0;
  /// After the handshake, and after PeerOptions::on_ready.
  virtual void became_ready(const std::shared_ptr<Peer>& peer) = 0;
  /// Its queue has become empty.
  virtual void writable(const Peer& peer) = 0;
  virtual void closed(const std::shared_ptr<Peer>& peer, const Error& reason) = 0;
};

class Peer : public std::enable_shared_from_this<Peer> {
 public:
  /// Takes ownership of `descriptor`, which is non-blocking.
  Peer(boost::asio::io_context& context, PeerOwner& owner, std::shared_ptr<Endpoint> endpoint, int descriptor,
       PeerOptions options);

  // On the bus thread.
  void start();
  void close(const Error& reason);
  /// Tells the peer why (an error frame with id 0), then closes.
  void refuse(const Error& reason);
  /// Writes what is queued; waits for room for what the socket does not take.
  void flush();
  /// When what is being handled was read.
  Clock::time_point read_at() const noexcept { return read_at_; }
  RouteCache& routes() noexcept { return routes_; }
  /// What it has waiting in the queues of others.
  const std::shared_ptr<ForwardAccount>& account() const noexcept { return account_; }

  // On any thread.
  /// Greeted, and nothing that was written to it failed.
  bool ready() const noexcept { return phase_.load() == Phase::ready && !lost_.load(); }
  BodyFormat format() const noexcept { return format_; }
  const std::shared_ptr<Endpoint>& endpoint() const noexcept { return endpoint_; }
  const Grants& grants() const noexcept { return grants_; }
  std::size_t queued_bytes() const noexcept { return out_.queued_bytes(); }
  std::size_t queued_frames() const noexcept { return out_.queued_frames(); }
  std::uint64_t read_pauses() const noexcept { return read_pauses_.load(std::memory_order_relaxed); }
  std::size_t largest_body() const noexcept { return out_.largest_body(); }
  bool takes_bytes() const noexcept { return out_.takes_bytes(); }
  bool takes_progress() const noexcept { return features_.progress; }
  bool takes_streams() const noexcept { return features_.streams; }
  /// Hands over the memory of a stream. False: the client takes none, or has no room for it now.
  bool send_descriptor(std::uint64_t stream, int descriptor) const { return channel_.send(stream, descriptor); }
  /// The arena to this peer, for who wants to build a body where it will be read. Null: there is none.
  std::shared_ptr<SendingArena> arena() const { return ready() ? out_.arena() : nullptr; }
  std::uint64_t sent_bytes() const noexcept { return out_.sent_bytes(); }
  OutgoingStream::Outcome send(const Envelope& frame, OutgoingStream::Importance importance,
                               std::shared_ptr<const std::string> body = nullptr,
                               const std::shared_ptr<ForwardAccount>& account = nullptr);
  void send_cancel(std::uint64_t id);
  // Of streams (peer_streams.cpp).
  void send_bell(std::uint64_t stream);
  void send_credit(std::uint64_t stream, std::uint32_t bytes);
  void send_stream_end(std::uint64_t stream, const std::optional<Error>& reason);
  void send_progress(std::uint64_t request, const Progress& progress);
  void send_from_bus(std::string_view method, const nlohmann::json& params);
  /// A whole frame that others are sent too; `later`: see OutgoingStream::send. On the bus thread. False: not taken.
  bool send_encoded(std::shared_ptr<const std::string> frame, bool later);
  void send_reply(std::uint64_t id, const Result<Payload>& outcome);

  const std::string& instance() const noexcept { return instance_; }
  std::uint32_t weight() const noexcept { return weight_.load(std::memory_order_relaxed); }
  void set_weight(std::uint32_t weight) noexcept { weight_.store(weight, std::memory_order_relaxed); }
  /// Requests it owes an answer, and writes to it that are under way.
  std::uint32_t outstanding() const noexcept { return outstanding_.load(std::memory_order_relaxed); }
  void add_outstanding() noexcept { outstanding_.fetch_add(1); }
  void release_outstanding();
  void count_request() noexcept;
  void count_outcome(bool succeeded, std::int64_t took_us) noexcept;
  /// Calls it on the bus thread once nothing is outstanding or the connection is closed.
  void when_drained(std::function<void()> when_zero);
  InstanceStatistics statistics() const;
  /// As far as the connection alone can tell.
  Health health() const noexcept;

  /// Requests of this peer that are not answered yet, by the id it chose.
  enum class OpenResult : std::uint8_t { opened, duplicate, too_many };
  OpenResult may_open(std::uint64_t id) const;
  /// Lists a call of its own, after may_open(): on the bus thread, which alone lists. False: the connection is closed.
  bool open_request(const std::shared_ptr<Call>& call);
  void close_request(std::uint64_t id);
  std::shared_ptr<Call> find_request(std::uint64_t id) const;
  std::vector<std::shared_ptr<Call>> take_requests();
  bool has_requests() const;

 private:
  enum class Phase : std::uint8_t { connecting, ready, closed };

  void read();
  /// Reads on, unless too much of what came waits for others.
  void read_on();
  void pause_reading();
  void resume_reading();
  /// False: the connection was closed by what it found.
  bool dispatch_buffered();
  Result<void> dispatch(const Envelope& frame);
  /// Says welcome, with what the client asked for and could be made.
  void welcome_client(Welcome welcome);
  Result<Envelope> with_shared_body(Envelope frame);
  Result<void> greet(const Envelope& frame);
  void wait_writable();
  void after_send(OutgoingStream::Outcome outcome);
  void arm_heartbeat();
  void beat();
  void report_drained();

  boost::asio::io_context& context_;
  PeerOwner& owner_;
  const std::shared_ptr<Endpoint> endpoint_;
  PeerOptions options_;
  const Grants grants_;
  const std::string instance_;
  const std::string version_;
  boost::asio::posix::stream_descriptor socket_;
  boost::asio::steady_timer timer_;  // first the time to hello, then the heartbeat
  OutgoingStream out_;
  FrameParser parser_;
  std::optional<ReceivingArena> shared_;
  WireFeatures features_;  // written before it is ready
  DescriptorSender channel_;
  std::atomic<Phase> phase_{Phase::connecting};
  std::atomic<BodyFormat> format_{BodyFormat::json};

  std::atomic<bool> lost_{false};
  std::atomic<unsigned> unanswered_pings_{0};  // changed on the bus thread only
  std::atomic<std::uint32_t> weight_;
  std::atomic<std::uint32_t> outstanding_{0};
  std::atomic<bool> drain_watched_{false};
  TrafficCounters traffic_;
  const std::shared_ptr<TrafficCounters> version_traffic_;  // null where no version is told

  // On the bus thread.
  std::vector<std::function<void()>> drain_watchers_;
  bool heard_ = false;
  Clock::time_point read_at_{};
  RouteCache routes_;
  std::shared_ptr<ForwardAccount> account_;
  boost::asio::steady_timer pause_timer_;
  std::atomic<bool> reading_paused_{false};  // changed on the bus thread only
  std::atomic<std::uint64_t> read_pauses_{0};

  mutable std::mutex requests_mutex_;
  boost::unordered_flat_map<std::uint64_t, std::shared_ptr<Call>> requests_;
};

}  // namespace symphony::ipc
