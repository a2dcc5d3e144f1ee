#include <symphony/ipc/host_service.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <set>
#include <utility>

#include <symphony/ipc/limits.h>
#include <symphony/ipc/metrics_text.h>

#include "log_allowance.h"

namespace symphony::ipc {
namespace {

using nlohmann::json;

constexpr const char* own_endpoint = "host";
constexpr LogLevel level_at_first = LogLevel::info;
constexpr std::int64_t seconds_at_first = 60;

std::string text_of(const json& params, const char* key) {
  const auto found = params.is_object() ? params.find(key) : params.end();
  return params.is_object() && found != params.end() && found->is_string() ? found->get<std::string>() : std::string();
}

/// `absent` when it is missing; nothing when it is no integer within the bounds.
std::optional<std::uint64_t> number_of(const json& params, const char* key, std::uint64_t lowest, std::uint64_t highest,
                                       std::uint64_t absent) {
  const auto found = params.find(key);
  if (found == params.end()) {
    return absent;
  }
  // A number of this process may be signed and still not negative.
  if (!found->is_number_integer() || (!found->is_number_unsigned() && found->get<std::int64_t>() < 0)) {
    return std::nullopt;
  }
  const auto value = found->get<std::uint64_t>();
  return value >= lowest && value <= highest ? std::optional(value) : std::nullopt;
}

Result<LogLevel> level_of(const json& params) {
  if (const auto level = log_level_from(text_of(params, "level"))) {
    return *level;
  }
  return invalid_params("The level is debug, info, warning or error.", "/level");
}

}  // namespace

struct HostService::State : std::enable_shared_from_this<HostService::State> {
  explicit State(Bus& on, std::string version) : bus(on), host_version(std::move(version)) {}

  struct Component {
    LogLevel level = level_at_first;
    LogAllowance allowance;
    std::map<LogLevel, std::uint64_t> written;
    std::uint64_t dropped = 0;
    std::uint64_t dropped_unsaid = 0;
  };

  Bus& bus;
  const std::string host_version;
  std::unique_ptr<LogBook> book;

  mutable std::mutex mutex;
  std::map<std::string, Component, std::less<>> components;

  /// Null when there are too many.
  Component* component(const std::string& name) {
    const auto found = components.find(name);
    if (found != components.end()) {
      return &found->second;
    }
    return components.size() < limits::log_components ? &components[name] : nullptr;
  }

  void log(LogEntry entry);
  Result<void> set_level(const std::string& name, LogLevel level);
  void tell(const std::string& endpoint, const std::string& instance, LogLevel level) const;
  void became_ready(const std::string& endpoint, const std::string& instance) const;
  json metrics() const;
  Result<Payload> trace(const json& params) const;
  json levels() const;
  Result<Payload> answer(const std::string& method, const std::string& source, const json& params);
};

void HostService::State::log(LogEntry entry) {
  const std::lock_guard lock(mutex);
  Component* const from = component(entry.component);
  if (from == nullptr || entry.level < from->level) {
    return;
  }
  if (!from->allowance.take(LogAllowance::Clock::now())) {
    ++from->dropped;
    ++from->dropped_unsaid;
    return;
  }
  if (from->dropped_unsaid > 0 && book) {
    LogEntry said;
    said.level = LogLevel::warning;
    said.component = entry.component;
    said.message = "messages were dropped: the component logs too much";
    said.fields = {{"dropped", from->dropped_unsaid}};
    if (book->write(std::move(said))) {
      from->dropped_unsaid = 0;
    }
  }
  const LogLevel level = entry.level;
  if (book && !book->write(std::move(entry))) {
    ++from->dropped;
    ++from->dropped_unsaid;
    return;
  }
  ++from->written[level];
}

Result<void> HostService::State::set_level(const std::string& name, LogLevel level) {
  const BusStatistics statistics = bus.statistics();
  const auto endpoint = std::find_if(statistics.endpoints.begin(), statistics.endpoints.end(),
                                     [&](const EndpointStatistics& each) { return each.id == name; });
  if (endpoint == statistics.endpoints.end() || endpoint->kind == "outside") {
    return Error{ErrorCode::not_found, "There is no component \"" + name + "\".", {{"path", "/component"}}};
  }
  {
    const std::lock_guard lock(mutex);
    Component* const known = component(name);
    if (known == nullptr) {
      return Error{ErrorCode::overloaded, "There are too many components.", {{"limit", limits::log_components}}};
    }
    known->level = level;
  }
  if (endpoint->kind == "in_process") {
    tell(name, "", level);
    return {};
  }
  for (const InstanceStatistics& instance : endpoint->instances) {
    tell(name, instance.instance, level);
  }
  return {};
}

void HostService::State::tell(const std::string& endpoint, const std::string& instance, LogLevel level) const {
  SendOptions options;
  options.instance = instance;
  bus.notify(own_endpoint, {endpoint, "contract.log_level", json{{"level", name_of(level)}}}, options);
}

void HostService::State::became_ready(const std::string& endpoint, const std::string& instance) const {
  LogLevel level = level_at_first;
  {
    const std::lock_guard lock(mutex);
    const auto found = components.find(endpoint);
    if (found == components.end() || found->second.level == level_at_first) {
      return;
    }
    level = found->second.level;
  }
  tell(endpoint, instance, level);
}

json HostService::State::metrics() const {
  HostFigures host;
  host.version = host_version;
  {
    const std::lock_guard lock(mutex);
    for (const auto& [name, each] : components) {
      for (const auto& [level, count] : each.written) {
        host.log_messages.emplace(std::pair(name, std::string(name_of(level))), count);
      }
      if (each.dropped > 0) {
        host.log_dropped.emplace(name, each.dropped);
      }
    }
  }
  return {{"content_type", metrics_content_type}, {"text", metrics_text(bus.statistics(), host)}};
}

Result<Payload> HostService::State::trace(const json& params) const {
  const auto seconds = number_of(params, "seconds", 1, limits::trace_seconds, seconds_at_first);
  if (!seconds) {
    return invalid_params("seconds is an integer from 1 to " + std::to_string(limits::trace_seconds) + ".", "/seconds");
  }
  const auto after = number_of(params, "after", 0, std::numeric_limits<std::uint64_t>::max(), 0);
  if (!after) {
    return invalid_params("after is what the answer before said as next.", "/after");
  }
  const std::int64_t since_us = monotonic_us() - static_cast<std::int64_t>(*seconds) * 1'000'000;
  const SpanPage page = bus.spans().page(*after, since_us, limits::spans_per_answer);
  json spans = json::array();
  for (const Span& span : page.spans) {
    spans.push_back(span.to_json());
  }
  return Payload(json{{"spans", std::move(spans)}, {"next", page.next}, {"more", page.more}});
}

json HostService::State::levels() const {
  json shown = json::object();
  const BusStatistics statistics = bus.statistics();
  const std::lock_guard lock(mutex);
  for (const EndpointStatistics& endpoint : statistics.endpoints) {
    if (endpoint.kind != "outside") {
      const auto found = components.find(endpoint.id);
      shown[endpoint.id] = name_of(found == components.end() ? level_at_first : found->second.level);
    }
  }
  return {{"directory", book ? json(book->directory().string()) : json(nullptr)}, {"components", std::move(shown)}};
}

Result<Payload> HostService::State::answer(const std::string& method, const std::string& source, const json& params) {
  if (!params.is_object()) {
    return invalid_params("Parameters are an object.", "");
  }
  if (method == "log.write") {
    const auto level = level_of(params);
    if (!level) {
      return level.error();
    }
    const auto message = params.find("message");
    if (message == params.end() || !message->is_string()) {
      return invalid_params("The message is missing.", "/message");
    }
    LogEntry entry;
    entry.level = *level;
    entry.component = source;
    entry.message = message->get<std::string>().substr(0, limits::log_message_bytes + 4);
    entry.fields = params.value("fields", json());
    log(std::move(entry));
    return Payload(json::object());
  }
  if (method == "metrics.get") {
    return Payload(metrics());
  }
  if (method == "trace.get") {
    return trace(params);
  }
  if (method == "log.levels") {
    return Payload(levels());
  }
  if (method == "log.level") {
    const auto level = level_of(params);
    if (!level) {
      return level.error();
    }
    const std::string name = text_of(params, "component");
    if (const auto set = set_level(name, *level); !set) {
      return set.error();
    }
    return Payload(json{{"component", name}, {"level", name_of(*level)}});
  }
  return Error{ErrorCode::method_not_found, "The host has no method \"" + method + "\"."};
}

Result<std::unique_ptr<HostService>> HostService::create(Bus& bus, HostServiceOptions options) {
  auto state = std::make_shared<State>(bus, std::move(options.host_version));
  if (!options.log_directory.empty()) {
    auto book = LogBook::open(std::move(options.log_directory));
    if (!book) {
      return book.error();
    }
    state->book = std::move(*book);
  }
  const auto registered = bus.register_endpoint(own_endpoint, [state](const Incoming& incoming, Responder responder) {
    if (incoming.body.held_bytes() > limits::log_request_bytes) {
      responder.fail({ErrorCode::payload_too_large,
                      "The host takes small messages only.",
                      {{"limit", limits::log_request_bytes}}});
      return;
    }
    const auto params = incoming.body.document();
    responder.finish(params ? state->answer(incoming.method, incoming.source, *params)
                            : Result<Payload>(params.error()));
  });
  if (!registered) {
    return registered.error();
  }
  bus.on_ready([weak = std::weak_ptr(state)](const std::string& endpoint, const std::string& instance) {
    if (const auto self = weak.lock()) {
      self->became_ready(endpoint, instance);
    }
  });
  return std::unique_ptr<HostService>(new HostService(std::move(state)));
}

HostService::HostService(std::shared_ptr<State> state) : state_(std::move(state)) {}

HostService::~HostService() {
  state_->bus.on_ready(nullptr);
  state_->bus.unregister_endpoint(own_endpoint);
}

void HostService::log(LogEntry entry) { state_->log(std::move(entry)); }

Result<void> HostService::set_log_level(const std::string& component, LogLevel level) {
  return state_->set_level(component, level);
}

LogLevel HostService::log_level(const std::string& component) const {
  const std::lock_guard lock(state_->mutex);
  const auto found = state_->components.find(component);
  return found == state_->components.end() ? level_at_first : found->second.level;
}

}  // namespace symphony::ipc
