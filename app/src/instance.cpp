#include <symphony/app/instance.h>

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

}  // namespace symphony::app
