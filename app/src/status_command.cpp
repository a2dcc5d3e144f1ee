#include <iostream>

#include <symphony/app/catalogue.h>
#include <symphony/app/commands.h>
#include <symphony/app/instance.h>
#include <symphony/app/user_directories.h>
#include "complain.h"

namespace symphony::app {

ExitCode run_status() {
  const auto directories = UserDirectories::prepare();
  if (!directories) return complain(directories.error());
  const auto status = ask_instance(directories->runtime, "status.get", nlohmann::json::object());
  if (!status) {
    return status.error().code == ipc::ErrorCode::not_found ? complain(Sentence::instance_absent, ExitCode::not_running)
                                                            : complain(status.error());
  }
  std::cout << status->dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << '\n';
  return ExitCode::ok;
}

}  // namespace symphony::app
