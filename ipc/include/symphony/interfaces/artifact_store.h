#pragma once
// Generated from ipc/interfaces/artifact_store.json by tools/interfaces/generate.py; do not edit.
// clang-format off
// Content-addressed, versioned artifacts and the index of the open workspace.
//
// A member that may be left out is optional; its default stands beside it. Limits, which the bus checks before a
// handler sees a body (symphony/ipc/interface.h), are in the comments. Errors of reading: symphony/ipc/typed.h.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include <symphony/ipc/method.h>
#include <symphony/ipc/typed.h>

namespace symphony::interfaces::artifact_store {

/// One version of an artifact with its content.
struct Artifact {
  std::string name;
  /// At least 1.
  std::uint64_t version = 0;
  /// SHA-256 in hexadecimal. 64 characters.
  std::string hash;
  std::uint64_t size = 0;
  std::string content;
  /// How `content` holds the bytes. One of utf-8, base64.
  std::string encoding;
  nlohmann::json metadata;
  static constexpr auto fields = ipc::describe(
      ipc::field("name", &Artifact::name),
      ipc::field("version", &Artifact::version),
      ipc::field("hash", &Artifact::hash),
      ipc::field("size", &Artifact::size),
      ipc::field("content", &Artifact::content),
      ipc::field("encoding", &Artifact::encoding),
      ipc::field("metadata", &Artifact::metadata));
};

/// A place in a file's text; line and column count from 1, column and length in UTF-8 bytes.
struct Hit {
  std::string path;
  /// At least 1.
  std::uint64_t line = 0;
  /// At least 1.
  std::uint64_t column = 0;
  /// At least 1.
  std::uint64_t length = 0;
  /// The line, cut around the hit.
  std::string text;
  static constexpr auto fields = ipc::describe(
      ipc::field("path", &Hit::path),
      ipc::field("line", &Hit::line),
      ipc::field("column", &Hit::column),
      ipc::field("length", &Hit::length),
      ipc::field("text", &Hit::text));
};

/// A literal search without case, in texts and names.
struct SearchRequest {
  /// Not empty. At most 4096 bytes.
  std::string query;
  /// Of hits, and of files. 1 to 5000.
  std::optional<std::uint64_t> limit;
  static constexpr std::uint64_t limit_default = 500;
  static constexpr auto fields = ipc::describe(
      ipc::field("query", &SearchRequest::query),
      ipc::field("limit", &SearchRequest::limit));
};

/// What a search found, in byte order of whole paths.
struct SearchResult {
  /// At most 5000 items.
  std::vector<Hit> hits;
  /// At most 5000 items.
  std::vector<std::string> files;
  /// There is at least one hit or file more than the limit.
  bool truncated = false;
  std::uint64_t elapsed_us = 0;
  /// Every change made before the call is in the answer.
  bool fresh = false;
  static constexpr auto fields = ipc::describe(
      ipc::field("hits", &SearchResult::hits),
      ipc::field("files", &SearchResult::files),
      ipc::field("truncated", &SearchResult::truncated),
      ipc::field("elapsed_us", &SearchResult::elapsed_us),
      ipc::field("fresh", &SearchResult::fresh));
};

/// Files that are listed and whose text is not indexed.
struct Skipped {
  std::uint64_t binary = 0;
  std::uint64_t large = 0;
  std::uint64_t unreadable = 0;
  static constexpr auto fields = ipc::describe(
      ipc::field("binary", &Skipped::binary),
      ipc::field("large", &Skipped::large),
      ipc::field("unreadable", &Skipped::unreadable));
};

/// One version of an artifact.
struct Version {
  /// At least 1.
  std::uint64_t version = 0;
  /// SHA-256 in hexadecimal. 64 characters.
  std::string hash;
  std::uint64_t size = 0;
  /// At least 1.
  std::optional<std::uint64_t> parent;
  std::uint64_t created_ms = 0;
  static constexpr auto fields = ipc::describe(
      ipc::field("version", &Version::version),
      ipc::field("hash", &Version::hash),
      ipc::field("size", &Version::size),
      ipc::field("parent", &Version::parent),
      ipc::field("created_ms", &Version::created_ms));
};

/// The parameters of artifact.put.
struct ArtifactPutParams {
  /// Not empty. At most 1024 bytes.
  std::string name;
  std::string content;
  /// How `content` holds the bytes. One of utf-8, base64.
  std::optional<std::string> encoding;
  static constexpr std::string_view encoding_default = "utf-8";
  std::optional<nlohmann::json> metadata;
  static constexpr auto fields = ipc::describe(
      ipc::field("name", &ArtifactPutParams::name),
      ipc::field("content", &ArtifactPutParams::content),
      ipc::field("encoding", &ArtifactPutParams::encoding),
      ipc::field("metadata", &ArtifactPutParams::metadata));
};

/// The result of artifact.put.
struct ArtifactPutResult {
  std::string name;
  /// At least 1.
  std::uint64_t version = 0;
  /// SHA-256 in hexadecimal. 64 characters.
  std::string hash;
  std::uint64_t size = 0;
  /// False when the content was there already.
  bool stored = false;
  static constexpr auto fields = ipc::describe(
      ipc::field("name", &ArtifactPutResult::name),
      ipc::field("version", &ArtifactPutResult::version),
      ipc::field("hash", &ArtifactPutResult::hash),
      ipc::field("size", &ArtifactPutResult::size),
      ipc::field("stored", &ArtifactPutResult::stored));
};

/// The parameters of artifact.get.
struct ArtifactGetParams {
  /// Not empty. At most 1024 bytes.
  std::optional<std::string> name;
  /// At least 1.
  std::optional<std::uint64_t> version;
  /// SHA-256 in hexadecimal. 64 characters.
  std::optional<std::string> hash;
  static constexpr auto fields = ipc::describe(
      ipc::field("name", &ArtifactGetParams::name),
      ipc::field("version", &ArtifactGetParams::version),
      ipc::field("hash", &ArtifactGetParams::hash));
};

using ArtifactGetResult = Artifact;

/// The parameters of artifact.versions.
struct ArtifactVersionsParams {
  /// Not empty. At most 1024 bytes.
  std::string name;
  static constexpr auto fields = ipc::describe(
      ipc::field("name", &ArtifactVersionsParams::name));
};

/// The result of artifact.versions.
struct ArtifactVersionsResult {
  std::vector<Version> versions;
  static constexpr auto fields = ipc::describe(
      ipc::field("versions", &ArtifactVersionsResult::versions));
};

/// The parameters of artifact.list.
struct ArtifactListParams {
  std::optional<std::string> prefix;
  static constexpr std::string_view prefix_default = "";
  /// 1 to 10000.
  std::optional<std::uint64_t> limit;
  static constexpr std::uint64_t limit_default = 100;
  static constexpr auto fields = ipc::describe(
      ipc::field("prefix", &ArtifactListParams::prefix),
      ipc::field("limit", &ArtifactListParams::limit));
};

/// The result of artifact.list.
struct ArtifactListResult {
  /// At most 10000 items.
  std::vector<std::string> names;
  bool truncated = false;
  static constexpr auto fields = ipc::describe(
      ipc::field("names", &ArtifactListResult::names),
      ipc::field("truncated", &ArtifactListResult::truncated));
};

/// The parameters of index.open.
struct IndexOpenParams {
  /// An absolute path. Not empty.
  std::string folder;
  static constexpr auto fields = ipc::describe(
      ipc::field("folder", &IndexOpenParams::folder));
};

/// The result of index.open.
struct IndexOpenResult {
  std::string folder;
  std::string state;
  static constexpr auto fields = ipc::describe(
      ipc::field("folder", &IndexOpenResult::folder),
      ipc::field("state", &IndexOpenResult::state));
};

/// The result of index.status.
struct IndexStatusResult {
  std::optional<std::string> folder;
  /// One of closed, building, ready, degraded, failed.
  std::string state;
  std::uint64_t files = 0;
  std::uint64_t indexed = 0;
  std::uint64_t pending = 0;
  std::uint64_t bytes = 0;
  std::uint64_t text_bytes = 0;
  /// Files that are listed and whose text is not indexed.
  Skipped skipped;
  bool watching = false;
  /// Counts the changes applied.
  std::uint64_t generation = 0;
  std::uint64_t build_ms = 0;
  bool persistent = false;
  /// As in section 5 of the protocol.
  std::optional<nlohmann::json> error;
  static constexpr auto fields = ipc::describe(
      ipc::field("folder", &IndexStatusResult::folder),
      ipc::field("state", &IndexStatusResult::state),
      ipc::field("files", &IndexStatusResult::files),
      ipc::field("indexed", &IndexStatusResult::indexed),
      ipc::field("pending", &IndexStatusResult::pending),
      ipc::field("bytes", &IndexStatusResult::bytes),
      ipc::field("text_bytes", &IndexStatusResult::text_bytes),
      ipc::field("skipped", &IndexStatusResult::skipped),
      ipc::field("watching", &IndexStatusResult::watching),
      ipc::field("generation", &IndexStatusResult::generation),
      ipc::field("build_ms", &IndexStatusResult::build_ms),
      ipc::field("persistent", &IndexStatusResult::persistent),
      ipc::field("error", &IndexStatusResult::error));
};

using IndexSearchParams = SearchRequest;

using IndexSearchResult = SearchResult;

using IndexScanParams = SearchRequest;

using IndexScanResult = SearchResult;

namespace method {
/// Stores the next version of an artifact; durable when it is answered.
inline constexpr ipc::Method artifact_put{"artifact_store", "artifact.put", true, false};
/// One version of an artifact by its name, the newest unless `version` says which, or the newest one with a hash.
inline constexpr ipc::Method artifact_get{"artifact_store", "artifact.get", true, true};
/// Every version of an artifact, the oldest first.
inline constexpr ipc::Method artifact_versions{"artifact_store", "artifact.versions", true, true};
/// Names of artifacts, in order.
inline constexpr ipc::Method artifact_list{"artifact_store", "artifact.list", true, true};
/// Opens the index of a folder in place of the one that was open; indexing goes on by itself.
inline constexpr ipc::Method index_open{"artifact_store", "index.open", true, true};
/// Closes the index that is open, if one is.
inline constexpr ipc::Method index_close{"artifact_store", "index.close", true, true};
/// How far the index is and whether it can be relied on.
inline constexpr ipc::Method index_status{"artifact_store", "index.status", true, true};
/// Searches the index.
inline constexpr ipc::Method index_search{"artifact_store", "index.search", true, true};
/// The same search in the folder itself, as it is now.
inline constexpr ipc::Method index_scan{"artifact_store", "index.scan", true, true};
}  // namespace method

}  // namespace symphony::interfaces::artifact_store
