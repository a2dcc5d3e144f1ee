#pragma once
// symphony_ipc.Pit and symphony_ipc.Supervisor.

#include <pybind11/pybind11.h>

namespace symphony::bridge {

void define_pit(pybind11::module_& module);
void define_supervisor(pybind11::module_& module);

}  // namespace symphony::bridge
