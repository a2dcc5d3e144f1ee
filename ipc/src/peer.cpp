#include "peer.h"

#include <sys/socket.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>

#include <symphony/ipc/limits.h>

#include "outcome_frame.h"
#include "write_batch.h"

namespace symphony::ipc {

Peer::Peer(boost::asio::io_context& context, PeerOwner& owner, std::shared_ptr<Endpoint> endpoint, int descriptor,
           PeerOptions options)
    : context_(context),
      owner_(owner),
      endpoint_(std::move(endpoint)),
      options_(std::move(options)),
      grants_(options_.grants),
      instance_(options_.instance),
      version_(options_.version),
      socket_(context, descriptor),
      timer_(context),
      out_(descriptor, limits::queued_bytes_per_peer),
      weight_(options_.weight),
      version_traffic_(version_.empty() ? nullptr : endpoint_->of_version(version_)),
      pause_timer_(context) {}

void Peer::start() {
  account_ = std::make_shared<ForwardAccount>([weak = weak_from_this(), &context = context_] {
    // The queue that has just been written is locked.
    boost::asio::post(context, [weak] {
      if (const auto self = weak.lock()) {
        self->resume_reading();
      }
    });
  });
  timer_.expires_after(limits::time_to_hello);
  timer_.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
    if (!error && self->phase_ == Phase::connecting) {
      self->refuse({ErrorCode::deadline_exceeded, "No hello came within 5 seconds."});
    }
  });
  read();
}

void Peer::read() {
  const std::span<char> room = parser_.prepare(limits::read_buffer_bytes);
  socket_.async_read_some(boost::asio::buffer(room.data(), room.size()),
                          [self = shared_from_this()](const boost::system::error_code& error, std::size_t count) {
                            if (self->phase_ == Phase::closed) {
                              return;
                            }
                            if (error) {
                              self->close({ErrorCode::peer_disconnected, "The connection has ended."});
                              return;
                            }
                            self->heard_ = true;
                            self->read_at_ = Clock::now();
                            self->endpoint_->counters.bytes_in.fetch_add(count, std::memory_order_relaxed);
                            self->parser_.commit(count);
                            if (self->dispatch_buffered()) {
                              self->read_on();
                            }
                          });
}

void Peer::read_on() {
  // One whose targets were given their time and still do not read is refused what would wait; the rest of it goes on.
  if (account_->high() && !account_->overdrawn()) {
    pause_reading();
  } else {
    read();
  }
}

void Peer::pause_reading() {
  reading_paused_ = true;
  read_pauses_.fetch_add(1, std::memory_order_relaxed);
  pause_timer_.expires_after(options_.longest_read_pause);
  pause_timer_.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
    if (!error && self->reading_paused_) {
      self->account_->overdraw();
      self->resume_reading();
    }
  });
  if (!account_->watch()) {
    resume_reading();
  }
}

void Peer::resume_reading() {
  if (phase_ != Phase::closed && reading_paused_.exchange(false)) {
    account_->unwatch();
    pause_timer_.cancel();
    read();
  }
}

bool Peer::dispatch_buffered() {
  std::optional<WriteBatch> batch;
  Envelope frame;
  for (;;) {
    switch (parser_.take(frame)) {
      case FrameParser::Step::failed:
        refuse(parser_.failure());
        return false;
      case FrameParser::Step::incomplete:
        return true;
      case FrameParser::Step::frame:
        break;
    }
    // A single message is answered at once; of many, the answers go together.
    if (!batch && parser_.buffered() > 0) {
      batch.emplace();
    }
    const Result<void> done = dispatch(frame);
    if (!done) {
      refuse(done.error());
    }
    if (phase_ == Phase::closed) {
      return false;
    }
  }
}

Result<void> Peer::dispatch(const Envelope& frame) {
  if (phase_ == Phase::connecting) {
    return greet(frame);
  }
  switch (frame.kind) {
    case FrameKind::hello:
    case FrameKind::welcome:
      return Error{ErrorCode::invalid_request, "A hello or welcome is not allowed after the handshake."};
    case FrameKind::ping:
      after_send(send_signal(out_, FrameKind::pong, frame.id));
      return {};
    case FrameKind::pong:
      return {};
    case FrameKind::release:
      if (!out_.arena()->release(frame.id)) {
        return Error{ErrorCode::invalid_request, "A release names a body that was not sent or is released already."};
      }
      return {};
    default:
      if (!frame.source.empty()) {
        return Error{ErrorCode::invalid_request, "The source is filled in by the host and must be empty."};
      }
      if (frame.body_is_shared) {
        const auto whole = with_shared_body(frame);
        return whole ? owner_.received(shared_from_this(), *whole) : whole.error();
      }
      return owner_.received(shared_from_this(), frame);
  }
}

void Peer::welcome_client(Welcome welcome) {
  std::array<int, limits::descriptors_per_frame> descriptors{};
  std::size_t count = 0;
  std::optional<SharedRegion> to_client;
  std::optional<SharedRegion> to_host;
  if (welcome.features.arena) {
    auto first = SharedRegion::create(limits::arena_bytes);
    auto second = SharedRegion::create(limits::arena_bytes);
    if (first && second) {
      to_client.emplace(std::move(*first));
      to_host.emplace(std::move(*second));
      descriptors[count++] = to_client->descriptor().get();
      descriptors[count++] = to_host->descriptor().get();
      welcome.arena_bytes = limits::arena_bytes;
    }
    welcome.features.arena = to_client.has_value();
  }
  Descriptor far_end;
  if (welcome.features.rings) {
    auto channel = make_descriptor_channel();
    welcome.features.rings = channel.has_value();
    if (channel) {
      channel_ = std::move(channel->sender);
      far_end = std::move(channel->receiver);
      descriptors[count++] = far_end.get();
    }
  }
  const std::string body = encode_document(BodyFormat::json, welcome_document(welcome));
  Envelope answer;
  answer.kind = FrameKind::welcome;
  answer.format = BodyFormat::json;
  answer.body = body;
  if (count == 0) {
    after_send(out_.send(answer, OutgoingStream::Importance::obligatory));
  } else if (!out_.send_first(answer, std::span(descriptors).first(count))) {
    return;  // the connection is at its end, and the reader finds that
  }
  if (to_client) {
    to_client->close_descriptor();
    to_host->close_descriptor();
    out_.use_arena(std::make_shared<SendingArena>(std::move(*to_client)));
    shared_.emplace(std::move(*to_host));
  }
  if (welcome.features.bytes) {
    out_.take_bytes();
  }
  features_ = welcome.features;
  parser_.expect(features_);
}

Result<Envelope> Peer::with_shared_body(Envelope frame) {
  const auto reference = ArenaReference::decode(frame.body);
  auto body = shared_->read(*reference, [weak = weak_from_this(), id = reference->release_id()] {
    if (const auto self = weak.lock()) {
      self->after_send(send_signal(self->out_, FrameKind::release, id));
    }
  });
  if (!body) {
    return body.error();
  }
  frame.body_is_shared = false;
  frame.body = body->view;
  frame.body_owner = std::move(body->owner);
  return frame;
}

Result<void> Peer::greet(const Envelope& frame) {
  if (frame.kind != FrameKind::hello || frame.format != BodyFormat::json) {
    return Error{ErrorCode::invalid_request, "The first frame must be a hello with a JSON body."};
  }
  const auto document = decode_document(frame.format, frame.body);
  if (!document) {
    return document.error();
  }
  const auto hello = read_hello(*document);
  if (!hello) {
    return hello.error();
  }
  auto welcome = owner_.admit(*this, *hello);
  if (!welcome) {
    return welcome.error();
  }
  timer_.cancel();
  welcome_client(*welcome);
  format_ = welcome->format;
  phase_ = Phase::ready;
  arm_heartbeat();
  if (options_.on_ready) {
    options_.on_ready();
  }
  if (phase_ == Phase::ready) {
    owner_.became_ready(shared_from_this());
  }
  return {};
}

OutgoingStream::Outcome Peer::send(const Envelope& frame, OutgoingStream::Importance importance,
                                   std::shared_ptr<const std::string> body,
                                   const std::shared_ptr<ForwardAccount>& account) {
  const OutgoingStream::Outcome outcome =
      out_.send(frame, importance, std::move(body), WriteBatch::current() != nullptr, account);
  after_send(outcome);
  return outcome;
}

bool Peer::send_encoded(std::shared_ptr<const std::string> frame, bool later) {
  const OutgoingStream::Outcome outcome = out_.send_encoded(std::move(frame), later);
  if (outcome == OutgoingStream::Outcome::closed) {
    lost_ = true;
  } else if (outcome == OutgoingStream::Outcome::queued_first && !later) {
    wait_writable();
  }
  return outcome != OutgoingStream::Outcome::closed && outcome != OutgoingStream::Outcome::overloaded;
}

void Peer::send_cancel(std::uint64_t id) { after_send(send_signal(out_, FrameKind::cancel, id)); }

void Peer::send_reply(std::uint64_t id, const Result<Payload>& outcome) {
  after_send(send_outcome(out_, format_, id, outcome, WriteBatch::current() != nullptr));
}

void Peer::after_send(OutgoingStream::Outcome outcome) {
  if (outcome == OutgoingStream::Outcome::closed) {
    // The reader will find the end as well; until then nobody should choose this one.
    lost_ = true;
  } else if (outcome == OutgoingStream::Outcome::queued_first) {
    if (WriteBatch* batch = WriteBatch::current()) {
      batch->add(shared_from_this());
      return;
    }
    boost::asio::post(context_, [self = shared_from_this()] { self->wait_writable(); });
  }
}

void Peer::flush() {
  if (phase_ == Phase::closed) {
    return;
  }
  if (out_.flush()) {
    owner_.writable(*this);
  } else {
    wait_writable();
  }
}

void Peer::wait_writable() {
  if (phase_ == Phase::closed) {
    return;
  }
  socket_.async_wait(boost::asio::posix::stream_descriptor::wait_write,
                     [self = shared_from_this()](const boost::system::error_code& error) {
                       if (!error) {
                         self->flush();
                       }
                     });
}

void Peer::refuse(const Error& reason) {
  // It is the last word: what was answered before does not come after it.
  out_.flush();
  send_error(out_, format_, 0, reason);
  close(reason);
}

void Peer::close(const Error& reason) {
  if (phase_.exchange(Phase::closed) == Phase::closed) {
    return;
  }
  const auto self = shared_from_this();
  // What was said before this, in the same batch perhaps, still counts.
  out_.flush();
  // First nobody can send any more, then what was sent is failed: no request falls between the two.
  out_.close();
  timer_.cancel();
  pause_timer_.cancel();
  endpoint_->counters.bytes_out.fetch_add(out_.sent_bytes(), std::memory_order_relaxed);
  endpoint_->counters.read_pauses.fetch_add(read_pauses(), std::memory_order_relaxed);
  // Not just close(): a process that inherited the descriptor would keep the connection open.
  ::shutdown(socket_.native_handle(), SHUT_RDWR);
  boost::system::error_code ignored;
  socket_.close(ignored);
  owner_.closed(self, reason);
  for (const auto& drained : std::exchange(drain_watchers_, {})) {
    drained();
  }
  const auto on_closed = std::move(options_.on_closed);
  options_ = {};
  if (on_closed) {
    on_closed(reason);
  }
}

void Peer::arm_heartbeat() {
  if (!options_.heartbeat) {
    return;
  }
  const bool waiting = unanswered_pings_ > 0 || outstanding() > 0;
  timer_.expires_after(waiting ? options_.heartbeat->busy : options_.heartbeat->idle);
  timer_.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
    if (!error && self->phase_ == Phase::ready) {
      self->beat();
    }
  });
}

void Peer::beat() {
  // Who is not read cannot be heard.
  if (std::exchange(heard_, false) || reading_paused_) {
    unanswered_pings_ = 0;
  } else if (unanswered_pings_ >= options_.heartbeat->missed_limit) {
    if (const auto report = std::exchange(options_.heartbeat->on_unresponsive, nullptr)) {
      report();
    }
    return;
  } else {
    ++unanswered_pings_;
    after_send(send_signal(out_, FrameKind::ping, unanswered_pings_));
  }
  arm_heartbeat();
}

void Peer::release_outstanding() {
  if (outstanding_.fetch_sub(1) == 1 && drain_watched_) {
    boost::asio::post(context_, [self = shared_from_this()] { self->report_drained(); });
  }
}

void Peer::count_request() noexcept {
  traffic_.requests.fetch_add(1, std::memory_order_relaxed);
  if (version_traffic_) {
    version_traffic_->requests.fetch_add(1, std::memory_order_relaxed);
  }
}

void Peer::count_outcome(bool succeeded, std::int64_t took_us) noexcept {
  traffic_.count(succeeded, took_us);
  if (version_traffic_) {
    version_traffic_->count(succeeded, took_us);
  }
}

void Peer::when_drained(std::function<void()> when_zero) {
  boost::asio::dispatch(context_, [self = shared_from_this(), when_zero = std::move(when_zero)]() mutable {
    self->drain_watchers_.push_back(std::move(when_zero));
    // In this order: whoever releases the last one either sees the watch or was counted before it.
    self->drain_watched_ = true;
    self->report_drained();
  });
}

void Peer::report_drained() {
  if (outstanding_.load() != 0 && phase_ != Phase::closed) {
    return;
  }
  drain_watched_ = false;
  for (const auto& drained : std::exchange(drain_watchers_, {})) {
    drained();
  }
}

Health Peer::health() const noexcept {
  if (!ready()) {
    return Health::down;
  }
  if (unanswered_pings_.load(std::memory_order_relaxed) > 1) {
    return Health::unresponsive;
  }
  return queued_bytes() > 0 ? Health::busy : Health::ok;
}

InstanceStatistics Peer::statistics() const {
  return {instance_,
          version_,
          ready() ? "ready" : "connecting",
          weight(),
          traffic_.requests,
          traffic_.answers,
          traffic_.errors,
          outstanding(),
          queued_bytes(),
          queued_frames(),
          read_pauses(),
          reading_paused_,
          traffic_.latency.snapshot(),
          health()};
}

Peer::OpenResult Peer::may_open(std::uint64_t id) const {
  const std::lock_guard lock(requests_mutex_);
  // First: an id used twice breaks the protocol however many requests are open.
  if (requests_.contains(id)) {
    return OpenResult::duplicate;
  }
  return requests_.size() >= limits::pending_requests_per_peer ? OpenResult::too_many : OpenResult::opened;
}

bool Peer::open_request(const std::shared_ptr<Call>& call) {
  if (phase_ == Phase::closed) {
    return false;
  }
  // First: who answers it in the meantime then takes it out, or is seen here to have answered.
  call->open_at_origin = true;
  {
    const std::lock_guard lock(requests_mutex_);
    requests_.emplace(call->origin_id, call);
  }
  if (call->done) {
    close_request(call->origin_id);
  }
  return true;
}

void Peer::close_request(std::uint64_t id) {
  std::shared_ptr<Call> last;  // released after the lock
  const std::lock_guard lock(requests_mutex_);
  if (const auto found = requests_.find(id); found != requests_.end()) {
    last = std::move(found->second);
    requests_.erase(found);
  }
}

std::shared_ptr<Call> Peer::find_request(std::uint64_t id) const {
  const std::lock_guard lock(requests_mutex_);
  const auto found = requests_.find(id);
  return found == requests_.end() ? nullptr : found->second;
}

bool Peer::has_requests() const {
  const std::lock_guard lock(requests_mutex_);
  return !requests_.empty();
}

std::vector<std::shared_ptr<Call>> Peer::take_requests() {
  std::vector<std::shared_ptr<Call>> calls;
  const std::lock_guard lock(requests_mutex_);
  for (auto& [id, call] : requests_) {
    calls.push_back(std::move(call));
  }
  requests_.clear();
  return calls;
}

}  // namespace symphony::ipc
