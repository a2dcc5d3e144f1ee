#include <symphony/app/instance.h>

#include <fcntl.h>
#include <sys/file.h>
#include <cerrno>
#include <utility>

#include <symphony/app/catalogue.h>

namespace symphony::app {
namespace {

using ipc::ErrorCode;
using ipc::Result;

/// A token works once: when another program was quicker, a new one is there to be read.
constexpr int attempts = 5;

}  // namespace

Result<InstanceConnection> connect_instance(const std::filesystem::path& runtime_directory) {
  Result<InstanceConnection> connection = error_of(ErrorCode::not_found, Sentence::instance_absent);
  for (int attempt = 0; attempt < attempts; ++attempt) {
    connection = ipc::connect_to_instance(runtime_directory.string(), {"symphony", SYMPHONY_VERSION, {}});
    if (connection || connection.error().code != ErrorCode::not_authenticated) break;
  }
  return connection;
}

Result<nlohmann::json> ask(ipc::ClientConnection& connection, const std::string& target, const std::string& method,
                           nlohmann::json params, std::chrono::milliseconds patience) {
  ipc::SendOptions options;
  options.deadline = patience;
  auto answer = connection.ask({target, method, std::move(params)}, options);
  if (!answer) return answer.error();
  return answer->document();
}

Result<nlohmann::json> ask_instance(const std::filesystem::path& runtime_directory, const std::string& method,
                                    nlohmann::json params) {
  auto connection = connect_instance(runtime_directory);
  if (!connection) return connection.error();
  return ask(**connection, "conductor", method, std::move(params));
}

Result<Descriptor> take_window_lock(const std::filesystem::path& runtime_directory) {
  const std::filesystem::path file = runtime_directory / "window.lock";
  Descriptor lock(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!lock) return ipc::io_error("Cannot create the lock", file.string(), errno);
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) == 0) return lock;
  if (errno == EWOULDBLOCK) return Descriptor();
  return ipc::io_error("Cannot lock", file.string(), errno);
}

}  // namespace symphony::app
