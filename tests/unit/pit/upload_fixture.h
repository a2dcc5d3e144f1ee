#pragma once
// A store to which artifacts are put piece by piece, and whose files a test may look at.

#include <algorithm>
#include <filesystem>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "artifact_store/encoding.h"
#include "artifact_store/upload.h"
#include "artifact_store_fixture.h"
#include "manual_clock.h"

namespace symphony::pit::tests {

inline constexpr std::size_t mebibyte = 1U << 20U;

/// The same for the same seed; no two parts of it are alike.
inline std::string noise(std::size_t size, unsigned seed) {
  std::mt19937 random(seed);
  std::string bytes(size, '\0');
  std::generate(bytes.begin(), bytes.end(), [&] { return static_cast<char>(random()); });
  return bytes;
}

class UploadTest : public ArtifactStoreTest {
 protected:
  using json = nlohmann::json;

  const Clock& clock() const override { return clock_; }

  json begin(const std::string& name, json more = json::object()) {
    more["name"] = name;
    return ask("artifact.put_begin", more)["upload"];
  }
  static json piece(const json& upload, std::size_t offset, std::string_view bytes) {
    return {{"upload", upload}, {"offset", offset}, {"content", to_base64(bytes)}, {"encoding", "base64"}};
  }
  void send(const json& upload, std::string_view bytes, std::size_t piece_bytes = mebibyte, std::size_t offset = 0) {
    for (std::size_t at = 0; at < bytes.size(); at += piece_bytes) {
      const std::string_view next = bytes.substr(at, piece_bytes);
      ASSERT_EQ(ask("artifact.put_piece", piece(upload, offset + at, next))["received"], offset + at + next.size());
    }
  }
  json put(const std::string& name, std::string_view bytes, std::size_t piece_bytes = mebibyte) {
    const json upload = begin(name);
    send(upload, bytes, piece_bytes);
    return ask("artifact.put_commit", {{"upload", upload}});
  }
  std::string read(const json& hash, std::size_t offset, std::size_t length) {
    const json answer = ask("artifact.read", {{"hash", hash}, {"offset", offset}, {"length", length}});
    return from_base64(answer["content"].get<std::string>()).value_or("no base64");
  }
  std::string read_all(const json& hash, std::size_t length = mebibyte) {
    std::string bytes;
    for (bool last = false; !last && !HasFailure();) {
      const json answer = ask("artifact.read", {{"hash", hash}, {"offset", bytes.size()}, {"length", length}});
      bytes += from_base64(answer["content"].get<std::string>()).value_or("no base64");
      last = answer["last"];
    }
    return bytes;
  }
  json purge(const std::string& name, int version = 1) {
    ask("store.delete", {{"name", name}, {"version", version}});
    return ask("store.purge", {{"deleted_before_ms", 1ULL << 50U}});
  }
  void expect_refused(std::string_view method, const json& params, ErrorCode code, std::string_view path) {
    const json before = state();
    const Error error = refused(method, params);
    EXPECT_EQ(error.code, code) << method << ": " << error.message;
    EXPECT_EQ(error.data.value("path", ""), path) << method << ": " << error.message;
    EXPECT_EQ(state(), before) << method << " changed the state";
  }
  /// All there is to see of the store.
  json state() { return {{"usage", ask("store.usage")}, {"names", ask("artifact.list")}, {"packs", packs().size()}}; }
  std::vector<std::filesystem::path> packs() const {
    std::vector<std::filesystem::path> files;
    std::error_code none;
    for (const auto& entry : std::filesystem::directory_iterator(directory() / "store.sqlite.packs", none))
      files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    return files;
  }
  virtual std::filesystem::path directory() const { return data_.path(); }

  ManualClock clock_;
};

}  // namespace symphony::pit::tests
