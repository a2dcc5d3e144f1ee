#pragma once
// symphony_ipc.BusError ↔ ipc::Error.

#include <pybind11/pybind11.h>

#include <symphony/ipc/error.h>

namespace symphony::bridge {

void define_bus_error(pybind11::module_& module);

/// A new BusError instance. Requires the interpreter lock.
pybind11::object bus_error_from(const ipc::Error& error);
[[noreturn]] void throw_bus_error(const ipc::Error& error);
/// What a raised Python exception means to the sender of the request. Requires the interpreter lock.
ipc::Error error_from_exception(pybind11::handle exception);

/// The value, or BusError.
template <class T>
T value_or_throw(ipc::Result<T> result) {
  if (result.has_error()) {
    throw_bus_error(result.error());
  }
  if constexpr (!std::is_void_v<T>) {
    return std::move(result).value();
  }
}

}  // namespace symphony::bridge
