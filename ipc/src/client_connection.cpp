#include <symphony/ipc/client_connection.h>

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <map>
#include <mutex>
#include <optional>
#include <thread>

#include <symphony/ipc/limits.h>

#include "descriptor.h"
#include "handshake.h"
#include "outcome_frame.h"
#include "outgoing_stream.h"
#include "route.h"

namespace symphony::ipc {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

Error disconnected() { return {ErrorCode::peer_disconnected, "The connection to the host has ended."}; }

}  // namespace

/// Shared with the Responders that are still out, so that an answer after the end finds a closed connection, not freed
/// memory.
struct ClientConnection::State : std::enable_shared_from_this<ClientConnection::State> {
  struct Pending {
    ReplyHandler on_reply;
    std::multimap<Clock::time_point, std::uint64_t>::iterator deadline;
  };
  using Action = std::shared_ptr<std::function<void()>>;

  explicit State(int descriptor)
      : socket(descriptor),
        wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
        out(descriptor, limits::queued_bytes_per_peer) {}

  Descriptor socket;
  Descriptor wake;
  OutgoingStream out;
  FrameParser parser;
  std::string endpoint;
  BodyFormat format = BodyFormat::json;
  Handler handler;
  std::atomic<bool> stopped{false};
  std::atomic<bool> ended{false};
  std::atomic<std::thread::id> loop_thread{};
  bool deferring = false;  // written by the loop's thread; others compare their id first

  std::mutex mutex;
  std::uint64_t next_id = 1;
  std::map<std::uint64_t, Pending> pending;
  std::multimap<Clock::time_point, std::uint64_t> deadlines;
  std::multimap<Clock::time_point, Action> actions;
  std::map<int, Action> watches;
  std::map<std::uint64_t, std::stop_source> serving;

  /// Whether this thread is handling several received frames: then it writes what it says in between together.
  bool defers() const { return loop_thread.load() == std::this_thread::get_id() && deferring; }

  void interrupt() {
    if (loop_thread.load() != std::this_thread::get_id()) {
      const std::uint64_t one = 1;
      [[maybe_unused]] const ssize_t written = ::write(wake.get(), &one, sizeof one);
    }
  }

  OutgoingStream::Outcome send(const Envelope& envelope, OutgoingStream::Importance importance,
                               std::shared_ptr<const std::string> body = nullptr) {
    const OutgoingStream::Outcome outcome = out.send(envelope, importance, std::move(body), defers());
    if (outcome == OutgoingStream::Outcome::queued_first) {
      interrupt();  // the loop must wait for room in the socket
    }
    return outcome;
  }

  Result<Welcome> shake_hands(const ClientOptions& options);
  Result<void> wait_readable(Clock::time_point until);
  /// Reads once. False: the host has closed.
  bool receive();
  /// One round of the loop; false when the connection has ended cleanly.
  Result<bool> step();
  Result<bool> dispatch(const Envelope& envelope);
  void serve(const Envelope& envelope);
  void respond(std::uint64_t id, Result<Payload> outcome);
  void complete(std::uint64_t id, Result<Payload> outcome);
  void run_due();
  int poll_timeout();
  void end(const Error& reason);
  void cancel(std::uint64_t id, ErrorCode code, const char* message);
};

bool ClientConnection::State::receive() {
  for (;;) {
    const std::span<char> room = parser.prepare(limits::read_buffer_bytes);
    const ssize_t count = ::recv(socket.get(), room.data(), room.size(), 0);
    if (count > 0) {
      parser.commit(static_cast<std::size_t>(count));
      return true;
    }
    if (count < 0 && errno == EINTR) {
      continue;
    }
    return count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
  }
}

Result<void> ClientConnection::State::wait_readable(Clock::time_point until) {
  for (;;) {
    const auto left = std::chrono::duration_cast<milliseconds>(until - Clock::now());
    pollfd wanted{socket.get(), POLLIN, 0};
    const int ready = ::poll(&wanted, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
    if (ready > 0) {
      return {};
    }
    if (ready == 0) {
      return Error{ErrorCode::deadline_exceeded, "The host did not welcome this client in time."};
    }
    if (errno != EINTR) {
      return io_error("Waiting for the host failed", "", errno);
    }
  }
}

Result<Welcome> ClientConnection::State::shake_hands(const ClientOptions& options) {
  const std::string hello =
      encode_document(BodyFormat::json, hello_document(options.name, options.version, options.token));
  Envelope envelope;
  envelope.kind = FrameKind::hello;
  envelope.format = BodyFormat::json;
  envelope.body = hello;
  if (out.send(envelope, OutgoingStream::Importance::obligatory) == OutgoingStream::Outcome::closed) {
    // The host may have said why before it closed.
    out.close();
  }
  const auto until = Clock::now() + limits::time_to_hello;
  for (;;) {
    auto frame = parser.next();
    if (!frame) {
      return frame.error();
    }
    if (*frame) {
      const Envelope& received = **frame;
      const auto document = decode_document(received.format, received.body);
      if (!document) {
        return document.error();
      }
      if (received.kind == FrameKind::error) {
        return Error::from_json(*document);
      }
      if (received.kind != FrameKind::welcome) {
        return Error{ErrorCode::parse_error, "The host's first frame is not a welcome."};
      }
      return read_welcome(*document);
    }
    if (const auto ready = wait_readable(until); !ready) {
      return ready.error();
    }
    if (!receive()) {
      return disconnected();
    }
  }
}

void ClientConnection::State::respond(std::uint64_t id, Result<Payload> outcome) {
  {
    const std::lock_guard lock(mutex);
    serving.erase(id);
  }
  if (send_outcome(out, format, id, outcome, defers()) == OutgoingStream::Outcome::queued_first) {
    interrupt();
  }
}

void ClientConnection::State::serve(const Envelope& envelope) {
  Incoming incoming;
  incoming.source = std::string(envelope.source);
  incoming.method = std::string(envelope.method);
  incoming.body = Payload::from_bytes(envelope.format, std::string(envelope.body));
  incoming.trace = envelope.trace;
  incoming.published = envelope.kind == FrameKind::notification && envelope.target == topic_address;
  Responder responder;
  if (envelope.kind == FrameKind::request) {
    incoming.is_request = true;
    incoming.deadline = Clock::now() + effective_deadline(milliseconds(envelope.deadline_ms));
    std::stop_source stop;
    incoming.stop = stop.get_token();
    {
      const std::lock_guard lock(mutex);
      serving.insert_or_assign(envelope.id, std::move(stop));
    }
    responder = Responder([weak = weak_from_this(), id = envelope.id](Result<Payload> outcome) {
      if (const auto self = weak.lock()) {
        self->respond(id, std::move(outcome));
      }
    });
  }
  if (handler) {
    handler(std::move(incoming), std::move(responder));
  } else {
    responder.fail({ErrorCode::method_not_found, "This client serves no methods."});
  }
}

void ClientConnection::State::complete(std::uint64_t id, Result<Payload> outcome) {
  ReplyHandler on_reply;
  {
    const std::lock_guard lock(mutex);
    const auto found = pending.find(id);
    if (found == pending.end()) {
      return;  // late: cancelled or past its deadline
    }
    on_reply = std::move(found->second.on_reply);
    deadlines.erase(found->second.deadline);
    pending.erase(found);
  }
  if (on_reply) {
    on_reply(std::move(outcome));
  }
}

void ClientConnection::State::cancel(std::uint64_t id, ErrorCode code, const char* message) {
  if (send_signal(out, FrameKind::cancel, id) == OutgoingStream::Outcome::queued_first) {
    interrupt();
  }
  complete(id, Error{code, message});
}

Result<bool> ClientConnection::State::dispatch(const Envelope& envelope) {
  switch (envelope.kind) {
    case FrameKind::request:
    case FrameKind::notification:
      serve(envelope);
      return true;
    case FrameKind::answer:
      complete(envelope.id, Payload::from_bytes(envelope.format, std::string(envelope.body)));
      return true;
    case FrameKind::error: {
      const auto document = decode_document(envelope.format, envelope.body);
      Error error = document ? Error::from_json(*document) : document.error();
      if (envelope.id == 0) {
        return error;
      }
      complete(envelope.id, std::move(error));
      return true;
    }
    case FrameKind::cancel: {
      std::optional<std::stop_source> stop;
      {
        const std::lock_guard lock(mutex);
        if (const auto found = serving.find(envelope.id); found != serving.end()) {
          stop = found->second;
        }
      }
      if (stop) {
        stop->request_stop();
      }
      return true;
    }
    case FrameKind::ping: {
      send_signal(out, FrameKind::pong, envelope.id);
      return true;
    }
    case FrameKind::pong:
      return true;
    case FrameKind::hello:
    case FrameKind::welcome:
      break;
  }
  return Error{ErrorCode::invalid_request, "The host sent a frame that is not allowed after the handshake."};
}

void ClientConnection::State::run_due() {
  const auto now = Clock::now();
  for (;;) {
    Action action;
    std::uint64_t late = 0;
    {
      const std::lock_guard lock(mutex);
      if (!actions.empty() && actions.begin()->first <= now) {
        action = actions.begin()->second;
        actions.erase(actions.begin());
      } else if (!deadlines.empty() && deadlines.begin()->first <= now) {
        late = deadlines.begin()->second;
      } else {
        return;
      }
    }
    if (action) {
      (*action)();
    } else {
      cancel(late, ErrorCode::deadline_exceeded, "No answer came before the deadline.");
    }
  }
}

int ClientConnection::State::poll_timeout() {
  const std::lock_guard lock(mutex);
  auto next = Clock::time_point::max();
  if (!actions.empty()) {
    next = actions.begin()->first;
  }
  if (!deadlines.empty()) {
    next = std::min(next, deadlines.begin()->first);
  }
  if (next == Clock::time_point::max()) {
    return -1;
  }
  const auto left = std::chrono::ceil<milliseconds>(next - Clock::now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, 60'000));
}

Result<bool> ClientConnection::State::step() {
  // What was read before comes first; then the caller looks whether that was all it wanted, before anybody waits.
  struct Together {
    State& state;
    ~Together() {
      if (std::exchange(state.deferring, false)) {
        state.out.flush();  // what remains is seen by the next poll
      }
    }
  } const together{*this};
  for (bool any = false;; any = true) {
    const auto frame = parser.next();
    if (!frame) {
      return frame.error();
    }
    if (!*frame) {
      if (any) {
        return true;
      }
      break;
    }
    deferring = deferring || parser.buffered() > 0;
    if (const auto done = dispatch(**frame); !done) {
      return done.error();
    }
    if (stopped) {
      return true;
    }
  }
  std::vector<pollfd> wanted;
  wanted.push_back({wake.get(), POLLIN, 0});
  const bool full = out.queued_bytes() > 0;
  wanted.push_back({socket.get(), static_cast<short>(full ? POLLIN | POLLOUT : POLLIN), 0});
  {
    const std::lock_guard lock(mutex);
    for (const auto& [descriptor, action] : watches) {
      wanted.push_back({descriptor, POLLIN, 0});
    }
  }
  if (::poll(wanted.data(), wanted.size(), poll_timeout()) < 0 && errno != EINTR) {
    return io_error("Waiting for messages failed", "", errno);
  }
  if ((wanted[0].revents & POLLIN) != 0) {
    std::uint64_t count = 0;
    [[maybe_unused]] const ssize_t read = ::read(wake.get(), &count, sizeof count);
  }
  run_due();
  if ((wanted[1].revents & POLLOUT) != 0) {
    out.flush();
  }
  bool open = true;
  if ((wanted[1].revents & (POLLIN | POLLHUP | POLLERR)) != 0) {
    open = receive();
  }
  for (std::size_t index = 2; index < wanted.size(); ++index) {
    if (wanted[index].revents == 0) {
      continue;
    }
    Action action;
    {
      const std::lock_guard lock(mutex);
      if (const auto found = watches.find(wanted[index].fd); found != watches.end()) {
        if ((wanted[index].revents & POLLNVAL) != 0) {
          watches.erase(found);  // closed without unwatch(): every poll would return at once
          continue;
        }
        action = found->second;
      }
    }
    if (action) {
      (*action)();
    }
  }
  return open;
}

void ClientConnection::State::end(const Error& reason) {
  if (ended.exchange(true)) {
    return;
  }
  out.close();
  std::map<std::uint64_t, Pending> unanswered;
  std::map<std::uint64_t, std::stop_source> unserved;
  {
    const std::lock_guard lock(mutex);
    unanswered.swap(pending);
    unserved.swap(serving);
    deadlines.clear();
  }
  for (auto& [id, request] : unanswered) {
    if (request.on_reply) {
      request.on_reply(reason);
    }
  }
  for (auto& [id, stop] : unserved) {
    stop.request_stop();
  }
}

Result<std::unique_ptr<ClientConnection>> ClientConnection::open(int descriptor, ClientOptions options) {
  auto state = std::make_shared<State>(descriptor);
  const int flags = ::fcntl(descriptor, F_GETFL);
  if (!state->wake || flags < 0 || ::fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) < 0 ||
      ::fcntl(descriptor, F_SETFD, FD_CLOEXEC) < 0) {
    return io_error("The connection to the host cannot be used", "", errno);
  }
  ::setsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, &limits::socket_buffer_bytes, sizeof limits::socket_buffer_bytes);
  auto welcome = state->shake_hands(options);
  if (!welcome) {
    return welcome.error();
  }
  state->endpoint = welcome->endpoint;
  state->format = welcome->format;
  return std::unique_ptr<ClientConnection>(new ClientConnection(std::move(state)));
}

ClientConnection::ClientConnection(std::shared_ptr<State> state) : state_(std::move(state)) {}

ClientConnection::~ClientConnection() { state_->end(disconnected()); }

const std::string& ClientConnection::endpoint() const noexcept { return state_->endpoint; }

void ClientConnection::on_message(Handler handler) { state_->handler = std::move(handler); }

RequestId ClientConnection::send_request(Message message, SendOptions options, ReplyHandler on_reply) {
  const auto body = message.body.bytes(state_->format);
  const auto refuse = [&](Error error) {
    on_reply(std::move(error));
    return RequestId{};
  };
  if (const auto valid = check_route(message.target, message.method); !valid) {
    return refuse(valid.error());
  }
  if (body->size() > limits::body_bytes) {
    return refuse(body_too_large());
  }
  const milliseconds deadline = effective_deadline(options.deadline);
  Envelope envelope;
  envelope.kind = FrameKind::request;
  envelope.format = state_->format;
  envelope.control_priority = options.control_priority;
  envelope.idempotent = options.idempotent;
  envelope.deadline_ms = static_cast<std::uint32_t>(deadline.count());
  envelope.trace = options.trace;
  envelope.target = message.target;
  envelope.method = message.method;
  envelope.body = *body;
  {
    const std::lock_guard lock(state_->mutex);
    if (state_->pending.size() < limits::pending_requests_per_peer && !state_->ended) {
      envelope.id = state_->next_id++;
      const auto position = state_->deadlines.emplace(Clock::now() + deadline, envelope.id);
      state_->pending.emplace(envelope.id, State::Pending{std::move(on_reply), position});
    }
  }
  if (envelope.id == 0) {
    return refuse(state_->ended ? disconnected()
                                : Error{ErrorCode::overloaded,
                                        "Too many requests are unanswered.",
                                        {{"limit", limits::pending_requests_per_peer}}});
  }
  switch (state_->send(envelope, OutgoingStream::Importance::ordinary, body)) {
    case OutgoingStream::Outcome::overloaded:
      state_->complete(envelope.id, Error{ErrorCode::overloaded, "The queue to the host is full."});
      break;
    case OutgoingStream::Outcome::closed:
      state_->complete(envelope.id, disconnected());
      break;
    default:
      state_->interrupt();  // the loop's next timeout may now be this request's deadline
      break;
  }
  return RequestId{envelope.id};
}

Result<Payload> ClientConnection::ask(Message message, SendOptions options) {
  std::optional<Result<Payload>> outcome;
  send_request(std::move(message), std::move(options), [&](Result<Payload> reply) { outcome = std::move(reply); });
  state_->loop_thread = std::this_thread::get_id();
  while (!outcome) {
    const auto open = state_->step();
    if (!open || !*open) {
      state_->end(open ? disconnected() : open.error());
    }
  }
  return *outcome;
}

void ClientConnection::cancel(RequestId request) {
  if (request.value != 0) {
    state_->cancel(request.value, ErrorCode::cancelled, "The request was cancelled.");
  }
}

void ClientConnection::notify(Message message, SendOptions options) {
  const auto body = message.body.bytes(state_->format);
  if (!check_route(message.target, message.method) || body->size() > limits::body_bytes) {
    return;
  }
  Envelope envelope;
  envelope.kind = FrameKind::notification;
  envelope.format = state_->format;
  envelope.control_priority = options.control_priority;
  envelope.trace = options.trace;
  envelope.target = message.target;
  envelope.method = message.method;
  envelope.body = *body;
  state_->send(envelope, OutgoingStream::Importance::ordinary, body);
}

void ClientConnection::watch(int descriptor, std::function<void()> ready) {
  {
    const std::lock_guard lock(state_->mutex);
    state_->watches.insert_or_assign(descriptor, std::make_shared<std::function<void()>>(std::move(ready)));
  }
  state_->interrupt();
}

void ClientConnection::unwatch(int descriptor) {
  {
    const std::lock_guard lock(state_->mutex);
    state_->watches.erase(descriptor);
  }
  state_->interrupt();
}

void ClientConnection::post(milliseconds delay, std::function<void()> action) {
  {
    const std::lock_guard lock(state_->mutex);
    state_->actions.emplace(Clock::now() + delay, std::make_shared<std::function<void()>>(std::move(action)));
  }
  state_->interrupt();
}

Result<void> ClientConnection::run() {
  state_->loop_thread = std::this_thread::get_id();
  while (!state_->stopped) {
    const auto open = state_->step();
    if (!open) {
      state_->end(open.error());
      return open.error();
    }
    if (!*open) {
      break;
    }
  }
  // What was said last must not be lost with the process: a stop() often follows an answer at once.
  state_->out.flush();
  if (!state_->stopped) {
    state_->end(disconnected());
  }
  return {};
}

void ClientConnection::stop() {
  state_->stopped = true;
  state_->interrupt();
}

}  // namespace symphony::ipc
