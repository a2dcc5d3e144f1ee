#include <symphony/pit/pit.h>

#include <symphony/ipc/interface.h>
#include <future>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "artifact_store/artifact_store.h"
#include "worker_pool.h"

namespace symphony::pit {

namespace {

using ipc::LatencyHistogram;

/// One per method that exists; the names come from callers, so there is a limit.
class MethodHistograms {
 public:
  static constexpr std::size_t most_methods = 64;

  void record(const std::string& method, std::int64_t microseconds) {
    LatencyHistogram* histogram = nullptr;
    {
      const std::scoped_lock lock(mutex_);
      auto found = histograms_.find(method);
      if (found == histograms_.end()) {
        if (histograms_.size() == most_methods) return;
        found = histograms_.try_emplace(method).first;
      }
      histogram = &found->second;
    }
    histogram->record(microseconds);
  }

  nlohmann::json to_json() const {
    nlohmann::json methods = nlohmann::json::object();
    const std::scoped_lock lock(mutex_);
    for (const auto& [name, histogram] : histograms_)
      methods[name] = histogram.to_json();
    return methods;
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, LatencyHistogram> histograms_;  // nodes never move
};

struct Host {
  Host(ipc::Bus& on, std::unique_ptr<Module> hosted) : bus(on), module(std::move(hosted)) {}

  /// The border: nothing thrown passes it.
  Result<nlohmann::json> answer(const ipc::Incoming& incoming, const std::stop_token& stop) noexcept {
    try {
      const std::int64_t begun = ipc::monotonic_us();
      Result<nlohmann::json> result = call(incoming, stop);
      const bool unknown = result.has_error() && result.error().code == ErrorCode::method_not_found;
      const std::int64_t ended = ipc::monotonic_us();
      if (!unknown) histograms.record(incoming.method, ended - begun);
      if (incoming.trace) {
        bus.spans().record({"symphony", std::string(module->id()) + " " + incoming.method, incoming.trace->child(),
                            incoming.trace->span_id, begun, ended, "Pit"});
      }
      return result;
    } catch (const std::exception& error) {
      return Error{ErrorCode::internal_error, std::string("The module failed: ") + error.what(), nullptr};
    } catch (...) {
      return Error{ErrorCode::internal_error, "The module failed.", nullptr};
    }
  }

  ipc::Bus& bus;
  const std::unique_ptr<Module> module;
  MethodHistograms histograms;

 private:
  Result<nlohmann::json> call(const ipc::Incoming& incoming, const std::stop_token& stop) {
    if (stop.stop_requested()) return Error{ErrorCode::cancelled, "The request was cancelled.", nullptr};
    if (const nlohmann::json* held = incoming.body.document_if_held())
      return module->handle_message({incoming.method, *held, stop});
    const Result<nlohmann::json> document = incoming.body.document();
    if (document.has_error()) return document.error();
    return module->handle_message({incoming.method, *document, stop});
  }
};

ipc::Result<ipc::Payload> to_payload(Result<nlohmann::json> result) {
  if (result.has_error()) return result.error();
  return ipc::Payload(std::move(*result));
}

}  // namespace

struct Pit::State {
  State(ipc::Bus& on, unsigned threads) : bus(on), pool(threads) {}

  /// Nobody comes in any more, so the rest needs no bus.
  void unregister() {
    for (auto host = hosts.rbegin(); host != hosts.rend(); ++host)
      bus.unregister_endpoint((*host)->module->id());
  }

  ~State() {
    pool.stop();
    for (auto host = hosts.rbegin(); host != hosts.rend(); ++host)
      (*host)->module->shutdown();
  }

  void receive(const std::shared_ptr<Host>& host, ipc::Incoming incoming, ipc::Responder responder) {
    if (host->module->execution(incoming.method) == Execution::inline_call) {
      responder.finish(to_payload(host->answer(incoming, incoming.stop)));
      return;
    }
    // std::function must be copyable, a responder is not.
    struct Work {
      ipc::Incoming incoming;
      ipc::Responder responder;
    };
    auto work = std::make_shared<Work>(Work{std::move(incoming), std::move(responder)});
    WorkerPool::Task task = [host, work](const std::stop_token& closing) {
      std::stop_source unwanted;
      const auto stop = [&unwanted] { unwanted.request_stop(); };
      const std::stop_callback cancelled(work->incoming.stop, stop);
      const std::stop_callback closed(closing, stop);
      work->responder.finish(to_payload(host->answer(work->incoming, unwanted.get_token())));
    };
    if (!pool.submit(task)) {
      work->responder.fail({ErrorCode::overloaded,
                            "Too many requests wait for the Pit; nothing was done.",
                            {{"limit", WorkerPool::longest_queue}}});
    }
  }

  Result<void> host(std::unique_ptr<Module> module, const nlohmann::json& config) {
    if (auto ready = module->init(config); ready.has_error()) return ready.error();
    auto host = std::make_shared<Host>(bus, std::move(module));
    auto registered = bus.register_endpoint(
        std::string(host->module->id()),
        [this, host](ipc::Incoming incoming, ipc::Responder responder) {
          receive(host, std::move(incoming), std::move(responder));
        },
        ipc::Interface::built_in(host->module->id()));
    if (registered.has_error()) {
      host->module->shutdown();
      return registered.error();
    }
    hosts.push_back(std::move(host));
    return {};
  }

  ipc::Bus& bus;
  WorkerPool pool;
  std::vector<std::shared_ptr<Host>> hosts;
};

Pit::Pit(std::unique_ptr<State> state) : state_(std::move(state)) {}
Pit::~Pit() { close(); }

namespace {

/// Threads that wait for a disk which does not answer. Never destroyed: that would join them.
void leave_behind(std::jthread thread) {
  static std::mutex& mutex = *new std::mutex;
  static std::vector<std::jthread>& left = *new std::vector<std::jthread>;
  const std::scoped_lock lock(mutex);
  left.push_back(std::move(thread));
}

}  // namespace

bool Pit::close(std::chrono::milliseconds patience) noexcept {
  if (!state_) return true;
  try {
    state_->unregister();
    std::promise<void> closed;
    const std::future<void> end = closed.get_future();
    std::jthread closer([state = std::move(state_), closed = std::move(closed)]() mutable {
      state.reset();
      closed.set_value();
    });
    if (end.wait_for(patience) == std::future_status::ready) return true;
    leave_behind(std::move(closer));
    return false;
  } catch (const std::exception&) {
    state_.reset();  // no thread to wait with
    return true;
  }
}

Result<std::unique_ptr<Pit>> Pit::open(ipc::Bus& bus, PitOptions options) {
  try {
    auto state = std::make_unique<State>(bus, options.pool_threads);
    const nlohmann::json config = {{"data_directory", options.data_directory.string()}};
    std::unique_ptr<Pit> pit(new Pit(std::move(state)));
    if (auto hosted = pit->state_->host(std::make_unique<ArtifactStore>(), config); hosted.has_error())
      return hosted.error();
    return pit;
  } catch (const std::exception& error) {
    return Error{ErrorCode::internal_error, std::string("The Pit could not start: ") + error.what(), nullptr};
  }
}

nlohmann::json Pit::status() const {
  nlohmann::json modules = nlohmann::json::array();
  for (const auto& host : state_->hosts) {
    const Result<nlohmann::json> state = host->module->handle_message({"index.status", nlohmann::json::object(), {}});
    const bool healthy = state.has_value() && (*state)["error"].is_null();
    modules.push_back({{"id", host->module->id()},
                       {"health", healthy ? "healthy" : "degraded"},
                       {"methods", host->histograms.to_json()}});
  }
  return {{"modules", std::move(modules)}};
}

}  // namespace symphony::pit
