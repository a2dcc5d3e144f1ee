#include "artifact_store/uploads.h"

#include <algorithm>
#include <atomic>
#include <utility>
#include <vector>

#include "artifact_store/artifacts.h"
#include "artifact_store/upload.h"

namespace symphony::pit {

namespace {

Error no_upload(std::uint64_t upload) {
  return {ErrorCode::not_found,
          "There is no upload " + std::to_string(upload) + ": it has ended, or was dropped.",
          {{"path", "/upload"}}};
}

/// Whether what was asked is to blame: then the upload is as it was.
bool refused(const Error& error) {
  return error.code == ErrorCode::invalid_params || error.code == ErrorCode::payload_too_large ||
         error.code == ErrorCode::invalid_request;
}

}  // namespace

struct Uploads::Entry {
  Entry(std::shared_ptr<Store> store, NewVersion version, const Call& call, std::int64_t now_us)
      : source(call.source), instance(call.instance), used_us(now_us) {
    upload.emplace(std::move(store), std::move(version));
  }
  bool belongs_to(std::string_view sender, std::string_view process) const {
    return source == sender && instance == process;
  }

  const std::string source;
  const std::string instance;
  std::atomic<std::int64_t> used_us;
  /// One message at a time.
  std::mutex mutex;
  /// Empty once it has ended.
  std::optional<Upload> upload;
};

nlohmann::json Uploads::begin(std::shared_ptr<Store> store, const messages::ArtifactPutBeginParams& asked,
                              const Call& call) {
  auto entry = std::make_shared<Entry>(std::move(store), NewVersion::from(asked), call, clock_.monotonic_us());
  const std::scoped_lock lock(mutex_);
  const auto own = std::count_if(entries_.begin(), entries_.end(),
                                 [&](const auto& other) { return other.second->source == call.source; });
  if (entries_.size() >= most || static_cast<std::size_t>(own) >= most_of_a_sender) {
    const std::size_t limit = entries_.size() >= most ? most : most_of_a_sender;
    throw ParameterError({ErrorCode::resource_exhausted,
                          "There are " + std::to_string(limit) + " uploads, the most there may be: end one.",
                          {{"limit", limit}}});
  }
  const std::uint64_t number = next_++;
  entries_.emplace(number, std::move(entry));
  return {{"upload", number}, {"piece_bytes", most_piece_bytes}, {"idle_ms", idle_ms}};
}

std::shared_ptr<Uploads::Entry> Uploads::find(std::uint64_t upload, const Call& call) const {
  const std::scoped_lock lock(mutex_);
  const auto found = entries_.find(upload);
  if (found == entries_.end()) throw ParameterError(no_upload(upload));
  if (!found->second->belongs_to(call.source, call.instance)) {
    throw ParameterError(
        {ErrorCode::permission_denied, "The upload belongs to another sender.", {{"path", "/upload"}}});
  }
  found->second->used_us = clock_.monotonic_us();
  return found->second;
}

nlohmann::json Uploads::add(const messages::ArtifactPutPieceParams& asked, const Call& call) {
  const auto entry = find(asked.upload, call);
  const std::string piece = decoded_content(asked.content, asked.encoding);
  if (piece.size() > most_piece_bytes) {
    throw ParameterError({ErrorCode::payload_too_large,
                          "A piece has at most " + std::to_string(most_piece_bytes) + " bytes.",
                          {{"path", "/content"}, {"limit", most_piece_bytes}}});
  }
  const std::scoped_lock lock(entry->mutex);
  if (!entry->upload) throw ParameterError(no_upload(asked.upload));
  const auto received = static_cast<std::uint64_t>(entry->upload->received());
  if (asked.offset != received) {
    throw ParameterError({ErrorCode::invalid_params,
                          "The next piece begins at " + std::to_string(received) + ".",
                          {{"path", "/offset"}, {"received", received}}});
  }
  try {
    entry->upload->add(piece);
  } catch (const ParameterError& error) {
    if (!refused(error.error())) {
      entry->upload.reset();
      drop(asked.upload);
    }
    throw;
  } catch (...) {
    entry->upload.reset();
    drop(asked.upload);
    throw;
  }
  return {{"received", entry->upload->received()}};
}

nlohmann::json Uploads::commit(const messages::ArtifactPutCommitParams& asked, const Call& call) {
  std::optional<std::string> expected;
  if (asked.hash) expected = checked_hash(*asked.hash);
  const auto entry = find(asked.upload, call);
  const std::scoped_lock lock(entry->mutex);
  if (!entry->upload) throw ParameterError(no_upload(asked.upload));
  try {
    nlohmann::json answer = entry->upload->commit(expected, clock_.wall_ms());
    entry->upload.reset();
    drop(asked.upload);
    return answer;
  } catch (const ParameterError& error) {
    if (!refused(error.error())) {
      entry->upload.reset();
      drop(asked.upload);
    }
    throw;
  } catch (...) {
    entry->upload.reset();
    drop(asked.upload);
    throw;
  }
}

nlohmann::json Uploads::abort(const messages::ArtifactPutAbortParams& asked, const Call& call) {
  const auto entry = find(asked.upload, call);
  const std::scoped_lock lock(entry->mutex);
  entry->upload.reset();
  drop(asked.upload);
  return nlohmann::json::object();
}

nlohmann::json Uploads::gone(const messages::StoreHolderGoneParams& asked) {
  const std::size_t dropped = drop_if([&](const Entry& entry) {
    return !asked.holder || (entry.source == *asked.holder && (!asked.instance || entry.instance == *asked.instance));
  });
  return {{"dropped", dropped}};
}

void Uploads::drop_idle() {
  {
    const std::scoped_lock lock(mutex_);
    if (entries_.empty()) return;
  }
  const std::int64_t oldest = clock_.monotonic_us() - idle_ms * 1000;
  drop_if([oldest](const Entry& entry) { return entry.used_us < oldest; });
}

void Uploads::drop_all() {
  drop_if([](const Entry&) { return true; });
}

void Uploads::drop(std::uint64_t upload) {
  const std::scoped_lock lock(mutex_);
  entries_.erase(upload);
}

template <class Gone>
std::size_t Uploads::drop_if(const Gone& gone) {
  // They end outside of the lock: that waits for the disk. One with a message under way ends with its answer.
  std::vector<std::shared_ptr<Entry>> dropped;
  const std::scoped_lock lock(mutex_);
  for (auto entry = entries_.begin(); entry != entries_.end();) {
    if (gone(*entry->second)) {
      dropped.push_back(std::move(entry->second));
      entry = entries_.erase(entry);
    } else {
      ++entry;
    }
  }
  return dropped.size();
}

}  // namespace symphony::pit
