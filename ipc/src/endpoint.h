#pragma once
// An address on the bus and what it counts.

#include <atomic>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include <symphony/ipc/bus.h>
#include <symphony/ipc/stream.h>

#include "instance_group.h"

namespace symphony::ipc {

/// What one instance, or all of one version, answered.
struct TrafficCounters {
  std::atomic<std::uint64_t> requests{0};
  std::atomic<std::uint64_t> answers{0};
  std::atomic<std::uint64_t> errors{0};
  LatencyHistogram latency;

  void count(bool succeeded, std::int64_t took_us) noexcept {
    (succeeded ? answers : errors).fetch_add(1, std::memory_order_relaxed);
    latency.record(took_us);
  }
};

struct EndpointCounters {
  std::atomic<std::uint64_t> requests{0};
  std::atomic<std::uint64_t> answers{0};
  std::atomic<std::uint64_t> errors{0};
  std::atomic<std::uint64_t> notifications{0};
  std::atomic<std::uint64_t> cancelled{0};
  std::atomic<std::uint64_t> deadlines{0};
  std::atomic<std::uint64_t> refused{0};
  std::atomic<std::uint64_t> received{0};  // messages its processes sent, of any kind
  std::atomic<std::uint64_t> bytes_in{0};
  std::atomic<std::uint64_t> bytes_out{0};
  std::atomic<std::uint64_t> pending{0};
  std::atomic<std::uint64_t> read_pauses{0};  // of connections that are gone
  LatencyHistogram latency;
  ErrorCounters errors_by_code;
};

struct Endpoint {
  enum class Kind : std::uint8_t { in_process, process, outside };

  Endpoint(std::string name, Kind what) : id(std::move(name)), kind(what) {}

  const std::string id;
  const Kind kind;
  Handler handler;  // only in_process
  /// What its methods take; null when the handler checks that itself. Only in_process.
  std::shared_ptr<const Interface> interface;
  EndpointCounters counters;
  /// Who takes streams here; null: nobody. Only in_process.
  std::shared_ptr<const StreamHandler> stream_handler() const;
  void set_stream_handler(StreamHandler handler);

  /// The connections of a process or outside program.
  InstanceGroup group;

  /// What the instances of `version` share; it outlives them. Past limits::versions_per_endpoint the oldest is dropped.
  std::shared_ptr<TrafficCounters> of_version(const std::string& version);

  EndpointStatistics statistics() const;
  /// Whether the handler may see it; counted as refused when not.
  Result<void> admit(Incoming& incoming);
  /// Refuses further calls of the handler and waits for the running ones that are not on this thread's own stack.
  void retire();

 private:
  friend class HandlerCall;
  mutable std::mutex mutex_;
  std::vector<std::pair<std::string, std::shared_ptr<TrafficCounters>>> versions_;
  std::shared_ptr<const StreamHandler> stream_handler_;
  std::atomic<std::uint32_t> running_{0};
  std::atomic<bool> retired_{false};
};

/// Marks that this thread is inside an endpoint's handler.
class HandlerCall {
 public:
  explicit HandlerCall(Endpoint& endpoint);
  ~HandlerCall();
  HandlerCall(const HandlerCall&) = delete;
  HandlerCall& operator=(const HandlerCall&) = delete;

  /// False: the endpoint was unregistered meanwhile; the handler must not be called.
  bool allowed() const noexcept { return allowed_; }
  static std::uint32_t depth_in(const Endpoint& endpoint) noexcept;

 private:
  Endpoint& endpoint_;
  const HandlerCall* outer_;
  bool allowed_;
};

/// Thread-safe.
class EndpointTable {
 public:
  std::shared_ptr<Endpoint> find(std::string_view id) const;
  /// Null when the id is taken.
  std::shared_ptr<Endpoint> add(std::string_view id, Endpoint::Kind kind, Handler handler,
                                std::shared_ptr<const Interface> interface = nullptr);
  /// Takes it out; null when it is not there. With `only`, only when it is that one.
  std::shared_ptr<Endpoint> remove(std::string_view id, const Endpoint* only = nullptr);
  std::vector<std::shared_ptr<Endpoint>> all() const;
  /// Changes whenever one comes or goes; never 0.
  std::uint64_t generation() const noexcept { return generation_.load(); }

 private:
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>()(text); }
  };

  mutable std::shared_mutex mutex_;
  boost::unordered_flat_map<std::string, std::shared_ptr<Endpoint>, TextHash, std::equal_to<>> by_id_;
  std::atomic<std::uint64_t> generation_{1};
};

}  // namespace symphony::ipc
