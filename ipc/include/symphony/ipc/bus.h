#pragma once
// The bus: one address space over C++ in process, Python, extension processes and the user interface.

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include <symphony/ipc/error.h>
#include <symphony/ipc/limits.h>
#include <symphony/ipc/payload.h>
#include <symphony/ipc/statistics.h>
#include <symphony/ipc/stream.h>
#include <symphony/ipc/topic.h>
#include <symphony/ipc/trace.h>

namespace boost::asio {
class io_context;
}

namespace symphony::ipc {

class Interface;

struct Message {
  std::string target;
  std::string method;
  Payload body;
};

/// How far a request has come, as its handler sees it.
struct Progress {
  /// From 0 to 1; nothing where nobody can say.
  std::optional<double> fraction;
  /// For a person, at most limits::progress_text_bytes.
  std::string text;
};
/// Called on any thread, before the answer; must not block. Reports that come faster than they can be handed on replace
/// each other: the newest counts.
using ProgressHandler = std::function<void(const Progress&)>;

struct SendOptions {
  /// 0: limits::default_deadline. Longer than limits::longest_deadline is cut to it.
  std::chrono::milliseconds deadline{0};
  std::optional<TraceContext> trace;
  bool control_priority = false;
  /// Doing it twice does no more than doing it once: when the process that was asked dies before it answers, the
  /// request is sent to another instance, or to the next that is ready, once and within its deadline.
  bool idempotent = false;
  /// Only this instance of the target, also while the endpoint is held and whatever its weight: for who starts, swaps
  /// and stops processes. Empty: the bus chooses.
  std::string instance;
  /// Wants to hear how far the request has come; only who asks is told.
  ProgressHandler on_progress = nullptr;
};

/// Called exactly once per request, on any thread; must not block.
using ReplyHandler = std::function<void(Result<Payload>)>;

/// One received request or notification, as its handler sees it.
struct Incoming {
  std::string source;
  std::string method;
  Payload body;
  bool is_request = false;
  std::optional<std::chrono::steady_clock::time_point> deadline;
  std::optional<TraceContext> trace;
  /// Stops when the sender cancelled, its deadline passed, or the bus closes.
  std::stop_token stop;
  /// Says how far it has come, on any thread, until the request is answered; empty where nobody wants to hear it.
  ProgressHandler report;
  /// Which process of `source` sent it, where it has several (PeerOptions::instance).
  std::string instance;
  /// It was published: `method` is the topic.
  bool published = false;
};

/// Answers one request, from any thread, at most once; dropped unanswered it answers `internal_error` by itself.
/// For a notification it does nothing.
class Responder {
 public:
  /// Takes the one outcome of a request.
  class Receiver {
   public:
    virtual ~Receiver() = default;
    virtual void receive(Result<Payload> outcome) = 0;
  };

  Responder() = default;
  explicit Responder(std::shared_ptr<Receiver> receiver);
  explicit Responder(std::function<void(Result<Payload>)> send);
  Responder(Responder&&) noexcept = default;
  Responder& operator=(Responder&&) noexcept;
  Responder(const Responder&) = delete;
  Responder& operator=(const Responder&) = delete;
  ~Responder();

  void answer(Payload result);
  void fail(Error error);
  void finish(Result<Payload> outcome);
  bool pending() const noexcept { return receiver_ != nullptr; }

 private:
  std::shared_ptr<Receiver> receiver_;
};

/// Receives messages of an in-process endpoint on the *sender's* thread (for a process: the bus thread). It must be
/// thread-safe and must not block: hand on what takes time.
using Handler = std::function<void(Incoming, Responder)>;

/// Decides whether `source` may send `method` to `target` when `PeerOptions::grants` does not list it; called on the
/// bus thread. An error is the answer.
using CapabilityCheck =
    std::function<Result<void>(std::string_view source, std::string_view target, std::string_view method)>;

/// How a hung peer is noticed. Any frame is a sign of life; a ping is sent only into silence.
struct Heartbeat {
  /// While it owes an answer, and while it owes none.
  std::chrono::milliseconds busy = limits::heartbeat_busy;
  std::chrono::milliseconds idle = limits::heartbeat_idle;
  unsigned missed_limit = limits::heartbeats_missed;
  /// Called on the bus thread, once.
  std::function<void()> on_unresponsive;
};

/// A connected process. A grant is "target:method", "target:prefix.*" or "target:*".
struct PeerOptions {
  std::string endpoint;
  std::vector<std::string> grants;
  /// Called on the bus thread: once after the handshake, once when the connection is gone (with the reason).
  std::function<void()> on_ready;
  std::function<void(Error)> on_closed;
  std::optional<Heartbeat> heartbeat;
  /// Tells several processes behind one endpoint apart; empty for an endpoint with one.
  std::string instance;
  /// Share of new traffic among the ready instances of the endpoint; 0: none, but it still answers what it has.
  std::uint32_t weight = 1;
  /// Of the extension: figures are also kept for each version (BusStatistics).
  std::string version;
  /// How long it is not read because its targets do not read what it sent (docs/protocol.md, flow control).
  std::chrono::milliseconds longest_read_pause = limits::longest_read_pause;
};

/// How an endpoint with several processes shares its messages among those that are ready.
enum class Balance : std::uint8_t {
  /// The one with the fewest unanswered requests for its weight; idle ones take turns.
  least_outstanding,
  /// By weight alone, evenly mixed.
  weighted,
  /// The same sender keeps its instance, as long as that one is ready; by weight over all senders.
  sticky,
};

struct GroupOptions {
  Balance balance = Balance::least_outstanding;
  /// What keeps its instance when `balance` is sticky; "source" is the only one there is.
  std::string sticky_by = "source";
};

/// How much an endpoint does, for whoever decides whether its process is needed.
struct EndpointActivity {
  /// What it was sent and what it sent, messages of any kind; only ever grows.
  std::uint64_t messages = 0;
  /// It owes an answer or waits for one, or something waits for it.
  bool waiting = false;
};

/// Identifies a request for cancel(). Value 0 is no request.
struct RequestId {
  std::uint64_t value = 0;
};

/// Called on the bus thread.
using ReadyListener = std::function<void(const std::string& endpoint, const std::string& instance)>;
/// Called on the bus thread. `last`: no other process of the endpoint is connected.
using GoneListener = std::function<void(const std::string& endpoint, const std::string& instance, bool last)>;

struct BusOptions {
  std::string host_name = "symphony";
  std::string host_version;
  /// The name of this process in traces.
  std::string process_name = "symphony";
  /// Asked about what a peer's grants do not list. Without it that is refused.
  CapabilityCheck capability_check;
};

class Bus {
 public:
  /// Starts the bus thread. Errors: resource_exhausted.
  static Result<std::unique_ptr<Bus>> create(BusOptions options);
  /// Fails everything pending with endpoint_unavailable, closes connections, joins the thread. Not on the bus thread.
  ~Bus();
  Bus(const Bus&) = delete;
  Bus& operator=(const Bus&) = delete;

  /// With an `interface` its methods' parameters are checked before the handler sees them: a request that is wrong is
  /// answered, a notification is counted as refused and dropped; unknown methods pass unread. Null: the handler sees
  /// everything. Errors: invalid_params (the id's characters), invalid_request (taken).
  Result<void> register_endpoint(std::string id, Handler handler, std::shared_ptr<const Interface> interface = nullptr);
  /// Waits until no call of its handler is running (unless called from inside it).
  void unregister_endpoint(std::string_view id);

  /// Sends from endpoint `source` (an in-process one; its own name, not checked). If the target lives in this process
  /// its handler runs before this returns, and so may `on_reply`.
  RequestId send_request(std::string_view source, Message message, SendOptions options, ReplyHandler on_reply);
  void cancel(RequestId request);
  void notify(std::string_view source, Message message, SendOptions options = {});

  /// Takes ownership of `descriptor` (the host's end of a socketpair) and speaks the protocol on it.
  Result<void> attach(int descriptor, PeerOptions options);
  /// Closes the connection of a peer; its pending requests fail with `reason`.
  void disconnect(std::string_view endpoint, Error reason);
  void disconnect(std::string_view endpoint, std::string_view instance, Error reason);

  /// Several processes behind one endpoint: attach() each under its own PeerOptions::instance. One that dies fails only
  /// what it had not answered. The endpoint must have been attached once (else endpoint_not_found) and be no in-process
  /// one (else invalid_request). Errors also: invalid_params (sticky_by). On any thread.
  Result<void> set_group(std::string_view endpoint, GroupOptions options);
  /// Errors also: not_found (the instance).
  Result<void> set_weight(std::string_view endpoint, std::string_view instance, std::uint32_t weight);
  /// When it returns, no message is being written to the endpoint, and new ones wait (limits::parked_messages, then
  /// overloaded) while their deadlines run; SendOptions::instance goes past it. Nothing is lost or reordered.
  Result<void> hold(std::string_view endpoint);
  /// What waits goes first, in its order.
  Result<void> resume(std::string_view endpoint);
  /// Calls `when_zero` on the bus thread, once, when the instance owes no answer (at once if so) or is gone. Not called
  /// when the bus closes first.
  void when_drained(std::string_view endpoint, std::string_view instance, std::function<void()> when_zero);

  /// The address of processes that are not there yet: as hold(), and it need not have been attached. `on_parked` is
  /// called on the bus thread when a message begins to wait where none did, and at once when some do. Errors:
  /// invalid_params (the id), invalid_request (an endpoint of another kind).
  Result<void> reserve(std::string_view endpoint, std::function<void()> on_parked);
  /// From now on what `source` sends to the endpoint goes to this instance as long as it is connected, whatever its
  /// weight: who shows the pictures of one process must not ask another about them. Empty: as for all others.
  void pin(std::string_view endpoint, std::string_view source, std::string_view instance);
  EndpointActivity activity(std::string_view endpoint) const;

  /// Listens for outside programs of the same user: `directory`/instance.json and a socket beside it, 0600, one-time
  /// token (docs/protocol.md section 1). `grants` is what they may do. Errors: io_error; invalid_request when another
  /// live instance holds the directory.
  Result<void> listen(std::string directory, std::vector<std::string> grants);

  /// Hands `body` to everybody who subscribed to `topic`, and returns before anything is written. In order for each
  /// publisher and subscriber. On any thread. Errors: invalid_params, payload_too_large, overloaded.
  Result<void> publish(std::string_view source, std::string_view topic, Payload body);
  /// From now on the handler of `endpoint`, which lives in this process, is called on the bus thread with what is
  /// published (Incoming::published). Processes subscribe by themselves (docs/protocol.md section 12).
  /// Errors: invalid_params (the pattern), endpoint_not_found, invalid_request (a process).
  Result<void> subscribe(std::string_view endpoint, std::string pattern);
  void unsubscribe(std::string_view endpoint, const std::string& pattern);
  /// From now on `handler` is asked about streams others want to open at `endpoint`, which lives in this process; null:
  /// nobody is. Errors: endpoint_not_found, invalid_request (a process; it serves streams by itself).
  Result<void> serve_streams(std::string_view endpoint, StreamHandler handler);
  /// Opens a stream from endpoint `source` (its own name, not checked) to another. `on_open` is called on the bus
  /// thread, or at once when it fails at once. Errors: those of a request, invalid_params, overloaded.
  void open_stream(std::string_view source, StreamRequest request, StreamOpened on_open);

  /// `listener` hears of each process that is ready, after PeerOptions::on_ready. There is one; null ends it, but a
  /// call that has begun goes on.
  void on_ready(ReadyListener listener);
  /// `listener` hears of each process or outside program whose connection has ended, when nothing can be sent to it any
  /// more. There is one; null ends it, but a call that has begun goes on.
  void on_gone(GoneListener listener);

  BusStatistics statistics() const;
  SpanRecorder& spans() noexcept;
  /// For timers and process supervision beside the bus, on its thread.
  boost::asio::io_context& context() noexcept;
  bool on_bus_thread() const noexcept;

 private:
  struct State;
  explicit Bus(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace symphony::ipc
