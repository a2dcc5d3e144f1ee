#include <symphony/ipc/client_connection.h>
#include <symphony/pit/plugin.h>
#include <symphony/pit/serve.h>

namespace symphony::pit {

Result<void> serve_module(Module& module, int descriptor) {
  auto connection = ipc::ClientConnection::open(descriptor, {std::string(module.id()), "1", ""});
  if (connection.has_error()) return connection.error();
  (*connection)->on_message([&module](const ipc::Incoming& incoming, ipc::Responder responder) {
    if (incoming.method != module_method) {
      responder.fail({ErrorCode::method_not_found, "A module's process answers its host only.", nullptr});
      return;
    }
    const auto request = incoming.body.document();
    if (request.has_error()) {
      responder.fail(request.error());
      return;
    }
    try {
      responder.answer(plugin::answer(module, *request));
    } catch (const std::exception& error) {
      responder.fail({ErrorCode::internal_error, std::string("The module failed: ") + error.what(), nullptr});
    }
  });
  return (*connection)->run();
}

}  // namespace symphony::pit
