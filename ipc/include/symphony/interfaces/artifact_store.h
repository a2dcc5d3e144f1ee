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

/// A version of an artifact.
struct ArtifactRef {
  /// Not empty. At most 1024 bytes.
  std::string name;
  /// At least 1.
  std::uint64_t version = 0;
  static constexpr auto fields = ipc::describe(
      ipc::field("name", &ArtifactRef::name),
      ipc::field("version", &ArtifactRef::version));
};

/// The version that was stored.
struct PutResult {
  std::string name;
  /// At least 1.
  std::uint64_t version = 0;
  /// SHA-256 in hexadecimal. 64 characters.
  std::string hash;
  std::uint64_t size = 0;
  /// False when the content was there already.
  bool stored = false;
  static constexpr auto fields = ipc::describe(
      ipc::field("name", &PutResult::name),
      ipc::field("version", &PutResult::version),
      ipc::field("hash", &PutResult::hash),
      ipc::field("size", &PutResult::size),
      ipc::field("stored", &PutResult::stored));
};

/// What a version's future depends on.
struct VersionFacts {
  std::string name;
  /// At least 1.
  std::uint64_t version = 0;
  std::uint64_t created_ms = 0;
  /// 0 to 1.
  std::optional<double> quality;
  std::vector<std::string> tags;
  std::uint64_t pins = 0;
  /// Versions that were made from it and are there.
  std::uint64_t children = 0;
  /// Newer versions of the same name.
  std::uint64_t newer = 0;
  static constexpr auto fields = ipc::describe(
      ipc::field("name", &VersionFacts::name),
      ipc::field("version", &VersionFacts::version),
      ipc::field("created_ms", &VersionFacts::created_ms),
      ipc::field("quality", &VersionFacts::quality),
      ipc::field("tags", &VersionFacts::tags),
      ipc::field("pins", &VersionFacts::pins),
      ipc::field("children", &VersionFacts::children),
      ipc::field("newer", &VersionFacts::newer));
};

/// A content, where it is, and the versions that are it.
struct ContentFacts {
  /// SHA-256 in hexadecimal. 64 characters.
  std::string hash;
  std::uint64_t size = 0;
  std::uint64_t stored_size = 0;
  /// Where the bytes are: in the database as they are, compressed there, compressed in a file, damaged beyond repair,
  /// in chunks beside the database. One of hot, compressed, archived, lost, chunked.
  std::string tier;
  std::uint64_t accessed_ms = 0;
  std::vector<VersionFacts> versions;
  static constexpr auto fields = ipc::describe(
      ipc::field("hash", &ContentFacts::hash),
      ipc::field("size", &ContentFacts::size),
      ipc::field("stored_size", &ContentFacts::stored_size),
      ipc::field("tier", &ContentFacts::tier),
      ipc::field("accessed_ms", &ContentFacts::accessed_ms),
      ipc::field("versions", &ContentFacts::versions));
};

/// A content that is not what it was.
struct Damage {
  /// SHA-256 in hexadecimal. 64 characters.
  std::string hash;
  std::string what;
  bool repaired = false;
  /// At most 100 items.
  std::vector<std::string> names;
  static constexpr auto fields = ipc::describe(
      ipc::field("hash", &Damage::hash),
      ipc::field("what", &Damage::what),
      ipc::field("repaired", &Damage::repaired),
      ipc::field("names", &Damage::names));
};

/// A version on the way, and how many steps away it is.
struct LineageEntry {
  std::string name;
  /// At least 1.
  std::uint64_t version = 0;
  /// At least 1.
  std::uint64_t depth = 0;
  static constexpr auto fields = ipc::describe(
      ipc::field("name", &LineageEntry::name),
      ipc::field("version", &LineageEntry::version),
      ipc::field("depth", &LineageEntry::depth));
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
  /// What it was made from; they must be there. At most 256 items.
  std::optional<std::vector<ArtifactRef>> parents;
  /// At most 32 items.
  std::optional<std::vector<std::string>> tags;
  /// 0 to 1.
  std::optional<double> quality;
  static constexpr auto fields = ipc::describe(
      ipc::field("name", &ArtifactPutParams::name),
      ipc::field("content", &ArtifactPutParams::content),
      ipc::field("encoding", &ArtifactPutParams::encoding),
      ipc::field("metadata", &ArtifactPutParams::metadata),
      ipc::field("parents", &ArtifactPutParams::parents),
      ipc::field("tags", &ArtifactPutParams::tags),
      ipc::field("quality", &ArtifactPutParams::quality));
};

using ArtifactPutResult = PutResult;

/// The parameters of artifact.put_begin.
struct ArtifactPutBeginParams {
  /// Not empty. At most 1024 bytes.
  std::string name;
  std::optional<nlohmann::json> metadata;
  /// What it was made from; they must be there at the end. At most 256 items.
  std::optional<std::vector<ArtifactRef>> parents;
  /// At most 32 items.
  std::optional<std::vector<std::string>> tags;
  /// 0 to 1.
  std::optional<double> quality;
  static constexpr auto fields = ipc::describe(
      ipc::field("name", &ArtifactPutBeginParams::name),
      ipc::field("metadata", &ArtifactPutBeginParams::metadata),
      ipc::field("parents", &ArtifactPutBeginParams::parents),
      ipc::field("tags", &ArtifactPutBeginParams::tags),
      ipc::field("quality", &ArtifactPutBeginParams::quality));
};

/// The result of artifact.put_begin.
struct ArtifactPutBeginResult {
  /// At least 1.
  std::uint64_t upload = 0;
  /// The most a piece may have. At least 1.
  std::uint64_t piece_bytes = 0;
  /// So long without a piece, and it is dropped. At least 1.
  std::uint64_t idle_ms = 0;
  static constexpr auto fields = ipc::describe(
      ipc::field("upload", &ArtifactPutBeginResult::upload),
      ipc::field("piece_bytes", &ArtifactPutBeginResult::piece_bytes),
      ipc::field("idle_ms", &ArtifactPutBeginResult::idle_ms));
};

/// The parameters of artifact.put_piece.
struct ArtifactPutPieceParams {
  /// At least 1.
  std::uint64_t upload = 0;
  /// How many bytes came before.
  std::uint64_t offset = 0;
  /// At most 1 MiB once it is decoded. At most 1398104 bytes.
  std::string content;
  /// How `content` holds the bytes. One of utf-8, base64.
  std::optional<std::string> encoding;
  static constexpr std::string_view encoding_default = "utf-8";
  static constexpr auto fields = ipc::describe(
      ipc::field("upload", &ArtifactPutPieceParams::upload),
      ipc::field("offset", &ArtifactPutPieceParams::offset),
      ipc::field("content", &ArtifactPutPieceParams::content),
      ipc::field("encoding", &ArtifactPutPieceParams::encoding));
};

/// The result of artifact.put_piece.
struct ArtifactPutPieceResult {
  /// Bytes so far.
  std::uint64_t received = 0;
  static constexpr auto fields = ipc::describe(
      ipc::field("received", &ArtifactPutPieceResult::received));
};

/// The parameters of artifact.put_commit.
struct ArtifactPutCommitParams {
  /// At least 1.
  std::uint64_t upload = 0;
  /// What its hash must be. 64 characters.
  std::optional<std::string> hash;
  static constexpr auto fields = ipc::describe(
      ipc::field("upload", &ArtifactPutCommitParams::upload),
      ipc::field("hash", &ArtifactPutCommitParams::hash));
};

using ArtifactPutCommitResult = PutResult;

/// The parameters of artifact.put_abort.
struct ArtifactPutAbortParams {
  /// At least 1.
  std::uint64_t upload = 0;
  static constexpr auto fields = ipc::describe(
      ipc::field("upload", &ArtifactPutAbortParams::upload));
};

/// The parameters of artifact.read.
struct ArtifactReadParams {
  /// SHA-256 in hexadecimal. 64 characters.
  std::string hash;
  /// At most the size.
  std::optional<std::uint64_t> offset;
  static constexpr std::uint64_t offset_default = 0;
  /// 1 to 1048576.
  std::optional<std::uint64_t> length;
  static constexpr std::uint64_t length_default = 1048576;
  static constexpr auto fields = ipc::describe(
      ipc::field("hash", &ArtifactReadParams::hash),
      ipc::field("offset", &ArtifactReadParams::offset),
      ipc::field("length", &ArtifactReadParams::length));
};

/// The result of artifact.read.
struct ArtifactReadResult {
  /// Of the whole content.
  std::uint64_t size = 0;
  std::uint64_t offset = 0;
  /// In base64; fewer bytes than asked for only at the end.
  std::string content;
  /// The content ends with it.
  bool last = false;
  static constexpr auto fields = ipc::describe(
      ipc::field("size", &ArtifactReadResult::size),
      ipc::field("offset", &ArtifactReadResult::offset),
      ipc::field("content", &ArtifactReadResult::content),
      ipc::field("last", &ArtifactReadResult::last));
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

/// The parameters of artifact.describe.
struct ArtifactDescribeParams {
  /// Not empty. At most 1024 bytes.
  std::string name;
  /// The newest where it is not said. At least 1.
  std::optional<std::uint64_t> version;
  static constexpr auto fields = ipc::describe(
      ipc::field("name", &ArtifactDescribeParams::name),
      ipc::field("version", &ArtifactDescribeParams::version));
};

/// The result of artifact.describe.
struct ArtifactDescribeResult {
  std::string name;
  /// At least 1.
  std::uint64_t version = 0;
  /// SHA-256 in hexadecimal. 64 characters.
  std::string hash;
  std::uint64_t size = 0;
  std::uint64_t stored_size = 0;
  /// Where the bytes are: in the database as they are, compressed there, compressed in a file, damaged beyond repair,
  /// in chunks beside the database. One of hot, compressed, archived, lost, chunked.
  std::string tier;
  std::uint64_t created_ms = 0;
  std::uint64_t accessed_ms = 0;
  /// 0 to 1.
  std::optional<double> quality;
  std::vector<std::string> tags;
  /// Who holds it.
  std::vector<std::string> pins;
  std::vector<ArtifactRef> parents;
  /// At most 1000 items.
  std::vector<ArtifactRef> children;
  nlohmann::json metadata;
  static constexpr auto fields = ipc::describe(
      ipc::field("name", &ArtifactDescribeResult::name),
      ipc::field("version", &ArtifactDescribeResult::version),
      ipc::field("hash", &ArtifactDescribeResult::hash),
      ipc::field("size", &ArtifactDescribeResult::size),
      ipc::field("stored_size", &ArtifactDescribeResult::stored_size),
      ipc::field("tier", &ArtifactDescribeResult::tier),
      ipc::field("created_ms", &ArtifactDescribeResult::created_ms),
      ipc::field("accessed_ms", &ArtifactDescribeResult::accessed_ms),
      ipc::field("quality", &ArtifactDescribeResult::quality),
      ipc::field("tags", &ArtifactDescribeResult::tags),
      ipc::field("pins", &ArtifactDescribeResult::pins),
      ipc::field("parents", &ArtifactDescribeResult::parents),
      ipc::field("children", &ArtifactDescribeResult::children),
      ipc::field("metadata", &ArtifactDescribeResult::metadata));
};

/// The parameters of artifact.annotate.
struct ArtifactAnnotateParams {
  /// Not empty. At most 1024 bytes.
  std::string name;
  /// The newest where it is not said. At least 1.
  std::optional<std::uint64_t> version;
  /// At most 32 items.
  std::optional<std::vector<std::string>> add_tags;
  /// At most 32 items.
  std::optional<std::vector<std::string>> remove_tags;
  /// 0 to 1.
  std::optional<double> quality;
  static constexpr auto fields = ipc::describe(
      ipc::field("name", &ArtifactAnnotateParams::name),
      ipc::field("version", &ArtifactAnnotateParams::version),
      ipc::field("add_tags", &ArtifactAnnotateParams::add_tags),
      ipc::field("remove_tags", &ArtifactAnnotateParams::remove_tags),
      ipc::field("quality", &ArtifactAnnotateParams::quality));
};

/// The result of artifact.annotate.
struct ArtifactAnnotateResult {
  /// At least 1.
  std::uint64_t version = 0;
  std::vector<std::string> tags;
  /// 0 to 1.
  std::optional<double> quality;
  static constexpr auto fields = ipc::describe(
      ipc::field("version", &ArtifactAnnotateResult::version),
      ipc::field("tags", &ArtifactAnnotateResult::tags),
      ipc::field("quality", &ArtifactAnnotateResult::quality));
};

/// The parameters of artifact.pin.
struct ArtifactPinParams {
  /// Not empty. At most 1024 bytes.
  std::string name;
  /// The newest where it is not said. At least 1.
  std::optional<std::uint64_t> version;
  /// Whose pin it is. Not empty. At most 256 bytes.
  std::string holder;
  static constexpr auto fields = ipc::describe(
      ipc::field("name", &ArtifactPinParams::name),
      ipc::field("version", &ArtifactPinParams::version),
      ipc::field("holder", &ArtifactPinParams::holder));
};

/// The result of artifact.pin.
struct ArtifactPinResult {
  /// At least 1.
  std::uint64_t version = 0;
  std::vector<std::string> pins;
  static constexpr auto fields = ipc::describe(
      ipc::field("version", &ArtifactPinResult::version),
      ipc::field("pins", &ArtifactPinResult::pins));
};

/// The parameters of artifact.unpin.
struct ArtifactUnpinParams {
  /// Not empty. At most 1024 bytes.
  std::string name;
  /// The newest where it is not said. At least 1.
  std::optional<std::uint64_t> version;
  /// Whose pin it is. Not empty. At most 256 bytes.
  std::string holder;
  static constexpr auto fields = ipc::describe(
      ipc::field("name", &ArtifactUnpinParams::name),
      ipc::field("version", &ArtifactUnpinParams::version),
      ipc::field("holder", &ArtifactUnpinParams::holder));
};

/// The result of artifact.unpin.
struct ArtifactUnpinResult {
  /// At least 1.
  std::uint64_t version = 0;
  std::vector<std::string> pins;
  static constexpr auto fields = ipc::describe(
      ipc::field("version", &ArtifactUnpinResult::version),
      ipc::field("pins", &ArtifactUnpinResult::pins));
};

/// The parameters of artifact.lineage.
struct ArtifactLineageParams {
  /// Not empty. At most 1024 bytes.
  std::string name;
  /// The newest where it is not said. At least 1.
  std::optional<std::uint64_t> version;
  /// One of parents, children.
  std::optional<std::string> direction;
  static constexpr std::string_view direction_default = "parents";
  /// 1 to 1000.
  std::optional<std::uint64_t> depth;
  static constexpr std::uint64_t depth_default = 100;
  /// 1 to 10000.
  std::optional<std::uint64_t> limit;
  static constexpr std::uint64_t limit_default = 1000;
  static constexpr auto fields = ipc::describe(
      ipc::field("name", &ArtifactLineageParams::name),
      ipc::field("version", &ArtifactLineageParams::version),
      ipc::field("direction", &ArtifactLineageParams::direction),
      ipc::field("depth", &ArtifactLineageParams::depth),
      ipc::field("limit", &ArtifactLineageParams::limit));
};

/// The result of artifact.lineage.
struct ArtifactLineageResult {
  /// At least 1.
  std::uint64_t version = 0;
  /// At most 10000 items.
  std::vector<LineageEntry> entries;
  bool truncated = false;
  static constexpr auto fields = ipc::describe(
      ipc::field("version", &ArtifactLineageResult::version),
      ipc::field("entries", &ArtifactLineageResult::entries),
      ipc::field("truncated", &ArtifactLineageResult::truncated));
};

/// The parameters of store.holder_gone.
struct StoreHolderGoneParams {
  /// Not empty. At most 128 bytes.
  std::optional<std::string> holder;
  /// At most 128 bytes.
  std::optional<std::string> instance;
  static constexpr auto fields = ipc::describe(
      ipc::field("holder", &StoreHolderGoneParams::holder),
      ipc::field("instance", &StoreHolderGoneParams::instance));
};

/// The result of store.holder_gone.
struct StoreHolderGoneResult {
  std::uint64_t dropped = 0;
  static constexpr auto fields = ipc::describe(
      ipc::field("dropped", &StoreHolderGoneResult::dropped));
};

/// The parameters of store.contents.
struct StoreContentsParams {
  /// The hash of the last one that was seen.
  std::optional<std::string> after;
  static constexpr std::string_view after_default = "";
  /// 1 to 1000.
  std::optional<std::uint64_t> limit;
  static constexpr std::uint64_t limit_default = 200;
  static constexpr auto fields = ipc::describe(
      ipc::field("after", &StoreContentsParams::after),
      ipc::field("limit", &StoreContentsParams::limit));
};

/// The result of store.contents.
struct StoreContentsResult {
  /// At most 1000 items.
  std::vector<ContentFacts> contents;
  /// There are no more.
  bool last = false;
  static constexpr auto fields = ipc::describe(
      ipc::field("contents", &StoreContentsResult::contents),
      ipc::field("last", &StoreContentsResult::last));
};

/// The parameters of store.move.
struct StoreMoveParams {
  /// SHA-256 in hexadecimal. 64 characters.
  std::string hash;
  /// One of hot, compressed, archived.
  std::string tier;
  /// Only if nobody has used it after that (milliseconds since 1970).
  std::optional<std::uint64_t> unused_since;
  /// What store.undo finds it by. At most 64 bytes.
  std::optional<std::string> batch;
  static constexpr std::string_view batch_default = "";
  static constexpr auto fields = ipc::describe(
      ipc::field("hash", &StoreMoveParams::hash),
      ipc::field("tier", &StoreMoveParams::tier),
      ipc::field("unused_since", &StoreMoveParams::unused_since),
      ipc::field("batch", &StoreMoveParams::batch));
};

/// The result of store.move.
struct StoreMoveResult {
  /// False when it is there already, or compressed would not be smaller.
  bool changed = false;
  /// Where the bytes are: in the database as they are, compressed there, compressed in a file, damaged beyond repair,
  /// in chunks beside the database. One of hot, compressed, archived, lost, chunked.
  std::string tier;
  std::uint64_t stored_before = 0;
  std::uint64_t stored_after = 0;
  static constexpr auto fields = ipc::describe(
      ipc::field("changed", &StoreMoveResult::changed),
      ipc::field("tier", &StoreMoveResult::tier),
      ipc::field("stored_before", &StoreMoveResult::stored_before),
      ipc::field("stored_after", &StoreMoveResult::stored_after));
};

/// The parameters of store.delete.
struct StoreDeleteParams {
  /// Not empty. At most 1024 bytes.
  std::string name;
  /// At least 1.
  std::uint64_t version = 0;
  std::optional<std::uint64_t> unused_since;
  /// At most 64 bytes.
  std::optional<std::string> batch;
  static constexpr std::string_view batch_default = "";
  static constexpr auto fields = ipc::describe(
      ipc::field("name", &StoreDeleteParams::name),
      ipc::field("version", &StoreDeleteParams::version),
      ipc::field("unused_since", &StoreDeleteParams::unused_since),
      ipc::field("batch", &StoreDeleteParams::batch));
};

/// The result of store.delete.
struct StoreDeleteResult {
  bool changed = false;
  static constexpr auto fields = ipc::describe(
      ipc::field("changed", &StoreDeleteResult::changed));
};

/// The parameters of store.undo.
struct StoreUndoParams {
  /// Not empty. At most 64 bytes.
  std::string batch;
  /// 1 to 1000.
  std::optional<std::uint64_t> limit;
  static constexpr std::uint64_t limit_default = 50;
  static constexpr auto fields = ipc::describe(
      ipc::field("batch", &StoreUndoParams::batch),
      ipc::field("limit", &StoreUndoParams::limit));
};

/// The result of store.undo.
struct StoreUndoResult {
  std::uint64_t undone = 0;
  /// Changes that others have overtaken: purged, or moved again.
  std::uint64_t gone = 0;
  std::uint64_t left = 0;
  static constexpr auto fields = ipc::describe(
      ipc::field("undone", &StoreUndoResult::undone),
      ipc::field("gone", &StoreUndoResult::gone),
      ipc::field("left", &StoreUndoResult::left));
};

/// The parameters of store.purge.
struct StorePurgeParams {
  std::uint64_t deleted_before_ms = 0;
  /// 1 to 1000.
  std::optional<std::uint64_t> limit;
  static constexpr std::uint64_t limit_default = 50;
  static constexpr auto fields = ipc::describe(
      ipc::field("deleted_before_ms", &StorePurgeParams::deleted_before_ms),
      ipc::field("limit", &StorePurgeParams::limit));
};

/// The result of store.purge.
struct StorePurgeResult {
  std::uint64_t versions = 0;
  std::uint64_t contents = 0;
  std::uint64_t freed_bytes = 0;
  bool last = false;
  static constexpr auto fields = ipc::describe(
      ipc::field("versions", &StorePurgeResult::versions),
      ipc::field("contents", &StorePurgeResult::contents),
      ipc::field("freed_bytes", &StorePurgeResult::freed_bytes),
      ipc::field("last", &StorePurgeResult::last));
};

/// The parameters of store.check.
struct StoreCheckParams {
  std::optional<std::string> after;
  static constexpr std::string_view after_default = "";
  /// 1 to 1000.
  std::optional<std::uint64_t> limit;
  static constexpr std::uint64_t limit_default = 50;
  std::optional<bool> repair;
  static constexpr bool repair_default = false;
  static constexpr auto fields = ipc::describe(
      ipc::field("after", &StoreCheckParams::after),
      ipc::field("limit", &StoreCheckParams::limit),
      ipc::field("repair", &StoreCheckParams::repair));
};

/// The result of store.check.
struct StoreCheckResult {
  std::uint64_t checked = 0;
  /// At most 1000 items.
  std::vector<Damage> damaged;
  /// To go on with.
  std::string after;
  bool last = false;
  static constexpr auto fields = ipc::describe(
      ipc::field("checked", &StoreCheckResult::checked),
      ipc::field("damaged", &StoreCheckResult::damaged),
      ipc::field("after", &StoreCheckResult::after),
      ipc::field("last", &StoreCheckResult::last));
};

/// The result of store.usage.
struct StoreUsageResult {
  std::uint64_t contents = 0;
  /// Of all contents as they are read.
  std::uint64_t bytes = 0;
  /// As they are kept.
  std::uint64_t stored_bytes = 0;
  std::uint64_t database_bytes = 0;
  /// Of the database: used again before it grows.
  std::uint64_t free_bytes = 0;
  std::uint64_t archive_bytes = 0;
  /// Of all chunks, each counted once.
  std::uint64_t chunk_bytes = 0;
  nlohmann::json by_tier;
  static constexpr auto fields = ipc::describe(
      ipc::field("contents", &StoreUsageResult::contents),
      ipc::field("bytes", &StoreUsageResult::bytes),
      ipc::field("stored_bytes", &StoreUsageResult::stored_bytes),
      ipc::field("database_bytes", &StoreUsageResult::database_bytes),
      ipc::field("free_bytes", &StoreUsageResult::free_bytes),
      ipc::field("archive_bytes", &StoreUsageResult::archive_bytes),
      ipc::field("chunk_bytes", &StoreUsageResult::chunk_bytes),
      ipc::field("by_tier", &StoreUsageResult::by_tier));
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
/// Begins to put an artifact piece by piece; nobody sees it before artifact.put_commit. It belongs to its sender, and
/// is dropped with it or when no piece comes for a while.
inline constexpr ipc::Method artifact_put_begin{"artifact_store", "artifact.put_begin", true, false};
/// The next piece of the bytes. One waits for the answer before the next is sent.
inline constexpr ipc::Method artifact_put_piece{"artifact_store", "artifact.put_piece", true, false};
/// Stores what came as the next version of the artifact; durable when it is answered.
inline constexpr ipc::Method artifact_put_commit{"artifact_store", "artifact.put_commit", true, false};
/// Drops what came.
inline constexpr ipc::Method artifact_put_abort{"artifact_store", "artifact.put_abort", true, false};
/// A range of a content's bytes, whatever its size.
inline constexpr ipc::Method artifact_read{"artifact_store", "artifact.read", true, true};
/// One version of an artifact by its name, the newest unless `version` says which, or the newest one with a hash.
inline constexpr ipc::Method artifact_get{"artifact_store", "artifact.get", true, true};
/// Every version of an artifact, the oldest first.
inline constexpr ipc::Method artifact_versions{"artifact_store", "artifact.versions", true, true};
/// Names of artifacts, in order.
inline constexpr ipc::Method artifact_list{"artifact_store", "artifact.list", true, true};
/// All that is known of a version but its content.
inline constexpr ipc::Method artifact_describe{"artifact_store", "artifact.describe", true, true};
/// Changes the tags and the quality of a version.
inline constexpr ipc::Method artifact_annotate{"artifact_store", "artifact.annotate", true, true};
/// Holds a version: it is neither moved to another tier nor deleted until every pin is gone.
inline constexpr ipc::Method artifact_pin{"artifact_store", "artifact.pin", true, true};
/// Takes a pin away, where it is.
inline constexpr ipc::Method artifact_unpin{"artifact_store", "artifact.unpin", true, true};
/// What a version was made from, or what was made from it, step by step; the nearest first.
inline constexpr ipc::Method artifact_lineage{"artifact_store", "artifact.lineage", true, true};
/// Drops the unfinished uploads of an endpoint, or of one of its processes; without a holder all of them.
inline constexpr ipc::Method store_holder_gone{"artifact_store", "store.holder_gone", true, true};
/// Contents in the order of their hashes, for those who decide which tier they belong to.
inline constexpr ipc::Method store_contents{"artifact_store", "store.contents", true, true};
/// Moves a content to another tier; whoever reads it sees no difference.
inline constexpr ipc::Method store_move{"artifact_store", "store.move", true, true};
/// Deletes a version that nobody holds or needs; it can be undone until it is purged.
inline constexpr ipc::Method store_delete{"artifact_store", "store.delete", true, true};
/// Takes back changes of a batch, the newest first.
inline constexpr ipc::Method store_undo{"artifact_store", "store.undo", true, false};
/// Removes for good what was deleted before a time.
inline constexpr ipc::Method store_purge{"artifact_store", "store.purge", true, true};
/// Reads contents and compares them with their hashes; repairs from what else has the same bytes.
inline constexpr ipc::Method store_check{"artifact_store", "store.check", true, true};
/// What the store takes on the disk.
inline constexpr ipc::Method store_usage{"artifact_store", "store.usage", true, true};
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
