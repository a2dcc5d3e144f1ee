#pragma once
// Paths of Python callers: str (with surrogate escapes), bytes or os.PathLike.

#include <pybind11/pybind11.h>

#include <filesystem>
#include <string>

namespace symphony::bridge {

/// Throws TypeError or ValueError (a NUL inside).
inline std::filesystem::path path_from_python(const pybind11::object& value) {
  PyObject* encoded = nullptr;
  if (PyUnicode_FSConverter(value.ptr(), &encoded) == 0) {
    throw pybind11::error_already_set();
  }
  const auto bytes = pybind11::reinterpret_steal<pybind11::bytes>(encoded);
  return std::filesystem::path(static_cast<std::string>(bytes));
}

}  // namespace symphony::bridge
