#pragma once
// The awaitable of an answer that is already there: `await` on it finishes in place, without touching the event loop.

#include <pybind11/pybind11.h>

namespace symphony::bridge {

void define_answered(pybind11::module_& module);

/// Awaiting it returns `value`. Requires the interpreter lock.
pybind11::object answered_with(pybind11::object value);
/// Awaiting it raises `exception`.
pybind11::object failed_with(pybind11::object exception);

}  // namespace symphony::bridge
