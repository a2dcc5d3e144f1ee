#include <symphony/ipc/client_connection.h>

#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cerrno>
#include <cstring>
#include <map>
#include <mutex>
#include <optional>
#include <thread>

#include <symphony/ipc/limits.h>

#include "descriptor.h"
#include "handshake.h"
#include "message_view.h"
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
    Clock::time_point deadline;
  };
  using Action = std::shared_ptr<std::function<void()>>;

  explicit State(int descriptor)
      : socket(descriptor),
        wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
        timer(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK)),
        poller(::epoll_create1(EPOLL_CLOEXEC)),
        out(descriptor, limits::queued_bytes_per_peer) {}

  Descriptor socket;
  Descriptor wake;
  /// For the earliest of deadlines and actions. Not stopped when that one is done: it then fires once in vain, which is
  /// cheaper than two system calls for each request.
  Descriptor timer;
  Descriptor poller;
  bool waits_for_room = false;  // the poller also waits for the socket to become writable
  OutgoingStream out;
  FrameParser parser;
  std::optional<ReceivingArena> shared;
  std::vector<Descriptor> received;  // with the welcome
  std::string endpoint;
  BodyFormat format = BodyFormat::json;
  Handler handler;
  std::atomic<bool> stopped{false};
  std::atomic<bool> ended{false};
  std::atomic<std::thread::id> loop_thread{};
  bool deferring = false;  // written by the loop's thread; others compare their id first

  std::mutex mutex;
  std::uint64_t next_id = 1;
  unsigned undeferred = 0;  // frames whose answers are written one by one, after a handler that took long
  boost::unordered_flat_map<std::uint64_t, Pending> pending;
  std::multimap<Clock::time_point, Action> actions;
  std::map<int, Action> watches;
  boost::unordered_flat_map<std::uint64_t, std::stop_source> serving;
  Clock::time_point armed = Clock::time_point::max();

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
    return after_send(out.send(envelope, importance, std::move(body), defers()));
  }
  OutgoingStream::Outcome after_send(OutgoingStream::Outcome outcome) {
    if (outcome == OutgoingStream::Outcome::queued_first) {
      interrupt();  // the loop must wait for room in the socket
    }
    return outcome;
  }
  /// Writes what was said while deferring; what does not fit waits for room like anything else.
  void speak_up() {
    if (std::exchange(deferring, false)) {
      out.flush();
    }
  }

  Result<void> prepare();
  bool observe(int descriptor, std::uint32_t events) const;
  /// Under the mutex: the timer fires at `when` at the latest.
  void arm(Clock::time_point when);

  /// Like receive(), and keeps the descriptors that came along.
  bool receive_welcome();
  Result<void> share_memory(std::size_t bytes);
  Result<Envelope> with_shared_body(Envelope envelope);
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
  /// False: stopped, or a frame that ends the connection is next.
  Result<bool> work_off_frames();
  void run_due();
  void run_watch(int descriptor);
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

bool ClientConnection::State::receive_welcome() {
  const std::span<char> room = parser.prepare(limits::read_buffer_bytes);
  alignas(cmsghdr) std::array<char, CMSG_SPACE(limits::descriptors_per_frame * sizeof(int))> control{};
  iovec part{room.data(), room.size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  ssize_t count = 0;
  do {
    count = ::recvmsg(socket.get(), &message, MSG_CMSG_CLOEXEC);
  } while (count < 0 && errno == EINTR);
  if (count <= 0) {
    return count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
  }
  for (cmsghdr* part_of_it = CMSG_FIRSTHDR(&message); part_of_it != nullptr;
       part_of_it = CMSG_NXTHDR(&message, part_of_it)) {
    if (part_of_it->cmsg_level == SOL_SOCKET && part_of_it->cmsg_type == SCM_RIGHTS) {
      const std::size_t descriptors = (part_of_it->cmsg_len - CMSG_LEN(0)) / sizeof(int);
      for (std::size_t index = 0; index < descriptors; ++index) {
        int descriptor = -1;
        std::memcpy(&descriptor, CMSG_DATA(part_of_it) + index * sizeof descriptor, sizeof descriptor);
        received.emplace_back(descriptor);
      }
    }
  }
  parser.commit(static_cast<std::size_t>(count));
  return true;
}

Result<void> ClientConnection::State::share_memory(std::size_t bytes) {
  if (received.size() != limits::descriptors_per_frame) {
    return Error{ErrorCode::parse_error, "The host's welcome lacks the shared memory it announces."};
  }
  auto to_client = SharedRegion::open(std::move(received[0]), bytes, SharedRegion::Access::read);
  auto to_host = SharedRegion::open(std::move(received[1]), bytes, SharedRegion::Access::read_write);
  if (!to_client || !to_host) {
    return to_client ? to_host.error() : to_client.error();
  }
  to_client->close_descriptor();
  to_host->close_descriptor();
  shared.emplace(std::move(*to_client));
  out.use_arena(std::make_shared<SendingArena>(std::move(*to_host)));
  parser.expect_shared_bodies();
  return {};
}

Result<Envelope> ClientConnection::State::with_shared_body(Envelope envelope) {
  const auto reference = ArenaReference::decode(envelope.body);
  auto body = shared->read(*reference, [weak = weak_from_this(), id = reference->release_id()] {
    if (const auto self = weak.lock()) {
      self->after_send(send_signal(self->out, FrameKind::release, id));
    }
  });
  if (!body) {
    return body.error();
  }
  envelope.body_is_shared = false;
  envelope.body = body->view;
  envelope.body_owner = std::move(body->owner);
  return envelope;
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
    if (!receive_welcome()) {
      return disconnected();
    }
  }
}

void ClientConnection::State::respond(std::uint64_t id, Result<Payload> outcome) {
  {
    const std::lock_guard lock(mutex);
    serving.erase(id);
  }
  after_send(send_outcome(out, format, id, outcome, defers()));
}

void ClientConnection::State::serve(const Envelope& envelope) {
  Incoming incoming;
  incoming.source = std::string(envelope.source);
  incoming.method = std::string(envelope.method);
  incoming.body = payload_of(envelope);
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
    pending.erase(found);
  }
  if (on_reply) {
    on_reply(std::move(outcome));
  }
}

void ClientConnection::State::cancel(std::uint64_t id, ErrorCode code, const char* message) {
  after_send(send_signal(out, FrameKind::cancel, id));
  complete(id, Error{code, message});
}

Result<bool> ClientConnection::State::dispatch(const Envelope& envelope) {
  if (envelope.body_is_shared) {
    const auto whole = with_shared_body(envelope);
    return whole ? dispatch(*whole) : whole.error();
  }
  switch (envelope.kind) {
    case FrameKind::request:
    case FrameKind::notification:
      serve(envelope);
      return true;
    case FrameKind::answer:
      complete(envelope.id, payload_of(envelope));
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
      after_send(send_signal(out, FrameKind::pong, envelope.id));
      return true;
    }
    case FrameKind::pong:
      return true;
    case FrameKind::release:
      out.arena()->release(envelope.id);  // the host is believed; what it releases twice was not its own to keep
      return true;
    case FrameKind::hello:
    case FrameKind::welcome:
      break;
  }
  return Error{ErrorCode::invalid_request, "The host sent a frame that is not allowed after the handshake."};
}

Result<void> ClientConnection::State::prepare() {
  const int flags = ::fcntl(socket.get(), F_GETFL);
  const bool usable = wake && timer && poller && flags >= 0 &&
                      ::fcntl(socket.get(), F_SETFL, flags | O_NONBLOCK) == 0 &&
                      ::fcntl(socket.get(), F_SETFD, FD_CLOEXEC) == 0 && observe(socket.get(), EPOLLIN) &&
                      observe(wake.get(), EPOLLIN) && observe(timer.get(), EPOLLIN);
  if (!usable) {
    return io_error("The connection to the host cannot be used", "", errno);
  }
  ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDBUF, &limits::socket_buffer_bytes, sizeof limits::socket_buffer_bytes);
  return {};
}

bool ClientConnection::State::observe(int descriptor, std::uint32_t events) const {
  epoll_event event{};
  event.events = events;
  event.data.fd = descriptor;
  return ::epoll_ctl(poller.get(), EPOLL_CTL_ADD, descriptor, &event) == 0 ||
         (errno == EEXIST && ::epoll_ctl(poller.get(), EPOLL_CTL_MOD, descriptor, &event) == 0);
}

void ClientConnection::State::arm(Clock::time_point when) {
  if (when >= armed) {
    return;
  }
  armed = when;
  // The standard's steady clock is CLOCK_MONOTONIC here. A time of zero would stop the timer.
  const auto since =
      std::max<std::int64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(when.time_since_epoch()).count(), 1);
  constexpr std::int64_t second = 1'000'000'000;
  itimerspec wanted{};
  wanted.it_value.tv_sec = since / second;
  wanted.it_value.tv_nsec = since % second;
  ::timerfd_settime(timer.get(), TFD_TIMER_ABSTIME, &wanted, nullptr);
}

void ClientConnection::State::run_due() {
  const auto now = Clock::now();
  std::vector<std::uint64_t> late;
  {
    const std::lock_guard lock(mutex);
    armed = Clock::time_point::max();
    auto next = Clock::time_point::max();
    for (const auto& [id, request] : pending) {
      if (request.deadline <= now) {
        late.push_back(id);
      } else {
        next = std::min(next, request.deadline);
      }
    }
    arm(next);
  }
  std::sort(late.begin(), late.end());
  for (const std::uint64_t id : late) {
    cancel(id, ErrorCode::deadline_exceeded, "No answer came before the deadline.");
  }
  for (;;) {
    Action action;
    {
      const std::lock_guard lock(mutex);
      if (actions.empty() || actions.begin()->first > now) {
        if (!actions.empty()) {
          arm(actions.begin()->first);
        }
        return;
      }
      action = actions.begin()->second;
      actions.erase(actions.begin());
    }
    (*action)();
  }
}

void ClientConnection::State::run_watch(int descriptor) {
  Action action;
  {
    const std::lock_guard lock(mutex);
    if (const auto found = watches.find(descriptor); found != watches.end()) {
      action = found->second;
    }
  }
  if (action) {
    (*action)();
  }
}

Result<bool> ClientConnection::State::work_off_frames() {
  struct SpeakUp {
    State& state;
    ~SpeakUp() { state.speak_up(); }
  } const at_the_end{*this};
  // A handler here may take its time; answers given before it must not wait for it again and again.
  constexpr std::chrono::microseconds patience{500};
  constexpr unsigned frames_undeferred = 256;
  std::optional<Clock::time_point> before;
  for (bool any = false;; any = true) {
    const auto frame = parser.next();
    if (!frame) {
      return frame.error();
    }
    if (!*frame) {
      return any;
    }
    deferring = undeferred == 0 && (deferring || parser.buffered() > 0);
    undeferred -= undeferred > 0 ? 1 : 0;
    if (deferring && !before) {
      before = Clock::now();
    }
    const auto done = dispatch(**frame);
    if (deferring) {
      const auto now = Clock::now();
      if (now - *std::exchange(before, now) > patience) {
        undeferred = frames_undeferred;
        speak_up();
      }
    }
    if (!done) {
      return done.error();
    }
    if (stopped) {
      return true;
    }
  }
}

Result<bool> ClientConnection::State::step() {
  // What was read before comes first; then the caller looks whether that was all it wanted, before anybody waits.
  if (const auto any = work_off_frames(); !any || *any) {
    return any;
  }
  if (const bool full = out.queued_bytes() > 0; full != waits_for_room) {
    waits_for_room = full;
    observe(socket.get(), full ? EPOLLIN | EPOLLOUT : EPOLLIN);
  }
  constexpr int events_at_once = 16;
  std::array<epoll_event, events_at_once> events{};
  const int count = ::epoll_wait(poller.get(), events.data(), events_at_once, -1);
  if (count < 0 && errno != EINTR) {
    return io_error("Waiting for messages failed", "", errno);
  }
  bool open = true;
  for (int index = 0; index < count; ++index) {
    const epoll_event& event = events[static_cast<std::size_t>(index)];
    const int descriptor = event.data.fd;
    std::uint64_t ignored = 0;
    if (descriptor == wake.get()) {
      [[maybe_unused]] const ssize_t read = ::read(descriptor, &ignored, sizeof ignored);
    } else if (descriptor == timer.get()) {
      [[maybe_unused]] const ssize_t read = ::read(descriptor, &ignored, sizeof ignored);
      run_due();
    } else if (descriptor == socket.get()) {
      if ((event.events & EPOLLOUT) != 0) {
        out.flush();
      }
      if ((event.events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) {
        open = receive();
      }
    } else {
      run_watch(descriptor);
    }
  }
  return open;
}

void ClientConnection::State::end(const Error& reason) {
  if (ended.exchange(true)) {
    return;
  }
  out.close();
  std::map<std::uint64_t, Pending> unanswered;  // in the order they were asked
  boost::unordered_flat_map<std::uint64_t, std::stop_source> unserved;
  {
    const std::lock_guard lock(mutex);
    for (auto& [id, request] : pending) {
      unanswered.emplace(id, std::move(request));
    }
    pending.clear();
    unserved.swap(serving);
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
  if (const auto usable = state->prepare(); !usable) {
    return usable.error();
  }
  auto welcome = state->shake_hands(options);
  if (!welcome) {
    return welcome.error();
  }
  state->endpoint = welcome->endpoint;
  state->format = welcome->format;
  if (welcome->arena_bytes > 0) {
    if (const auto mapped = state->share_memory(welcome->arena_bytes); !mapped) {
      return mapped.error();
    }
  }
  state->received.clear();
  return std::unique_ptr<ClientConnection>(new ClientConnection(std::move(state)));
}

ClientConnection::ClientConnection(std::shared_ptr<State> state) : state_(std::move(state)) {}

ClientConnection::~ClientConnection() { state_->end(disconnected()); }

const std::string& ClientConnection::endpoint() const noexcept { return state_->endpoint; }

std::optional<BodyBuffer> ClientConnection::body_buffer(std::size_t bytes) {
  const auto& arena = state_->out.arena();
  auto room = arena && bytes <= limits::shared_body_bytes ? arena->allocate(bytes) : nullptr;
  return room ? std::optional(BodyBuffer(std::move(room))) : std::nullopt;
}

void ClientConnection::on_message(Handler handler) { state_->handler = std::move(handler); }

RequestId ClientConnection::send_request(Message message, SendOptions options, ReplyHandler on_reply) {
  const EncodedBody body = message.body.encoded(state_->format);
  const auto refuse = [&](Error error) {
    on_reply(std::move(error));
    return RequestId{};
  };
  if (const auto valid = check_route(message.target, message.method); !valid) {
    return refuse(valid.error());
  }
  if (body.view.size() > state_->out.largest_body()) {
    return refuse(body_too_large(state_->out.largest_body()));
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
  envelope.body = body.view;
  {
    const std::lock_guard lock(state_->mutex);
    if (state_->pending.size() < limits::pending_requests_per_peer && !state_->ended) {
      envelope.id = state_->next_id++;
      const auto until = Clock::now() + deadline;
      state_->pending.emplace(envelope.id, State::Pending{std::move(on_reply), until});
      state_->arm(until);
    }
  }
  if (envelope.id == 0) {
    return refuse(state_->ended ? disconnected()
                                : Error{ErrorCode::overloaded,
                                        "Too many requests are unanswered.",
                                        {{"limit", limits::pending_requests_per_peer}}});
  }
  switch (state_->send(envelope, OutgoingStream::Importance::ordinary, body.text)) {
    case OutgoingStream::Outcome::overloaded:
      state_->complete(envelope.id, Error{ErrorCode::overloaded, "The queue to the host is full."});
      break;
    case OutgoingStream::Outcome::closed:
      state_->complete(envelope.id, disconnected());
      break;
    default:
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
  const EncodedBody body = message.body.encoded(state_->format);
  if (!check_route(message.target, message.method) || body.view.size() > state_->out.largest_body()) {
    return;
  }
  Envelope envelope;
  envelope.kind = FrameKind::notification;
  envelope.format = state_->format;
  envelope.control_priority = options.control_priority;
  envelope.trace = options.trace;
  envelope.target = message.target;
  envelope.method = message.method;
  envelope.body = body.view;
  state_->send(envelope, OutgoingStream::Importance::ordinary, body.text);
}

void ClientConnection::watch(int descriptor, std::function<void()> ready) {
  {
    const std::lock_guard lock(state_->mutex);
    state_->watches.insert_or_assign(descriptor, std::make_shared<std::function<void()>>(std::move(ready)));
  }
  state_->observe(descriptor, EPOLLIN);
}

void ClientConnection::unwatch(int descriptor) {
  {
    const std::lock_guard lock(state_->mutex);
    state_->watches.erase(descriptor);
  }
  ::epoll_ctl(state_->poller.get(), EPOLL_CTL_DEL, descriptor, nullptr);
}

void ClientConnection::post(milliseconds delay, std::function<void()> action) {
  {
    const std::lock_guard lock(state_->mutex);
    const auto when = Clock::now() + delay;
    state_->actions.emplace(when, std::make_shared<std::function<void()>>(std::move(action)));
    state_->arm(when);
  }
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
