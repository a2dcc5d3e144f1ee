#pragma once
// For commands that ask the running instance.

#include <symphony/app/catalogue.h>
#include <symphony/app/instance.h>
#include <symphony/app/user_directories.h>

#include "complain.h"

namespace symphony::app {

/// Connects, lets `use` ask, and says what went wrong. `use`: ipc::Result<void>(ipc::ClientConnection&).
template <class Use>
ExitCode with_instance(Use&& use) {
  const auto directories = UserDirectories::prepare();
  if (!directories) return complain(directories.error());
  const auto connection = connect_instance(directories->runtime);
  if (!connection) {
    return connection.error().code == ipc::ErrorCode::not_found
               ? complain(Sentence::instance_absent, ExitCode::not_running)
               : complain(connection.error());
  }
  const ipc::Result<void> done = use(**connection);
  return done ? ExitCode::ok : complain(done.error());
}

}  // namespace symphony::app
