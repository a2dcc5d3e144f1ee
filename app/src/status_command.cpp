#include <iostream>

#include <symphony/app/catalogue.h>
#include <symphony/app/commands.h>
#include <symphony/app/instance.h>
#include <symphony/app/user_directories.h>

namespace symphony::app {

ExitCode run_status() {
  const auto directories = UserDirectories::prepare();
  if (!directories) {
    std::cerr << "symphony: " << complaint(directories.error()) << '\n';
    return ExitCode::failure;
  }
  const auto status = ask_instance(directories->runtime, "status.get", nlohmann::json::object());
  if (!status) {
    const bool absent = status.error().code == ipc::ErrorCode::not_found;
    std::cerr << "symphony: " << (absent ? complaint(Sentence::instance_absent) : complaint(status.error())) << '\n';
    return absent ? ExitCode::not_running : ExitCode::failure;
  }
  std::cout << status->dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << '\n';
  return ExitCode::ok;
}

}  // namespace symphony::app
