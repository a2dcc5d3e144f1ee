#include "pulse.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>

#include "census.h"

namespace symphony::chaos {
namespace {

constexpr const char* heart = "heart";
constexpr const char* pulse = "pulse";
constexpr std::chrono::milliseconds pause{3};
constexpr std::size_t failures_kept = 5;

}  // namespace

Pulse::Pulse(ipc::Bus& bus) : bus_(bus) {
  bus_.register_endpoint(heart,
                         [](const ipc::Incoming& incoming, ipc::Responder responder) {
                           responder.answer(nlohmann::json{{"heard", incoming.method}});
                         })
      .value();
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    failures_.emplace_back("there is no socket for the pulse");
    return;
  }
  ipc::PeerOptions options;
  options.endpoint = pulse;
  options.grants = {std::string(heart) + ":*"};
  bus_.attach(ends[0], std::move(options)).value();
  client_ = std::move(ipc::ClientConnection::open(ends[1], {pulse, "1", ""}).value());
  thread_ = std::jthread([this] {
    beat();
    if (const auto ended = client_->run(); !ended) {
      failures_.push_back("the pulse's connection ended: " + ended.error().message);
    }
  });
}

Pulse::~Pulse() { stop(); }

void Pulse::beat() {
  ipc::SendOptions options;
  options.deadline = deadline;
  client_->send_request({heart, "beat", nlohmann::json::object()}, options,
                        [this, asked = std::chrono::steady_clock::now()](const ipc::Result<ipc::Payload>& outcome) {
                          felt(asked, outcome);
                        });
}

void Pulse::felt(std::chrono::steady_clock::time_point asked, const ipc::Result<ipc::Payload>& outcome) {
  if (stopping_) {
    return;  // nobody waits for the last one
  }
  const auto took =
      std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - asked).count();
  ++beats_;
  longest_us_ = std::max<std::int64_t>(longest_us_, took);
  most_memory_ = std::max<std::size_t>(most_memory_, resident_bytes());
  if (!outcome && failures_.size() < failures_kept) {
    failures_.push_back("a ping of the host failed after " + std::to_string(took) + " µs: " + outcome.error().message);
    return;  // the connection may be at its end
  }
  client_->post(pause, [this] { beat(); });
}

std::vector<std::string> Pulse::stop() {
  if (!thread_.joinable()) {
    return failures_;
  }
  stopping_ = true;
  client_->stop();
  thread_.join();
  if (beats_ == 0) {
    failures_.emplace_back("the host was not pinged once");
  }
  client_.reset();
  bus_.disconnect(pulse, {ipc::ErrorCode::peer_disconnected, "The pulse has ended."});
  bus_.unregister_endpoint(heart);
  return failures_;
}

}  // namespace symphony::chaos
