// What comes: bytes cut into frames, each handed to whom it is for, and the loop that waits for them.

#include <sys/epoll.h>
#include <sys/socket.h>

#include <cerrno>
#include <map>

#include <symphony/ipc/limits.h>

#include "client/connection_state.h"
#include "message_view.h"
#include "outcome_frame.h"

namespace symphony::ipc {

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
    case FrameKind::cancel:
      stop_serving(envelope.id);
      return true;
    case FrameKind::ping: {
      after_send(send_signal(out, FrameKind::pong, envelope.id));
      return true;
    }
    case FrameKind::pong:
      return true;
    case FrameKind::release:
      out.arena()->release(envelope.id);  // the host is believed; what it releases twice was not its own to keep
      return true;
    case FrameKind::stream:
    case FrameKind::credit:
    case FrameKind::bell:
    case FrameKind::end:
      received_of_stream(envelope);
      return true;
    case FrameKind::progress:
      heard_progress(envelope);
      return true;
    case FrameKind::hello:
    case FrameKind::welcome:
      break;
  }
  return Error{ErrorCode::invalid_request, "The host sent a frame that is not allowed after the handshake."};
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
  Envelope frame;
  for (bool any = false;; any = true) {
    switch (parser.take(frame)) {
      case FrameParser::Step::failed:
        return parser.failure();
      case FrameParser::Step::incomplete:
        return any;
      case FrameParser::Step::frame:
        break;
    }
    deferring = undeferred == 0 && (deferring || parser.buffered() > 0);
    undeferred -= undeferred > 0 ? 1 : 0;
    if (deferring && !before) {
      before = Clock::now();
    }
    const auto done = dispatch(frame);
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

void ClientConnection::State::socket_ready(std::uint32_t events) {
  if ((events & EPOLLOUT) != 0) {
    if (out.flush()) {
      send_owed_progress();
    }
  }
  if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) {
    open = receive();
  }
}

Result<bool> ClientConnection::State::step() {
  // What was read before comes first; then the caller looks whether that was all it wanted, before anybody waits.
  if (auto any = work_off_frames(); !any || *any) {
    return any;
  }
  if (const bool full = out.queued_bytes() > 0; full != waits_for_room) {
    waits_for_room = full;
    loop->serve(*this, socket.get(), full ? EPOLLIN | EPOLLOUT : EPOLLIN);
  }
  if (const auto waited = loop->wait(); !waited) {
    return waited.error();
  }
  return open;
}

void ClientConnection::State::end(const Error& reason) {
  if (ended.exchange(true)) {
    return;
  }
  out.close();
  end_streams(reason);
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

}  // namespace symphony::ipc
