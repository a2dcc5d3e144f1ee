// connect_to_instance(): the outside program's way in.

#include <symphony/ipc/client_connection.h>

#include "instance_directory.h"

namespace symphony::ipc {

Result<std::unique_ptr<ClientConnection>> connect_to_instance(const std::string& directory, ClientOptions options) {
  // Another program may use the token between our reading it and our hello.
  constexpr int attempts = 10;
  for (int attempt = 1;; ++attempt) {
    const auto record = read_instance_record(directory);
    if (!record) {
      return record.error();
    }
    auto socket = connect_socket(record->socket);
    if (!socket) {
      return socket.error();
    }
    options.token = record->token;
    auto connection = ClientConnection::open(socket->release(), options);
    if (connection || connection.error().code != ErrorCode::not_authenticated || attempt == attempts) {
      return connection;
    }
  }
}

}  // namespace symphony::ipc
