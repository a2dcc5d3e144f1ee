#include "native_modules.h"

#include <pybind11/stl.h>

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bus_core.h"
#include "bus_error.h"
#include "document.h"
#include "file_system_path.h"

namespace py = pybind11;

namespace symphony::bridge {
namespace {

class PitHandle {
 public:
  PitHandle(std::shared_ptr<BusCore> core, const py::object& data_directory, unsigned pool_threads,
            const py::list& plugins, std::map<std::string, std::vector<std::string>> processes)
      : core_(std::move(core)) {
    const auto bus = core_->bus();
    pit::PitOptions options{path_from_python(data_directory), pool_threads};
    for (const py::handle& plugin : plugins) {
      options.plugins.push_back(path_from_python(py::reinterpret_borrow<py::object>(plugin)));
    }
    options.processes = std::move(processes);
    auto opened = [&] {
      const py::gil_scoped_release released;
      return pit::Pit::open(*bus, std::move(options));
    }();
    auto pit = value_or_throw(std::move(opened));
    if (core_->closed()) {
      // The start was given up while the disk was slow; the bus lives as long as our share of it.
      {
        const py::gil_scoped_release released;
        pit.reset();
      }
      core_->bus();
    }
    core_->adopt(std::move(pit));
  }

  py::object status() const {
    const auto* const pit = core_->pit();
    if (pit == nullptr) {
      throw_bus_error({ipc::ErrorCode::endpoint_unavailable, "the Pit is closed", nullptr});
    }
    nlohmann::json status;
    {
      const py::gil_scoped_release released;
      status = pit->status();
    }
    return python_from_document(status);
  }

  bool close() { return core_->close_pit(); }

 private:
  std::shared_ptr<BusCore> core_;
};

/// Reads a specification's keys and refuses those it does not know: a misspelt limit must not be silently ignored.
class SpecificationReader {
 public:
  explicit SpecificationReader(py::dict values) : values_(std::move(values)) {}

  template <class T>
  T take(const char* key, T fallback) {
    if (!values_.contains(key)) {
      return fallback;
    }
    ++known_;
    try {
      return values_[key].cast<T>();
    } catch (const py::cast_error&) {
      throw py::type_error("/" + std::string(key) + ": wrong type");
    }
  }

  py::object require(const char* key) {
    if (!values_.contains(key)) {
      throw py::type_error("/" + std::string(key) + ": is missing");
    }
    ++known_;
    return values_[key];
  }

  void finish() const {
    if (values_.size() != known_) {
      throw py::type_error("a process specification has unknown keys");
    }
  }

 private:
  py::dict values_;
  std::size_t known_ = 0;
};

ipc::RestartPolicy restart_policy(const std::string& name) {
  if (name == "immediate") {
    return ipc::RestartPolicy::immediate;
  }
  if (name == "backoff") {
    return ipc::RestartPolicy::backoff;
  }
  if (name == "manual") {
    return ipc::RestartPolicy::manual;
  }
  throw py::value_error("/restart: is immediate, backoff or manual");
}

ipc::SandboxProfile sandbox_from(const py::dict& values) {
  return value_or_throw(ipc::SandboxProfile::from_json(document_from_python(values)));
}

ipc::ProcessSpec specification_from(const py::dict& values) {
  SpecificationReader reader(values);
  ipc::ProcessSpec spec;
  spec.id = reader.require("id").cast<std::string>();
  spec.executable = path_from_python(reader.require("executable"));
  spec.arguments = reader.take<std::vector<std::string>>("arguments", {});
  const auto directory = reader.take<py::object>("working_directory", py::none());
  if (!directory.is_none()) {
    spec.working_directory = path_from_python(directory);
  }
  spec.grants = reader.take<std::vector<std::string>>("grants", {});
  spec.restart = restart_policy(reader.take<std::string>("restart", "immediate"));
  spec.restart_limit = reader.take<std::uint32_t>("restart_limit", spec.restart_limit);
  spec.restart_window = std::chrono::seconds(
      reader.take<std::uint32_t>("restart_window_s", static_cast<std::uint32_t>(spec.restart_window.count())));
  spec.start_timeout = std::chrono::milliseconds(
      reader.take<std::uint32_t>("start_timeout_ms", static_cast<std::uint32_t>(spec.start_timeout.count())));
  spec.version = reader.take<std::string>("version", {});
  spec.instances = reader.take<std::uint32_t>("instances", spec.instances);
  spec.spare = reader.take<bool>("spare", spec.spare);
  spec.lazy = reader.take<bool>("lazy", spec.lazy);
  spec.idle_stop = std::chrono::seconds(reader.take<std::uint32_t>("idle_stop_s", 0));
  spec.init = document_from_python(reader.take<py::dict>("init", {}));
  const auto log = reader.take<py::object>("log", py::none());
  if (!log.is_none()) {
    spec.log = path_from_python(log);
  }
  const auto sandbox = reader.take<py::object>("sandbox", py::none());
  if (!sandbox.is_none()) {
    spec.sandbox = sandbox_from(sandbox.cast<py::dict>());
  }
  reader.finish();
  return spec;
}

class SupervisorHandle {
 public:
  SupervisorHandle(std::shared_ptr<BusCore> core, const py::object& launcher) : core_(std::move(core)) {
    const auto bus = core_->bus();
    ipc::SupervisorOptions options;
    options.launcher = path_from_python(launcher);
    auto created = [&] {
      const py::gil_scoped_release released;
      return ipc::Supervisor::create(*bus, std::move(options));
    }();
    core_->adopt(value_or_throw(std::move(created)));
  }

  void start(const py::dict& spec) {
    auto specification = specification_from(spec);
    act([&](ipc::Supervisor& supervisor) { return supervisor.start(std::move(specification)); });
  }
  void stop(const std::string& id) {
    act([&](ipc::Supervisor& supervisor) { return supervisor.stop(id); });
  }
  void restart(const std::string& id) {
    act([&](ipc::Supervisor& supervisor) { return supervisor.restart(id); });
  }
  void renew(const std::string& id) {
    act([&](ipc::Supervisor& supervisor) { return supervisor.renew(id); });
  }
  void activate(const std::string& id) {
    act([&](ipc::Supervisor& supervisor) { return supervisor.activate(id); });
  }
  void set_shown(const std::string& id, bool shown) {
    act([&](ipc::Supervisor& supervisor) { return supervisor.set_shown(id, shown); });
  }
  void offer(const py::dict& spec) {
    auto specification = specification_from(spec);
    act([&](ipc::Supervisor& supervisor) { return supervisor.offer(std::move(specification)); });
  }
  void set_init(const std::string& id, const py::dict& init) {
    auto document = document_from_python(init);
    act([&](ipc::Supervisor& supervisor) { return supervisor.set_init(id, std::move(document)); });
  }
  void set_sandbox(const std::string& id, const py::dict& sandbox, const std::string& version) {
    auto profile = sandbox_from(sandbox);
    act([&](ipc::Supervisor& supervisor) { return supervisor.set_sandbox(id, std::move(profile), version); });
  }
  py::object processes() const {
    auto list = nlohmann::json::array();
    auto& supervisor = live();
    {
      const py::gil_scoped_release released;
      for (const auto& status : supervisor.processes()) {
        list.push_back(status.to_json());
      }
    }
    return python_from_document(list);
  }
  void close() { core_->close_supervisor(); }

 private:
  ipc::Supervisor& live() const {
    auto* const supervisor = core_->supervisor();
    if (supervisor == nullptr) {
      throw_bus_error({ipc::ErrorCode::endpoint_unavailable, "the Supervisor is closed", nullptr});
    }
    return *supervisor;
  }

  template <class Action>
  void act(Action action) const {
    auto& supervisor = live();
    auto result = [&] {
      const py::gil_scoped_release released;
      return action(supervisor);
    }();
    value_or_throw(std::move(result));
  }

  std::shared_ptr<BusCore> core_;
};

}  // namespace

void define_pit(py::module_& module) {
  py::class_<PitHandle>(module, "Pit")
      .def(py::init<std::shared_ptr<BusCore>, const py::object&, unsigned, const py::list&,
                    std::map<std::string, std::vector<std::string>>>(),
           py::arg("bus"), py::arg("data_directory"), py::arg("pool_threads") = 2, py::arg("plugins") = py::list(),
           py::arg("processes") = std::map<std::string, std::vector<std::string>>())
      .def("status", &PitHandle::status)
      .def("close", &PitHandle::close);
}

void define_supervisor(py::module_& module) {
  py::class_<SupervisorHandle>(module, "Supervisor")
      .def(py::init<std::shared_ptr<BusCore>, const py::object&>(), py::arg("bus"), py::arg("launcher"))
      .def("start", &SupervisorHandle::start, py::arg("spec"))
      .def("stop", &SupervisorHandle::stop, py::arg("id"))
      .def("restart", &SupervisorHandle::restart, py::arg("id"))
      .def("renew", &SupervisorHandle::renew, py::arg("id"))
      .def("activate", &SupervisorHandle::activate, py::arg("id"))
      .def("set_shown", &SupervisorHandle::set_shown, py::arg("id"), py::arg("shown"))
      .def("offer", &SupervisorHandle::offer, py::arg("spec"))
      .def("set_init", &SupervisorHandle::set_init, py::arg("id"), py::arg("init"))
      .def("set_sandbox", &SupervisorHandle::set_sandbox, py::arg("id"), py::arg("sandbox"), py::arg("version") = "")
      .def("processes", &SupervisorHandle::processes)
      .def("close", &SupervisorHandle::close);
}

}  // namespace symphony::bridge
