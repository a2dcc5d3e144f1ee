// The native module `symphony_ipc`: one source, linked into the application (python_runtime.cpp registers it) and built
// as a plain extension module for any Python 3.11.

#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <symphony/ipc/path_text.h>
#include <symphony/ipc/trace.h>

#include "answered.h"
#include "bus_core.h"
#include "bus_error.h"
#include "delivery.h"
#include "document.h"
#include "file_system_path.h"
#include "native_modules.h"
#include "trace_text.h"

namespace py = pybind11;

namespace symphony::bridge {
namespace {

std::shared_ptr<BusCore> open_bus(std::string host_version, std::string process_name, std::string endpoint,
                                  const py::object& log_directory) {
  ipc::BusOptions options;
  options.host_version = std::move(host_version);
  options.process_name = std::move(process_name);
  return BusCore::open(std::move(options), std::move(endpoint),
                       log_directory.is_none() ? std::filesystem::path() : path_from_python(log_directory));
}

void listen(const BusCore& core, std::string directory, std::vector<std::string> grants) {
  const auto bus = core.bus();
  auto result = [&] {
    const py::gil_scoped_release released;
    return bus->listen(std::move(directory), std::move(grants));
  }();
  value_or_throw(std::move(result));
}

py::object statistics(const BusCore& core) {
  const auto bus = core.bus();
  nlohmann::json document;
  {
    const py::gil_scoped_release released;
    document = bus->statistics().to_json();
  }
  return python_from_document(document);
}

py::object chrome_trace(const BusCore& core, std::optional<std::string_view> trace) {
  const auto bus = core.bus();
  const auto context = trace_from_text(trace);
  nlohmann::json document;
  {
    const py::gil_scoped_release released;
    document =
        ipc::SpanRecorder::chrome_trace(bus->spans().spans(context ? std::optional(context->trace_id) : std::nullopt));
  }
  return python_from_document(document);
}

void record_span(const BusCore& core, std::string name, std::string_view trace, std::optional<std::string_view> parent,
                 std::int64_t start_us, std::int64_t end_us) {
  const auto own = trace_from_text(trace);
  const auto above = trace_from_text(parent);
  core.record_span(std::move(name), *own, above ? above->span_id : 0, start_us, end_us);
}

void define_bus(py::module_& module) {
  py::class_<BusCore, std::shared_ptr<BusCore>>(module, "Bus")
      .def(py::init(&open_bus), py::kw_only(), py::arg("host_version") = "", py::arg("process_name") = "symphony",
           py::arg("endpoint") = "conductor", py::arg("log_directory") = py::none())
      .def("send_message", &BusCore::send, py::arg("target"), py::arg("message"), py::kw_only(),
           py::arg("deadline") = py::none(), py::arg("trace") = py::none())
      .def("notify", &BusCore::notify, py::arg("target"), py::arg("message"), py::kw_only(),
           py::arg("trace") = py::none())
      .def("register_endpoint", &BusCore::register_endpoint, py::arg("id"), py::arg("handler"), py::kw_only(),
           py::arg("interface") = py::none())
      .def("unregister_endpoint", &BusCore::unregister_endpoint, py::arg("id"))
      .def("listen", &listen, py::arg("directory"), py::arg("grants"))
      .def("statistics", &statistics)
      .def("chrome_trace", &chrome_trace, py::arg("trace") = py::none())
      .def("record_span", &record_span, py::arg("name"), py::arg("trace"), py::kw_only(),
           py::arg("parent") = py::none(), py::arg("start_us"), py::arg("end_us"))
      .def_property_readonly("closed", &BusCore::closed)
      .def("close", &BusCore::close);
}

void define_context(py::module_& module) {
  py::class_<MessageContext>(module, "MessageContext")
      .def_property_readonly("source", &MessageContext::source)
      .def_property_readonly("is_request", &MessageContext::is_request)
      .def_property_readonly("cancelled", &MessageContext::cancelled)
      .def_property_readonly("trace", &MessageContext::trace)
      .def_property_readonly("remaining_s", &MessageContext::remaining_s);
}

void define_module(py::module_& module) {
  module.doc() =
      "The bus, the Pit and process supervision of Symphony. Documented in symphony_ipc.pyi and docs/conductor.md.";
  define_bus_error(module);
  define_answered(module);
  define_context(module);
  define_bus(module);
  define_pit(module);
  define_supervisor(module);
  module.def("monotonic_us", &ipc::monotonic_us);
  module.def("escape_path",
             [](const py::bytes& path) { return ipc::escape_path(static_cast<std::string_view>(path)); });
  module.def("unescape_path", [](std::string_view text) {
    auto bytes = ipc::unescape_path(text);
    if (!bytes) {
      throw py::value_error("not an escaped path (docs/protocol.md section 10)");
    }
    return py::bytes(*bytes);
  });
  module.def("new_trace", [] { return ipc::TraceContext::start().traceparent(); });
  module.def("child_trace", [](std::string_view trace) { return trace_from_text(trace)->child().traceparent(); });
  // Whoever forgets close() still ends in order: the bus thread and the Pit's pool must not outlive the interpreter.
  py::module_::import("atexit").attr("register")(py::cpp_function(&BusCore::close_all));
}

}  // namespace
}  // namespace symphony::bridge

PYBIND11_MODULE(symphony_ipc, module) { symphony::bridge::define_module(module); }
