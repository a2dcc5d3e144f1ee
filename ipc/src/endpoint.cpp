#include "endpoint.h"

#include <algorithm>

#include <symphony/ipc/interface.h>
#include <symphony/ipc/limits.h>

#include "peer.h"

namespace symphony::ipc {
namespace {

/// The innermost handler call of this thread, linked to the outer ones.
thread_local const HandlerCall* innermost = nullptr;

}  // namespace

HandlerCall::HandlerCall(Endpoint& endpoint) : endpoint_(endpoint), outer_(innermost) {
  endpoint_.running_.fetch_add(1);
  allowed_ = !endpoint_.retired_.load();
  innermost = this;
}

HandlerCall::~HandlerCall() {
  innermost = outer_;
  endpoint_.running_.fetch_sub(1);
  if (endpoint_.retired_.load()) {
    endpoint_.running_.notify_all();
  }
}

std::uint32_t HandlerCall::depth_in(const Endpoint& endpoint) noexcept {
  std::uint32_t depth = 0;
  for (const HandlerCall* call = innermost; call != nullptr; call = call->outer_) {
    depth += &call->endpoint_ == &endpoint ? 1U : 0U;
  }
  return depth;
}

void Endpoint::retire() {
  retired_.store(true);
  const std::uint32_t own = HandlerCall::depth_in(*this);
  for (std::uint32_t running = running_.load(); running > own; running = running_.load()) {
    running_.wait(running);
  }
}

EndpointStatistics Endpoint::statistics() const {
  EndpointStatistics shown;
  shown.id = id;
  shown.requests = counters.requests;
  shown.answers = counters.answers;
  shown.errors = counters.errors;
  shown.notifications = counters.notifications;
  shown.cancelled = counters.cancelled;
  shown.deadlines = counters.deadlines;
  shown.refused = counters.refused;
  shown.bytes_in = counters.bytes_in;
  shown.bytes_out = counters.bytes_out;
  shown.read_pauses = counters.read_pauses;
  shown.pending = counters.pending;
  shown.latency = counters.latency.snapshot();
  shown.errors_by_code = counters.errors_by_code.snapshot();
  if (kind == Kind::in_process) {
    shown.kind = "in_process";
    shown.state = "ready";
    return shown;
  }
  shown.kind = kind == Kind::process ? "process" : "outside";
  shown.state = group.held() ? "waiting" : "closed";
  shown.parked = group.parked();
  for (const auto& peer : group.all()) {
    if (shown.state != "ready") {
      shown.state = peer->ready() ? "ready" : "connecting";
    }
    shown.queued_bytes += peer->queued_bytes();
    shown.queued_frames += peer->queued_frames();
    shown.read_pauses += peer->read_pauses();
    shown.bytes_out += peer->sent_bytes();
    shown.instances.push_back(peer->statistics());
  }
  const std::lock_guard lock(mutex_);
  for (const auto& [version, traffic] : versions_) {
    shown.versions.push_back(
        {version, traffic->requests, traffic->answers, traffic->errors, traffic->latency.snapshot()});
  }
  return shown;
}

std::shared_ptr<const StreamHandler> Endpoint::stream_handler() const {
  const std::lock_guard lock(mutex_);
  return stream_handler_;
}

void Endpoint::set_stream_handler(StreamHandler handler) {
  auto given = handler ? std::make_shared<const StreamHandler>(std::move(handler)) : nullptr;
  const std::lock_guard lock(mutex_);
  stream_handler_ = std::move(given);
}

Result<void> Endpoint::admit(Incoming& incoming) {
  if (!interface) {
    return {};
  }
  auto body = interface->check_params(incoming.method, std::move(incoming.body));
  if (!body) {
    counters.refused.fetch_add(1, std::memory_order_relaxed);
    return body.error();
  }
  incoming.body = std::move(*body);
  return {};
}

std::shared_ptr<TrafficCounters> Endpoint::of_version(const std::string& version) {
  const std::lock_guard lock(mutex_);
  for (const auto& [known, traffic] : versions_) {
    if (known == version) {
      return traffic;
    }
  }
  if (versions_.size() >= limits::versions_per_endpoint) {
    versions_.erase(versions_.begin());
  }
  return versions_.emplace_back(version, std::make_shared<TrafficCounters>()).second;
}

std::shared_ptr<Endpoint> EndpointTable::find(std::string_view id) const {
  const std::shared_lock lock(mutex_);
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : found->second;
}

std::shared_ptr<Endpoint> EndpointTable::add(std::string_view id, Endpoint::Kind kind, Handler handler,
                                             std::shared_ptr<const Interface> interface) {
  auto endpoint = std::make_shared<Endpoint>(std::string(id), kind);
  endpoint->handler = std::move(handler);
  endpoint->interface = std::move(interface);
  const std::unique_lock lock(mutex_);
  ++generation_;
  return by_id_.emplace(endpoint->id, endpoint).second ? endpoint : nullptr;
}

std::shared_ptr<Endpoint> EndpointTable::remove(std::string_view id, const Endpoint* only) {
  const std::unique_lock lock(mutex_);
  const auto found = by_id_.find(id);
  if (found == by_id_.end() || (only != nullptr && found->second.get() != only)) {
    return nullptr;
  }
  ++generation_;
  std::shared_ptr<Endpoint> removed = std::move(found->second);
  by_id_.erase(found);
  return removed;
}

std::vector<std::shared_ptr<Endpoint>> EndpointTable::all() const {
  std::vector<std::shared_ptr<Endpoint>> found;
  {
    const std::shared_lock lock(mutex_);
    for (const auto& [id, endpoint] : by_id_) {
      found.push_back(endpoint);
    }
  }
  std::sort(found.begin(), found.end(), [](const auto& left, const auto& right) { return left->id < right->id; });
  return found;
}

}  // namespace symphony::ipc
