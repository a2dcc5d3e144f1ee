#pragma once
// The processes behind one endpoint: which of them gets the next message, and what waits while none may.

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <symphony/ipc/bus.h>

#include "message_view.h"

namespace symphony::ipc {

class Peer;
struct Call;

/// A message that waits for an instance; `call` is null for a notification.
struct Parked {
  StoredMessage message;
  std::shared_ptr<Call> call;
};

/// Thread-safe.
class InstanceGroup {
 public:
  /// The right to write to one instance. While one is out, hold() waits and the instance is not drained.
  class Ticket {
   public:
    Ticket(InstanceGroup& group, std::shared_ptr<Peer> peer);
    Ticket(Ticket&& other) noexcept;
    Ticket& operator=(Ticket&&) = delete;
    Ticket(const Ticket&) = delete;
    Ticket& operator=(const Ticket&) = delete;
    ~Ticket();
    const std::shared_ptr<Peer>& peer() const noexcept { return peer_; }

   private:
    InstanceGroup& group_;
    std::shared_ptr<Peer> peer_;
  };
  enum class Refusal : std::uint8_t { held, none };
  struct Admission {
    std::optional<Ticket> ticket;
    Refusal refusal = Refusal::none;
  };

  /// False: an instance of that name is connected.
  bool add(std::shared_ptr<Peer> peer);
  void remove(const Peer& peer);
  std::shared_ptr<Peer> find(std::string_view instance) const;
  std::vector<std::shared_ptr<Peer>> all() const;
  bool has_ready() const;

  void set_options(GroupOptions options);
  bool set_weight(std::string_view instance, std::uint32_t weight);
  /// What `source` sends goes to `instance` while that one is connected, whatever its weight; empty: as for others.
  void pin(std::string_view source, std::string_view instance);

  /// The instance for a message from `source`; with `instance` that one, also past a hold.
  Admission admit(std::string_view source, std::string_view instance);
  /// The same for what was parked: past a hold.
  Admission admit_parked(std::string_view source);

  /// When it returns, nobody writes any more but to an instance it names, and what comes is parked.
  void hold();
  /// Begins the end of a hold: what is parked goes first, through next_parked().
  void begin_resume();
  /// The oldest that is parked. Nothing: all are gone and the hold is over, or there is a new one.
  std::optional<Parked> next_parked();
  enum class ParkResult : std::uint8_t { parked, full, not_held };
  ParkResult park(Parked message);
  /// Called by whoever parks a message where none waited; at once when some wait already. Null ends it.
  void on_parked(std::shared_ptr<const std::function<void()>> listener);
  std::size_t parked() const;
  /// Messages wait, or would.
  bool held() const;

  /// Waits for the next instance that is ready: a request whose process died.
  void wait_for_instance(Parked message);
  std::vector<Parked> take_waiting();
  void clear();

 private:
  struct Member {
    std::shared_ptr<Peer> peer;
    std::uint64_t name_hash = 0;
    std::int64_t credit = 0;  // of the weighted turn
  };

  ParkResult park_locked(Parked message);
  Member* choose(std::string_view source);
  Member* pinned_to(std::string_view source);
  Member* least_outstanding();
  Member* next_weighted();
  Member* stuck_to(std::string_view source);
  Ticket ticket(const Member& member);

  mutable std::mutex mutex_;
  GroupOptions options_;
  std::vector<Member> members_;
  std::size_t turn_ = 0;
  std::vector<std::pair<std::string, std::string>> pins_;  // source, instance
  bool held_ = false;
  bool resuming_ = false;
  std::deque<Parked> parked_;
  std::size_t parked_bytes_ = 0;
  std::shared_ptr<const std::function<void()>> parked_listener_;
  std::vector<Parked> waiting_;
  std::atomic<std::uint32_t> writing_{0};
};

}  // namespace symphony::ipc
