#include <symphony/app/instance.h>

#include <utility>

#include <symphony/app/catalogue.h>
#include <symphony/ipc/client_connection.h>

namespace symphony::app {
namespace {

using ipc::ErrorCode;
using ipc::Result;

/// A token works once: when another program was quicker, a new one is there to be read.
constexpr int attempts = 5;
constexpr std::chrono::milliseconds patience{10'000};

}  // namespace

Result<nlohmann::json> ask_instance(const std::filesystem::path& runtime_directory, const std::string& method,
                                    nlohmann::json params) {
  Result<std::unique_ptr<ipc::ClientConnection>> connection = error_of(ErrorCode::not_found, Sentence::instance_absent);
  for (int attempt = 0; attempt < attempts; ++attempt) {
    connection = ipc::connect_to_instance(runtime_directory.string(), {"symphony", SYMPHONY_VERSION, {}});
    if (connection || connection.error().code != ErrorCode::not_authenticated) break;
  }
  if (!connection) return connection.error();
  ipc::SendOptions options;
  options.deadline = patience;
  auto answer = (*connection)->ask({"conductor", method, std::move(params)}, options);
  if (!answer) return answer.error();
  return answer->document();
}

}  // namespace symphony::app
