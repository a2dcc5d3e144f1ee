// The public face: from any thread to the extensions on the bus thread, and the endpoint "supervisor".

#include <symphony/ipc/supervisor.h>

#include <unistd.h>

#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <cstdio>
#include <map>

#include <symphony/interfaces/supervisor.h>
#include <symphony/ipc/interface.h>
#include <symphony/ipc/limits.h>

#include "child_process.h"
#include "context.h"
#include "extension.h"
#include "telemetry.h"

namespace symphony::ipc {
namespace {

namespace messages = interfaces::supervisor;
using ExtensionPtr = std::shared_ptr<SupervisedExtension>;

/// Shutting down, SIGTERM, SIGKILL; after that only the kernel can keep a process longer (a dead disk or network
/// mount), and nobody can hurry that.
constexpr std::chrono::milliseconds time_to_end_all{200 + 150 + 3000};

Error not_supervised(std::string_view id) {
  return {ErrorCode::not_found, "\"" + std::string(id) + "\" is not supervised.", {{"path", "/id"}}};
}

Result<void> check(const ProcessSpec& spec) {
  if (::access(spec.executable.c_str(), X_OK) != 0) {
    Error error = io_error("The extension cannot be started:", spec.executable.native(), errno);
    error.code = ErrorCode::not_found;
    return error;
  }
  if (spec.instances < 1 || spec.instances > limits::instances_per_extension) {
    return Error{ErrorCode::invalid_params,
                 "An extension has from 1 to " + std::to_string(limits::instances_per_extension) + " processes.",
                 {{"path", "/instances"}}};
  }
  return {};
}

Supervisor::Outcome answer_with(Responder responder) {
  return [responder = std::make_shared<Responder>(std::move(responder))](Result<nlohmann::json> outcome) {
    if (outcome) {
      responder->answer(std::move(*outcome));
    } else {
      responder->fail(outcome.error());
    }
  };
}

}  // namespace

struct Supervisor::State : std::enable_shared_from_this<Supervisor::State> {
  explicit State(std::shared_ptr<SupervisionContext> with) : context(std::move(with)) {}

  const std::shared_ptr<SupervisionContext> context;
  std::map<std::string, ExtensionPtr, std::less<>> extensions;  // guarded by SupervisionContext::mutex

  ExtensionPtr find(std::string_view id) const {
    const std::lock_guard lock(context->mutex);
    const auto found = extensions.find(id);
    return found == extensions.end() ? nullptr : found->second;
  }

  std::vector<ExtensionPtr> all() const {
    std::vector<ExtensionPtr> found;
    const std::lock_guard lock(context->mutex);
    for (const auto& [id, extension] : extensions) {
      found.push_back(extension);
    }
    return found;
  }

  template <class Action>
  Result<void> with(std::string_view id, Action action) {
    const auto extension = find(id);
    if (!extension) {
      return not_supervised(id);
    }
    boost::asio::post(context->bus.context(),
                      [extension, action = std::move(action)]() mutable { action(*extension); });
    return {};
  }

  /// The same for what has an outcome.
  template <class Action>
  void with(std::string_view id, Outcome then, Action action) {
    const auto extension = find(id);
    if (!extension) {
      then(not_supervised(id));
      return;
    }
    boost::asio::post(context->bus.context(),
                      [extension, action = std::move(action), then = std::move(then)]() mutable {
                        action(*extension, std::move(then));
                      });
  }

  std::vector<ProcessStatus> processes() const;
  void received(const Incoming& incoming, Responder responder);
  void received_request(const Incoming& incoming, Responder responder);
  void received_notification(const Incoming& incoming);
};

std::vector<ProcessStatus> Supervisor::State::processes() const {
  std::vector<ProcessStatus> shown;
  for (const ExtensionPtr& extension : all()) {
    ProcessStatus status = extension->status();
    for (InstanceStatus& instance : status.instances) {
      instance.rss_bytes = instance.pid > 0 ? resident_bytes(static_cast<pid_t>(instance.pid)) : 0;
      status.rss_bytes += instance.rss_bytes;
    }
    shown.push_back(std::move(status));
  }
  return shown;
}

void Supervisor::State::received(const Incoming& incoming, Responder responder) {
  if (incoming.is_request) {
    received_request(incoming, std::move(responder));
  } else {
    received_notification(incoming);
  }
}

void Supervisor::State::received_notification(const Incoming& incoming) {
  if (incoming.body.held_bytes() > limits::body_bytes) {
    return;
  }
  auto params = incoming.body.document();
  if (!params) {
    return;
  }
  if (incoming.method == "telemetry.spans") {
    if (auto spans = read_spans(*params, incoming.source)) {
      for (Span& span : *spans) {
        context->bus.spans().record(std::move(span));
      }
    }
  } else if (incoming.method == "contract.save" && incoming.body.held_bytes() <= limits::saved_state_bytes) {
    if (const ExtensionPtr extension = find(incoming.source)) {
      boost::asio::dispatch(context->bus.context(),
                            [extension, instance = incoming.instance, state = std::move((*params)["state"])]() mutable {
                              extension->save(instance, std::move(state));
                            });
    }
  }
}

void Supervisor::State::received_request(const Incoming& incoming, Responder responder) {
  if (incoming.method == "process.list") {
    nlohmann::json list = nlohmann::json::array();
    for (const ProcessStatus& status : processes()) {
      list.push_back(status.to_json());
    }
    responder.answer(nlohmann::json{{"processes", std::move(list)}});
    return;
  }
  const Outcome then = answer_with(std::move(responder));
  if (incoming.method == "process.split") {
    if (const auto asked = read<messages::ProcessSplitParams>(incoming.body)) {
      with(asked->id, then,
           [share = static_cast<std::uint32_t>(asked->share), by_sender = asked->by == "sender"](
               SupervisedExtension& extension, Outcome outcome) {
             extension.split(share, by_sender, std::move(outcome));
           });
    } else {
      then(asked.error());
    }
    return;
  }
  if (incoming.method == "process.choose") {
    if (const auto asked = read<messages::ProcessChooseParams>(incoming.body)) {
      with(asked->id, then, [version = asked->version](SupervisedExtension& extension, Outcome outcome) {
        extension.choose(version, std::move(outcome));
      });
    } else {
      then(asked.error());
    }
    return;
  }
  using Action = void (*)(SupervisedExtension&, const Outcome&);
  const std::map<std::string_view, Action> actions = {
      {"process.start",
       [](SupervisedExtension& extension, const Outcome& outcome) {
         const auto started = extension.activate(true);
         outcome(started ? Result<nlohmann::json>(nlohmann::json::object()) : started.error());
       }},
      {"process.stop",
       [](SupervisedExtension& extension, const Outcome& outcome) {
         extension.stop("stopped");
         outcome(nlohmann::json::object());
       }},
      {"process.restart",
       [](SupervisedExtension& extension, const Outcome& outcome) {
         extension.restart();
         outcome(nlohmann::json::object());
       }},
      {"process.swap", [](SupervisedExtension& extension, const Outcome& outcome) { extension.swap(outcome); }},
  };
  const auto action = actions.find(incoming.method);
  if (action == actions.end()) {
    then(Error{ErrorCode::method_not_found, "The supervisor has no method \"" + incoming.method + "\"."});
  } else if (const auto asked = read<messages::ProcessRestartParams>(incoming.body)) {
    with(asked->id, then, action->second);
  } else {
    then(asked.error());
  }
}

Result<std::unique_ptr<Supervisor>> Supervisor::create(Bus& bus, SupervisorOptions options) {
  if (::access(options.launcher.c_str(), X_OK) != 0) {
    return io_error("The launcher cannot be used:", options.launcher.native(), errno);
  }
  auto recorder = OutputRecorder::create();
  if (!recorder) {
    return recorder.error();
  }
  auto state =
      std::make_shared<State>(std::make_shared<SupervisionContext>(bus, std::move(options), std::move(*recorder)));
  const auto registered = bus.register_endpoint(
      supervisor_endpoint,
      [weak = std::weak_ptr(state)](const Incoming& incoming, Responder responder) {
        if (const auto self = weak.lock()) {
          self->received(incoming, std::move(responder));
        }
      },
      Interface::built_in(supervisor_endpoint));
  if (!registered) {
    return registered.error();
  }
  return std::unique_ptr<Supervisor>(new Supervisor(std::move(state)));
}

Supervisor::Supervisor(std::shared_ptr<State> state) : state_(std::move(state)) {}

Supervisor::~Supervisor() {
  const auto context = state_->context;
  context->bus.unregister_endpoint(supervisor_endpoint);
  {
    const std::lock_guard lock(context->mutex);
    context->closing = true;
    context->listener = nullptr;
  }
  const auto asked = std::make_shared<bool>(false);  // guarded by the mutex
  boost::asio::post(context->bus.context(), [state = state_, asked] {
    for (const ExtensionPtr& extension : state->all()) {
      extension->stop("the host is closing");
    }
    const std::lock_guard lock(state->context->mutex);
    *asked = true;
    state->context->all_ended.notify_all();
  });
  std::unique_lock lock(context->mutex);
  if (context->all_ended.wait_for(lock, time_to_end_all, [&] { return *asked && context->processes == 0; })) {
    lock.unlock();
    // The bus' thread may hold on to all this for a moment longer; the last words are to be read now.
    context->output->flush();
    return;
  }
  lock.unlock();
  for (const ProcessStatus& status : processes()) {
    for (const InstanceStatus& instance : status.instances) {
      if (instance.pid > 0) {
        std::fprintf(stderr, "symphony: \"%s\" (process %lld) was killed and not reaped\n", status.id.c_str(),
                     static_cast<long long>(instance.pid));
      }
    }
  }
}

Result<void> Supervisor::start(ProcessSpec spec) {
  if (auto usable = check(spec); !usable) {
    return usable;
  }
  const std::string id = spec.id;
  if (const auto present = state_->find(id); present && !present->over()) {
    return Error{ErrorCode::invalid_request, "\"" + id + "\" is supervised already."};
  }
  const auto extension = SupervisedExtension::create(state_->context, std::move(spec));
  if (auto prepared = extension->prepare(); !prepared) {
    return prepared;
  }
  {
    const std::lock_guard lock(state_->context->mutex);
    state_->extensions[id] = extension;
  }
  boost::asio::post(state_->context->bus.context(), [extension] { extension->start(); });
  return {};
}

Result<void> Supervisor::stop(std::string_view id) {
  return state_->with(id, [](SupervisedExtension& extension) { extension.stop("stopped"); });
}

Result<void> Supervisor::restart(std::string_view id) {
  return state_->with(id, [](SupervisedExtension& extension) { extension.restart(); });
}

Result<void> Supervisor::renew(std::string_view id) {
  return state_->with(id, [](SupervisedExtension& extension) { extension.renew(); });
}

Result<void> Supervisor::activate(std::string_view id) {
  return state_->with(id, [](SupervisedExtension& extension) { (void)extension.activate(false); });
}

Result<void> Supervisor::set_shown(std::string_view id, bool shown) {
  return state_->with(id, [shown](SupervisedExtension& extension) { extension.set_shown(shown); });
}

Result<void> Supervisor::set_init(std::string_view id, nlohmann::json init) {
  return state_->with(id, [init = std::move(init)](SupervisedExtension& extension) { extension.set_init(init); });
}

Result<void> Supervisor::set_sandbox(std::string_view id, SandboxProfile profile, std::string_view version) {
  return state_->with(id, [profile = std::move(profile), of = std::string(version)](SupervisedExtension& extension) {
    extension.set_sandbox(profile, of);
  });
}

Result<void> Supervisor::offer(ProcessSpec spec) {
  if (auto usable = check(spec); !usable) {
    return usable;
  }
  const std::string id = spec.id;
  return state_->with(
      id, [spec = std::move(spec)](SupervisedExtension& extension) mutable { extension.offer(std::move(spec)); });
}

void Supervisor::swap(std::string_view id, Outcome then) {
  state_->with(id, std::move(then),
               [](SupervisedExtension& extension, const Outcome& outcome) { extension.swap(std::move(outcome)); });
}

void Supervisor::split(std::string_view id, std::uint32_t share, bool sticky, Outcome then) {
  if (share < 1 || share > 99) {
    then(invalid_params("A share is from 1 to 99 of 100.", "/share"));
    return;
  }
  state_->with(id, std::move(then), [share, sticky](SupervisedExtension& extension, Outcome outcome) {
    extension.split(share, sticky, std::move(outcome));
  });
}

void Supervisor::choose(std::string_view id, std::string_view version, Outcome then) {
  state_->with(id, std::move(then), [chosen = std::string(version)](SupervisedExtension& extension, Outcome outcome) {
    extension.choose(chosen, std::move(outcome));
  });
}

std::vector<ProcessStatus> Supervisor::processes() const { return state_->processes(); }

void Supervisor::on_state(StateListener listener) {
  const std::lock_guard lock(state_->context->mutex);
  state_->context->listener = std::move(listener);
}

}  // namespace symphony::ipc
