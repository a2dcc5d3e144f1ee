#pragma once
// Whether the host still answers while everything around it goes wrong: a connected client of its own pings an endpoint
// in this process, through its socket and the bus thread, all the time.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <symphony/ipc/bus.h>
#include <symphony/ipc/client_connection.h>

namespace symphony::chaos {

class Pulse {
 public:
  /// What a ping may take. Far more than it does: this machine has other things to do as well.
  static constexpr std::chrono::milliseconds deadline{5000};

  /// Registers the endpoint "heart" and connects. The bus must outlive it.
  explicit Pulse(ipc::Bus& bus);
  ~Pulse();
  Pulse(const Pulse&) = delete;
  Pulse& operator=(const Pulse&) = delete;

  /// Ends it. A sentence for each thing that was not as it should be.
  std::vector<std::string> stop();
  std::uint64_t beats() const noexcept { return beats_; }
  std::chrono::microseconds longest() const noexcept { return std::chrono::microseconds(longest_us_); }
  /// The most memory this process had at any beat.
  std::size_t most_memory() const noexcept { return most_memory_; }

 private:
  void beat();
  void felt(std::chrono::steady_clock::time_point asked, const ipc::Result<ipc::Payload>& outcome);

  ipc::Bus& bus_;
  std::unique_ptr<ipc::ClientConnection> client_;
  std::jthread thread_;
  std::atomic<bool> stopping_{false};
  std::atomic<std::uint64_t> beats_{0};
  std::atomic<std::int64_t> longest_us_{0};
  std::atomic<std::size_t> most_memory_{0};
  std::vector<std::string> failures_;  // of the thread, until it is joined
};

}  // namespace symphony::chaos
