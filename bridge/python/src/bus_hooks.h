#pragma once
// The listeners of python_runtime.h; empty in the standalone module.

#include <symphony/ipc/bus.h>

namespace symphony::bridge {

void announce_bus_created(ipc::Bus& bus);
void announce_bus_closing();

}  // namespace symphony::bridge
