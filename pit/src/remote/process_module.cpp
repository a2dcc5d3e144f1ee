#include "remote/process_module.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <future>
#include <utility>

#include <symphony/descriptor/descriptor.h>
#include <symphony/pit/serve.h>

namespace symphony::pit {

using nlohmann::json;

namespace {

/// Each module an address of its own; nobody else is granted it.
std::string next_endpoint() {
  static std::atomic<unsigned> count{0};
  return "pit.process:" + std::to_string(++count);
}

/// What the host waits for itself while it starts, shows its state or ends; 0: as long as for any request.
std::chrono::milliseconds patience_with(std::string_view request) {
  if (request == "describe" || request == "init") return ProcessModule::longest_start;
  if (request == "problem" || request == "shutdown") return ProcessModule::longest_glance;
  return std::chrono::milliseconds(0);
}

}  // namespace

ProcessModule::ProcessModule(ipc::Bus& bus, std::vector<std::string> command)
    : RemoteModule(command.front()), bus_(bus), command_(std::move(command)), endpoint_(next_endpoint()) {}

Result<std::unique_ptr<Module>> ProcessModule::start(ipc::Bus& bus, std::vector<std::string> command) {
  if (command.empty()) return ipc::invalid_params("There is no command to start the module with.", "/command");
  // A name alone would mean another file in every folder.
  if (!std::filesystem::path(command.front()).is_absolute())
    return ipc::invalid_params("Name the module's program with its whole path, not \"" + command.front() + "\".",
                               "/command/0");
  std::unique_ptr<ProcessModule> module(new ProcessModule(bus, std::move(command)));
  if (auto spawned = module->spawn(); spawned.has_error()) return spawned.error();
  if (auto learned = module->learn(); learned.has_error()) return learned.error();
  return std::unique_ptr<Module>(std::move(module));
}

ProcessModule::~ProcessModule() {
  bus_.unregister_endpoint(endpoint_);
  end_process();
}

Result<void> ProcessModule::spawn() const {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
    return ipc::io_error("A module's process cannot be connected", command_.front(), errno);
  Descriptor ours(ends[0]);
  Descriptor theirs(ends[1]);
  std::vector<char*> arguments;
  for (const std::string& argument : command_)
    arguments.push_back(const_cast<char*>(argument.c_str()));  // posix_spawn does not change them
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, theirs.get(), module_descriptor);
  const int error = ::posix_spawn(&process_, command_.front().c_str(), &actions, nullptr, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  // Its end is the process' alone, so that the connection ends with it.
  theirs.reset();
  if (error != 0) {
    process_ = -1;
    return ipc::io_error("A module's process cannot be started", command_.front(), error);
  }
  ipc::PeerOptions peer;
  peer.endpoint = endpoint_;
  struct Greeting {
    std::promise<bool> promise;
    std::atomic_flag said;
  };
  auto greeting = std::make_shared<Greeting>();
  auto greeted = greeting->promise.get_future();
  const auto say = [greeting](bool good) {
    if (!greeting->said.test_and_set()) greeting->promise.set_value(good);
  };
  peer.on_ready = [say] { say(true); };
  peer.on_closed = [say](const Error&) { say(false); };
  if (auto attached = bus_.attach(ours.release(), std::move(peer)); attached.has_error()) {
    end_process();
    return attached.error();
  }
  if (greeted.wait_for(longest_start) == std::future_status::ready && greeted.get()) return {};
  bus_.disconnect(endpoint_, {ErrorCode::endpoint_unavailable, "It did not say hello.", nullptr});
  end_process();
  return Error{ErrorCode::endpoint_unavailable,
               "The module's process ended, or did not say hello: " + command_.front(),
               {{"path", command_.front()}}};
}

void ProcessModule::end_process() const noexcept {
  if (process_ < 0) return;
  ::kill(process_, SIGKILL);
  while (::waitpid(process_, nullptr, 0) < 0 && errno == EINTR) {
  }
  process_ = -1;
}

Result<json> ProcessModule::send(const json& request) const {
  auto promise = std::make_shared<std::promise<Result<ipc::Payload>>>();
  auto answered = promise->get_future();
  ipc::SendOptions options;
  options.deadline = patience_with(request.value("do", std::string()));
  bus_.send_request(endpoint_, {endpoint_, std::string(module_method), request}, options,
                    [promise](Result<ipc::Payload> answer) { promise->set_value(std::move(answer)); });
  // The bus always answers: a deadline, or that the process is gone.
  const Result<ipc::Payload> answer = answered.get();
  if (answer.has_error()) return answer.error();
  return answer->document();
}

Result<json> ProcessModule::exchange(const json& request) const {
  auto answer = send(request);
  // One that dies while it starts is refused, not started again.
  const std::string what = request.value("do", std::string());
  const bool starting = what == "describe" || what == "init";
  const bool dead =
      !starting && answer.has_error() &&
      (answer.error().code == ErrorCode::peer_disconnected || answer.error().code == ErrorCode::endpoint_unavailable);
  if (dead) revive();
  return answer;
}

void ProcessModule::revive() const {
  const std::scoped_lock lock(process_mutex_);
  // Somebody else may have done it meanwhile.
  if (send({{"do", "describe"}}).has_value()) return;
  end_process();
  if (spawn().has_error()) return;
  if (send({{"do", "init"}, {"config", config_}}).has_error() || last_state_.is_null()) return;
  static_cast<void>(send({{"do", "restore"}, {"state", last_state_}}));
}

Result<void> ProcessModule::init(const json& config) {
  {
    const std::scoped_lock lock(process_mutex_);
    config_ = config;
  }
  return RemoteModule::init(config);
}

Result<json> ProcessModule::snapshot() {
  auto state = RemoteModule::snapshot();
  if (state.has_value()) {
    const std::scoped_lock lock(process_mutex_);
    last_state_ = *state;
  }
  return state;
}

Result<void> ProcessModule::restore(const json& state) {
  auto done = RemoteModule::restore(state);
  if (done.has_value()) {
    const std::scoped_lock lock(process_mutex_);
    last_state_ = state;
  }
  return done;
}

}  // namespace symphony::pit
