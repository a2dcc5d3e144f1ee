#pragma once

#include <gtest/gtest.h>

#include <symphony/ipc/interface.h>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "artifact_store/artifact_store.h"
#include "temporary_folder.h"

namespace symphony::pit::tests {

inline constexpr std::chrono::seconds patience{60};

/// A store with a data directory and a workspace folder of its own.
class ArtifactStoreTest : public ::testing::Test {
 protected:
  void SetUp() override { start(); }

  void start(IndexOptions options = {}) {
    store_.reset();
    store_ = std::make_unique<ArtifactStore>(options, clock());
    const Result<void> ready = store_->init({{"data_directory", data_.path().string()}});
    ASSERT_TRUE(ready.has_value()) << ready.error().message;
  }
  virtual const Clock& clock() const { return system_clock(); }

  Result<nlohmann::json> call(std::string_view method, const nlohmann::json& params, std::stop_token stop = {}) {
    // As on the bus: what is wrong is refused before the store sees it. And the store keeps the definition's promise.
    const auto interface = ipc::Interface::built_in(store_->id());
    const Result<ipc::Payload> body = interface->check_params(method, params);
    if (body.has_error()) return body.error();
    Result<nlohmann::json> result =
        store_->handle_message({method, *body->document_if_held(), std::move(stop), sender_, process_});
    if (result.has_value()) {
      const Result<void> promised = interface->check_result(method, *result);
      EXPECT_TRUE(promised.has_value()) << method << ": " << promised.error().message;
    }
    return result;
  }
  nlohmann::json ask(std::string_view method, const nlohmann::json& params = nlohmann::json::object()) {
    Result<nlohmann::json> result = call(method, params);
    if (result.has_error()) {
      ADD_FAILURE() << method << ": " << result.error().to_json().dump();
      return nullptr;
    }
    return *std::move(result);
  }
  Error refused(std::string_view method, const nlohmann::json& params) {
    const Result<nlohmann::json> result = call(method, params);
    if (result.has_error()) return result.error();
    ADD_FAILURE() << method << " was not refused: " << result->dump();
    return {};
  }

  void open() {
    ask("index.open", {{"folder", folder_.path().string()}});
    settle();
  }
  void settle() { ASSERT_TRUE(store_->index()->wait_settled(patience)) << status().dump(); }
  nlohmann::json status() { return ask("index.status"); }
  nlohmann::json search(const std::string& query, int limit = 500) {
    return ask("index.search", {{"query", query}, {"limit", limit}});
  }
  std::vector<std::string> paths(const std::string& query) {
    std::vector<std::string> found;
    const nlohmann::json result = search(query);
    for (const auto& hit : result["hits"])
      found.push_back(hit["path"]);
    return found;
  }
  std::vector<std::string> names(const std::string& query) {
    return search(query)["files"].get<std::vector<std::string>>();
  }
  std::filesystem::path database() const {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(data_.path() / "workspaces")) {
      if (entry.path().filename() == "store.sqlite") return entry.path();
    }
    throw std::runtime_error("no workspace database");
  }

  /// Who sends what is sent.
  std::string sender_ = "conductor";
  std::string process_;
  TemporaryFolder data_;
  TemporaryFolder folder_;
  std::unique_ptr<ArtifactStore> store_;
};

}  // namespace symphony::pit::tests
