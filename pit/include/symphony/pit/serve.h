#pragma once
// A module's own process: `int main() { MyModule module; return serve_module(module) ? 0 : 1; }`

#include <string_view>

#include <symphony/pit/module.h>

namespace symphony::pit {

/// Where a process finds its connection.
inline constexpr int module_descriptor = 3;
/// The one method: a request as in symphony/pit/plugin.h, and its answer.
inline constexpr std::string_view module_method = "module.do";

/// Answers for `module` on this thread until the host closes the connection. Errors: those of ClientConnection::open()
/// and run().
Result<void> serve_module(Module& module, int descriptor = module_descriptor);

}  // namespace symphony::pit
