#include "listener.h"

#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/dispatch.hpp>
#include <cerrno>

#include <symphony/ipc/limits.h>

#include "outcome_frame.h"

namespace symphony::ipc {
namespace {

/// In time that does not depend on where the first difference is.
bool same_secret(std::string_view left, std::string_view right) noexcept {
  if (left.size() != right.size()) {
    return false;
  }
  unsigned difference = 0;
  for (std::size_t at = 0; at < left.size(); ++at) {
    difference |= static_cast<unsigned>(static_cast<unsigned char>(left[at])) ^ static_cast<unsigned char>(right[at]);
  }
  return difference == 0;
}

bool same_user(int socket) noexcept {
  ucred peer{};
  socklen_t length = sizeof peer;
  return ::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0 && peer.uid == ::geteuid();
}

void turn_away(int socket, const Error& reason) {
  OutgoingStream out(socket, limits::queued_bytes_per_peer);
  send_error(out, BodyFormat::json, 0, reason);
}

}  // namespace

Result<std::shared_ptr<Listener>> Listener::open(Router& router, std::string directory,
                                                 std::vector<std::string> grants) {
  auto held = InstanceDirectory::acquire(std::move(directory));
  if (!held) {
    return held.error();
  }
  auto socket = held->bind_socket();
  if (!socket) {
    return socket.error();
  }
  auto token = random_token();
  if (!token) {
    return token.error();
  }
  if (const auto published = held->publish(*token); !published) {
    held->clean_up();
    return published.error();
  }
  auto listener =
      std::make_shared<Listener>(router, std::move(*held), socket->release(), std::move(*token), std::move(grants));
  boost::asio::dispatch(router.context(), [listener] {
    listener->router_.authenticate = [weak = std::weak_ptr(listener)](const Hello& hello) -> Result<void> {
      const auto self = weak.lock();
      return self ? self->authenticate(hello) : Error{ErrorCode::not_authenticated, "The instance is closing."};
    };
    listener->wait();
  });
  return listener;
}

Listener::Listener(Router& router, InstanceDirectory directory, int socket, std::string token,
                   std::vector<std::string> grants)
    : router_(router),
      directory_(std::move(directory)),
      socket_(router.context(), socket),
      pause_(router.context()),
      token_(std::move(token)),
      grants_(std::move(grants)) {}

void Listener::close() {
  boost::system::error_code ignored;
  pause_.cancel();
  socket_.close(ignored);
  directory_.clean_up();
}

void Listener::wait() {
  if (!socket_.is_open()) {
    return;
  }
  socket_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                     [self = shared_from_this()](const boost::system::error_code& error) {
                       if (!error) {
                         self->accept_waiting();
                       }
                     });
}

void Listener::accept_waiting() {
  for (;;) {
    Descriptor accepted(::accept4(socket_.native_handle(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (accepted) {
      admit(std::move(accepted));
      continue;
    }
    if (errno == EINTR || errno == ECONNABORTED) {
      continue;
    }
    if (errno == EAGAIN || errno == EWOULDBLOCK) {
      wait();
      return;
    }
    // Out of descriptors: the connection stays in the backlog, so waiting for it again at once would spin.
    pause_.expires_after(std::chrono::milliseconds(100));
    pause_.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
      if (!error) {
        self->wait();
      }
    });
    return;
  }
}

void Listener::admit(Descriptor socket) {
  if (!same_user(socket.get())) {
    turn_away(socket.get(), {ErrorCode::not_authenticated, "This instance belongs to another user."});
    return;
  }
  if (router_.outside_connections() >= limits::outside_connections) {
    turn_away(socket.get(),
              {ErrorCode::overloaded, "Too many programs are connected.", {{"limit", limits::outside_connections}}});
    return;
  }
  PeerOptions options;
  options.endpoint = "outside." + std::to_string(++admitted_);
  options.grants = grants_;
  // Refused only when the bus is closing; the descriptor is closed then.
  [[maybe_unused]] const auto attached = router_.attach(socket.release(), std::move(options), Endpoint::Kind::outside);
}

Result<void> Listener::authenticate(const Hello& hello) {
  if (!same_secret(hello.token, token_)) {
    return Error{ErrorCode::not_authenticated,
                 "The token is missing, wrong or was used meanwhile: read instance.json again and retry."};
  }
  auto next = random_token();
  if (!next) {
    return next.error();
  }
  // Written before it counts: were the file left with a used token, nobody could connect any more.
  if (const auto published = directory_.publish(*next); !published) {
    return published.error();
  }
  token_ = std::move(*next);
  return {};
}

}  // namespace symphony::ipc
