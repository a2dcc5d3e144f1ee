#include <symphony/pit/pit.h>

#include <fcntl.h>
#include <symphony/descriptor/descriptor.h>
#include <symphony/ipc/interface.h>
#include <sys/file.h>
#include <condition_variable>
#include <future>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "built_in.h"
#include "hosted_module.h"
#include "remote/plugin_module.h"
#include "remote/process_module.h"
#include "worker_pool.h"

namespace symphony::pit {

namespace {

ipc::Result<ipc::Payload> to_payload(Result<nlohmann::json> result) {
  if (result.has_error()) return result.error();
  return ipc::Payload(std::move(*result));
}

/// The directory of the snapshots belongs to one program at a time; a second one works in memory.
Descriptor lock_directory(const std::filesystem::path& directory) {
  std::error_code ignored;
  std::filesystem::create_directories(directory, ignored);
  constexpr mode_t only_the_user = 0600;
  Descriptor lock(::open((directory / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, only_the_user));
  if (lock && ::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) return {};
  return lock;
}

}  // namespace

struct Pit::State {
  State(ipc::Bus& on, PitOptions asked)
      : bus(on),
        options(std::move(asked)),
        snapshots(options.data_directory / "pit"),
        directory_lock(lock_directory(snapshots)),
        pool(options.pool_threads) {}

  /// Nobody comes in any more, so the rest needs no bus.
  void unregister() {
    bus.on_gone(nullptr);
    for (auto host = hosts.rbegin(); host != hosts.rend(); ++host)
      bus.unregister_endpoint((*host)->id());
  }

  ~State() {
    saver = {};
    pool.stop();
    save();
    for (auto host = hosts.rbegin(); host != hosts.rend(); ++host)
      (*host)->shutdown();
  }

  void receive(const std::shared_ptr<HostedModule>& host, ipc::Incoming incoming, ipc::Responder responder) {
    if (host->execution(incoming.method) == Execution::inline_call) {
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

  Result<void> host(std::unique_ptr<Module> module) {
    const auto host = std::make_shared<HostedModule>(bus, std::move(module));
    const auto configured = options.configuration.find(std::string(host->id()));
    nlohmann::json config = configured != options.configuration.end() ? configured->second : nlohmann::json::object();
    config["data_directory"] = options.data_directory.string();
    if (auto started = host->start(config, directory_lock ? snapshots : std::filesystem::path()); started.has_error())
      return started.error();
    auto registered = bus.register_endpoint(
        std::string(host->id()),
        [this, host](ipc::Incoming incoming, ipc::Responder responder) {
          receive(host, std::move(incoming), std::move(responder));
        },
        ipc::Interface::built_in(host->id()));
    if (registered.has_error()) {
      host->shutdown();
      return registered.error();
    }
    hosts.push_back(host);
    return {};
  }

  /// A module from elsewhere in place of the built-in one with its id, or why not.
  void take_in(Result<std::unique_ptr<Module>> loaded, const std::string& from,
               std::vector<std::unique_ptr<Module>>& modules) {
    if (loaded.has_value()) {
      for (auto& module : modules) {
        if (module->id() != (*loaded)->id()) continue;
        elsewhere[std::string(module->id())] = from;
        module = std::move(*loaded);
        return;
      }
      loaded = Error{ErrorCode::not_found,
                     "There is no module \"" + std::string((*loaded)->id()) + "\" that it could take the place of.",
                     nullptr};
    }
    refuse(from, loaded.error());
  }

  void refuse(const std::string& from, Error error) {
    error.message += " It is not used; the built-in module works.";
    refused.push_back({{"from", from}, {"error", error.to_json()}});
  }

  void save() noexcept {
    for (const auto& host : hosts)
      host->save();
  }

  /// After all modules are there.
  void begin_saving() {
    saver = std::jthread([this](const std::stop_token& stop) {
      std::mutex mutex;
      std::condition_variable_any wake;
      std::unique_lock lock(mutex);
      while (!wake.wait_for(lock, stop, options.snapshot_interval, [&] { return stop.stop_requested(); }))
        save();
    });
  }

  /// What a process held is taken back as soon as the bus knows that it is gone.
  void watch_holders() {
    std::vector<std::pair<std::string, std::string>> told;
    for (const auto& host : hosts) {
      if (const std::string_view method = host->traits().holder_gone; !method.empty())
        told.emplace_back(host->id(), method);
    }
    if (told.empty()) return;
    bus.on_gone([&on = bus, told](const std::string& endpoint, const std::string& instance, bool last) {
      nlohmann::json gone = {{"holder", endpoint}};
      if (!last) gone["instance"] = instance;
      for (const auto& [id, method] : told)
        on.notify(id, {id, method, gone}, {});
    });
  }

  ipc::Bus& bus;
  const PitOptions options;
  const std::filesystem::path snapshots;
  /// Held as long as this program may write there; empty when another one does.
  const Descriptor directory_lock;
  WorkerPool pool;
  std::vector<std::shared_ptr<HostedModule>> hosts;
  /// Where modules come from that are not the built-in ones, by their id.
  std::map<std::string, std::string> elsewhere;
  nlohmann::json refused = nlohmann::json::array();
  std::jthread saver;
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
    std::unique_ptr<Pit> pit(new Pit(std::make_unique<State>(bus, std::move(options))));
    State& state = *pit->state_;
    std::vector<std::unique_ptr<Module>> modules;
    // The store that is asked is known once modules from elsewhere have been taken in; nobody asks before that.
    const auto store = std::make_shared<Module*>(nullptr);
    // On the thread that asks: through the bus it would wait for another of the few.
    const StaleManager::AskStore ask_store = [store](std::string_view method, const nlohmann::json& params) {
      return (*store)->handle_message({method, params});
    };
    modules.reserve(built_in_ids.size());
    for (const std::string_view id : built_in_ids)
      modules.push_back(make_built_in(id, ask_store));
    for (const std::filesystem::path& plugin : state.options.plugins)
      state.take_in(PluginModule::load(plugin), plugin.string(), modules);
    for (const auto& [id, command] : state.options.processes) {
      auto started = ProcessModule::start(bus, command);
      if (started.has_value() && (*started)->id() != id)
        started = Error{ErrorCode::not_found, "The process answers for another module than \"" + id + "\".", nullptr};
      state.take_in(std::move(started), command.empty() ? id : command.front(), modules);
    }
    for (auto& module : modules) {
      const std::string id(module->id());
      const auto host = [&](std::unique_ptr<Module> one) {
        if (id == "artifact_store") *store = one.get();
        return state.host(std::move(one));
      };
      auto hosted = host(std::move(module));
      if (const auto from = state.elsewhere.find(id); hosted.has_error() && from != state.elsewhere.end()) {
        state.refuse(from->second, hosted.error());
        state.elsewhere.erase(from);
        hosted = host(make_built_in(id, ask_store));
      }
      if (hosted.has_error()) return hosted.error();
    }
    state.watch_holders();
    state.begin_saving();
    return pit;
  } catch (const std::exception& error) {
    return Error{ErrorCode::internal_error, std::string("The Pit could not start: ") + error.what(), nullptr};
  }
}

void Pit::save() noexcept { state_->save(); }

nlohmann::json Pit::status() const {
  nlohmann::json modules = nlohmann::json::array();
  for (const auto& host : state_->hosts)
    modules.push_back(host->status());
  return {{"modules", std::move(modules)}, {"elsewhere", state_->elsewhere}, {"refused", state_->refused}};
}

}  // namespace symphony::pit
