#include "bus_error.h"

#include <pybind11/eval.h>

#include <array>
#include <string>

#include "document.h"

namespace py = pybind11;

namespace symphony::bridge {
namespace {

using ipc::ErrorCode;

constexpr std::array all_codes{
    ErrorCode::parse_error,
    ErrorCode::invalid_request,
    ErrorCode::method_not_found,
    ErrorCode::invalid_params,
    ErrorCode::internal_error,
    ErrorCode::endpoint_not_found,
    ErrorCode::endpoint_unavailable,
    ErrorCode::deadline_exceeded,
    ErrorCode::cancelled,
    ErrorCode::permission_denied,
    ErrorCode::peer_disconnected,
    ErrorCode::overloaded,
    ErrorCode::payload_too_large,
    ErrorCode::version_mismatch,
    ErrorCode::not_authenticated,
    ErrorCode::resource_exhausted,
    ErrorCode::not_found,
    ErrorCode::data_corrupted,
    ErrorCode::io_error,
};

// An exception class with a constructor of its own is shorter and clearer in its own language.
constexpr const char* class_source = R"(
class BusError(Exception):
    """A typed error of the bus: `code` and `name` as in docs/protocol.md, `message` for a person, `data` a document."""

    def __init__(self, name, message, data=None):
        code = ERROR_CODES.get(name)
        if code is None:
            raise ValueError(f"{name!r} is not the name of a bus error")
        super().__init__(name, message, data)
        self.name = name
        self.code = code
        self.message = message
        self.data = data

    def __str__(self):
        return f"{self.name}: {self.message}"

BusError.__module__ = "symphony_ipc"
)";

py::object attribute(const char* name) { return py::module_::import("symphony_ipc").attr(name); }

}  // namespace

void define_bus_error(py::module_& module) {
  py::dict codes;
  for (const ErrorCode code : all_codes) {
    codes[py::str(std::string(ipc::name_of(code)))] = static_cast<std::int32_t>(code);
  }
  module.attr("ERROR_CODES") = codes;
  py::dict scope = module.attr("__dict__");
  py::exec(class_source, scope);
}

py::object bus_error_from(const ipc::Error& error) {
  std::string name(ipc::name_of(error.code));
  if (name == "unknown") {
    name = "internal_error";
  }
  return attribute("BusError")(name, python_from_document(error.message), python_from_document(error.data));
}

void throw_bus_error(const ipc::Error& error) {
  const py::object raised = bus_error_from(error);
  PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(raised.ptr())), raised.ptr());
  throw py::error_already_set();
}

ipc::Error error_from_exception(py::handle exception) {
  if (py::isinstance(exception, attribute("BusError"))) {
    ipc::Error error;
    error.code = static_cast<ErrorCode>(exception.attr("code").cast<std::int32_t>());
    try {
      error.message = document_from_python(py::str(exception.attr("message"))).get<std::string>();
      error.data = document_from_python(exception.attr("data"));
    } catch (py::error_already_set& unusable) {
      error.message += " (its data could not be sent: " + std::string(unusable.what()) + ")";
    }
    return error;
  }
  const std::string kind = Py_TYPE(exception.ptr())->tp_name;
  std::string text;
  try {
    text = document_from_python(py::str(exception)).get<std::string>();
  } catch (py::error_already_set&) {
    text = "no text";
  }
  return {ErrorCode::internal_error, kind + ": " + text, nullptr};
}

}  // namespace symphony::bridge
