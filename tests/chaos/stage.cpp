#include "stage.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <future>
#include <stdexcept>

#include <symphony/descriptor/descriptor.h>

namespace symphony::chaos {
namespace {

constexpr std::chrono::seconds patience{60};
constexpr std::string_view forbidden = "forbidden";
constexpr std::uint32_t any_number_of_restarts = 1'000'000;

}  // namespace

Stage::Folder::Folder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "symphony-chaos-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) {
    throw std::runtime_error("there is no folder for the scene");
  }
  path = pattern;
}

Stage::Folder::~Folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path, ignored);
}

Stage::Stage(StageOptions options) : messages_(MessageTable::create(folder_.path, options.messages).value()) {
  // Found once, by trying it: not something a scene leaves behind.
  static_cast<void>(ipc::sandbox_support());
  before_ = Census::take(folder_.path);
  ipc::BusOptions open_house;
  open_house.capability_check = [](std::string_view, std::string_view target, std::string_view) -> Result<void> {
    return target == forbidden ? Result<void>(Error{ErrorCode::permission_denied, "Nobody may."}) : Result<void>();
  };
  bus_ = std::move(ipc::Bus::create(std::move(open_house)).value());
  ipc::SupervisorOptions supervision;
  supervision.launcher = SYMPHONY_LAUNCHER;
  supervision.heartbeat = options.heartbeat;
  supervision.control_groups = options.control_groups;
  supervisor_ = std::move(ipc::Supervisor::create(*bus_, supervision).value());
  supervisor_->on_state([this](const ipc::ProcessStatus& status) {
    const std::lock_guard lock(mutex_);
    statuses_[status.id] = status;
    changed_.notify_all();
  });
  pulse_ = std::make_unique<Pulse>(*bus_);
}

Stage::~Stage() {
  if (bus_) {
    finish({});
  }
}

void Stage::start(const std::string& id, const char* program, std::vector<std::string> arguments,
                  const std::function<void(ipc::ProcessSpec&)>& change) {
  ipc::ProcessSpec spec;
  spec.id = id;
  spec.executable = program;
  spec.arguments = {folder_.path.string()};
  spec.arguments.insert(spec.arguments.end(), arguments.begin(), arguments.end());
  spec.working_directory = spec.executable.parent_path();
  spec.restart_limit = any_number_of_restarts;
  spec.sandbox = ipc::SandboxProfile{};
  spec.sandbox->execute = {spec.working_directory};
  spec.sandbox->write = {folder_.path};
  spec.sandbox->processes = 0;
  spec.sandbox->files = 64;
  if (change) {
    change(spec);
  }
  {
    const std::lock_guard lock(mutex_);
    statuses_[id];
  }
  supervisor_->start(std::move(spec)).value();
}

bool Stage::wait(const std::function<bool(const Statuses&)>& reached) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, patience, [&] { return reached(statuses_); });
}

bool Stage::wait_healthy(const std::string& id) {
  return wait([&](const Statuses& all) { return all.at(id).state == ipc::ProcessState::healthy; });
}

bool Stage::wait_all_healthy() {
  return wait([](const Statuses& all) {
    return std::all_of(all.begin(), all.end(),
                       [](const auto& each) { return each.second.state == ipc::ProcessState::healthy; });
  });
}

std::vector<std::string> Stage::healthy() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> found;
  for (const auto& [id, status] : statuses_) {
    if (status.state == ipc::ProcessState::healthy) {
      found.push_back(id);
    }
  }
  return found;
}

ipc::ProcessStatus Stage::status(const std::string& id) const {
  const std::lock_guard lock(mutex_);
  return statuses_.at(id);
}

void Stage::forget(const std::string& id) {
  const std::lock_guard lock(mutex_);
  statuses_.erase(id);
}

void Stage::signal(const std::string& id, int number) const {
  // Its number may be another's by now: held by a descriptor, then looked at.
  const auto pid = static_cast<pid_t>(status(id).pid);
  const Descriptor process(pid > 0 ? static_cast<int>(::syscall(SYS_pidfd_open, pid, 0U)) : -1);
  if (process && command_line(pid).find(folder_.path.native()) != std::string::npos) {
    ::syscall(SYS_pidfd_send_signal, process.get(), number, nullptr, 0U);
  }
}

ipc::Result<ipc::Payload> Stage::ask(const std::string& target, const std::string& method, nlohmann::json params) {
  auto answer = std::make_shared<std::promise<ipc::Result<ipc::Payload>>>();
  auto outcome = answer->get_future();
  ipc::SendOptions options;
  options.deadline = std::chrono::duration_cast<std::chrono::milliseconds>(5 * patience);
  bus_->send_request("test", {target, method, std::move(params)}, options,
                     [answer](ipc::Result<ipc::Payload> result) { answer->set_value(std::move(result)); });
  return outcome.get();
}

Census Stage::at_rest() {
  ledger_.wait_all();
  wait_all_healthy();
  // What the bus thread has queued by now may itself queue something, as the end of a connection does.
  for (int rounds = 0; rounds < 3; ++rounds) {
    std::promise<void> reached;
    boost::asio::post(bus_->context(), [&reached] { reached.set_value(); });
    reached.get_future().wait();
  }
  return Census::take(folder_.path);
}

std::vector<std::string> Stage::left_behind_since(const Census& before) {
  // A process that is no longer counted may be about to end: what stands for it goes when it has.
  const auto late = std::chrono::steady_clock::now() + patience;
  std::vector<std::string> found;
  do {
    found = before.left_behind(at_rest());
  } while (!found.empty() && std::chrono::steady_clock::now() < late);
  return found;
}

std::vector<std::string> Stage::finish(const std::set<ErrorCode>& allowed) {
  ledger_.wait_all();
  return finish_now(allowed);
}

std::vector<std::string> Stage::finish_now(const std::set<ErrorCode>& allowed) {
  std::vector<std::string> found = pulse_->stop();
  pulse_.reset();
  supervisor_.reset();
  bus_.reset();
  const auto add = [&](const std::vector<std::string>& more) { found.insert(found.end(), more.begin(), more.end()); };
  add(before_.left_behind(Census::take(folder_.path)));
  add(ledger_.violations());
  add(violations(messages_.totals(), allowed));
  return found;
}

}  // namespace symphony::chaos
