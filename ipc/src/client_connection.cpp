#include <symphony/ipc/client_connection.h>

#include <optional>

#include <symphony/ipc/limits.h>

#include "client/connection_state.h"

namespace symphony::ipc {

Result<std::unique_ptr<ClientConnection>> ClientConnection::open(int descriptor, const ClientOptions& options) {
  return open_on(std::make_shared<EventLoop>(), descriptor, options);
}

Result<std::unique_ptr<ClientConnection>> ClientConnection::open_on(std::shared_ptr<EventLoop> loop, int descriptor,
                                                                    const ClientOptions& options) {
  auto state = std::make_shared<State>(loop, descriptor);
  if (const auto usable = loop->usable(); !usable) {
    return usable.error();
  }
  if (const auto usable = state->prepare(); !usable) {
    return usable.error();
  }
  auto welcome = state->shake_hands(options);
  if (!welcome) {
    return welcome.error();
  }
  state->endpoint = welcome->endpoint;
  state->format = welcome->format;
  if (const auto mapped = state->share_memory(*welcome); !mapped) {
    return mapped.error();
  }
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

Result<Payload> ClientConnection::ask(Message message, SendOptions options) {
  std::optional<Result<Payload>> outcome;
  send_request(std::move(message), std::move(options), [&](Result<Payload> reply) { outcome = std::move(reply); });
  state_->loop->adopt();
  while (!outcome) {
    const auto open = state_->step();
    if (!open || !*open) {
      state_->end(open ? disconnected() : open.error());
    }
  }
  return *outcome;
}

RequestId ClientConnection::send_request(Message message, SendOptions options, ReplyHandler on_reply) {
  return state_->ask(std::move(message), options, std::move(on_reply));
}

void ClientConnection::notify(Message message, SendOptions options) { state_->notify(message, options); }

void ClientConnection::serve_streams(StreamHandler handler) { state_->stream_handler = std::move(handler); }

void ClientConnection::open_stream(const StreamRequest& request, StreamOpened on_open) {
  state_->open_stream(request, std::move(on_open));
}

void ClientConnection::watch(int descriptor, std::function<void()> ready) {
  state_->loop->watch(descriptor, std::move(ready));
}

void ClientConnection::unwatch(int descriptor) { state_->loop->unwatch(descriptor); }

void ClientConnection::post(std::chrono::milliseconds delay, std::function<void()> action) {
  state_->loop->post(EventLoop::Clock::now() + delay, std::move(action));
}

void ClientConnection::cancel(RequestId request) {
  if (request.value != 0) {
    state_->cancel(request.value, ErrorCode::cancelled, "The request was cancelled.");
  }
}

Result<void> ClientConnection::run() {
  state_->loop->adopt();
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
  state_->loop->interrupt();
}

}  // namespace symphony::ipc
