#include "artifact_store/upload.h"

#include "artifact_store/durable.h"
#include "artifact_store/parameters.h"

namespace symphony::pit {

using ipc::ErrorCode;

Upload::Upload(std::shared_ptr<Store> store, NewVersion version)
    : store_(std::move(store)), version_(std::move(version)) {
  store_->uploading().begin();
}

Upload::~Upload() {
  store_->uploading().end();
  pack_.reset();
  // What others removed meanwhile was left to this end.
  collect_garbage(*store_);
}

void Upload::add(std::string_view piece) {
  if (static_cast<std::int64_t>(piece.size()) > most_content_bytes - received_) {
    throw ParameterError({ErrorCode::payload_too_large,
                          "An artifact has at most " + std::to_string(most_content_bytes) + " bytes.",
                          {{"path", "/content"}, {"limit", most_content_bytes}}});
  }
  hash_.add(piece);
  text_.add(piece);
  received_ += static_cast<std::int64_t>(piece.size());
  waiting_ += piece;
  while (waiting_.size() - begin_ > most_chunk_bytes)
    keep_chunk();
  waiting_.erase(0, begin_);
  begin_ = 0;
}

void Upload::keep_chunk() {
  const std::string_view rest = std::string_view(waiting_).substr(begin_);
  const std::string_view bytes = rest.substr(0, first_chunk(rest));
  Part part{sha256(bytes), parts_.empty() ? 0 : parts_.back().start + parts_.back().size,
            static_cast<std::int64_t>(bytes.size()), std::nullopt};
  if (!written_.contains(part.hash)) {
    const bool there = [&] {
      const Store::Lease lease = store_->read();
      return has_chunk(*lease, view_of(part.hash));
    }();
    if (!there) append(part, bytes);
  }
  parts_.push_back(part);
  begin_ += bytes.size();
}

void Upload::append(Part& part, std::string_view bytes) {
  if (!pack_) {
    const std::filesystem::path packs = store_->packs();
    if (packs.empty()) {
      throw ParameterError(
          {ErrorCode::resource_exhausted,
           "The store is in memory: an artifact has at most " + std::to_string(most_chunk_bytes) + " bytes there.",
           {{"path", "/content"}, {"limit", most_chunk_bytes}}});
    }
    auto made = PackWriter::create(packs, store_->next_pack());
    if (made.has_error()) throw ParameterError(made.error());
    pack_.emplace(std::move(*made));
  }
  const auto at = pack_->append(bytes);
  if (at.has_error()) throw ParameterError(at.error());
  part.at = *at;
  written_.emplace(part.hash, *at);
}

nlohmann::json Upload::commit(std::optional<std::string_view> expected, std::int64_t now_ms) {
  const Sha256 hash = hash_.hash();
  if (expected && *expected != view_of(hash)) {
    throw ParameterError({ErrorCode::invalid_params,
                          "What came has another hash.",
                          {{"path", "/hash"}, {"hash", to_hex(view_of(hash))}, {"size", received_}}});
  }
  const bool chunked = !parts_.empty();
  while (chunked && begin_ < waiting_.size())
    keep_chunk();
  if (pack_) {
    // The bytes are durable before the database says that they are there.
    if (auto done = pack_->synchronise(); done.has_error()) throw ParameterError(done.error());
  }
  const Store::Lease lease = store_->write();
  const FullSynchronous durable(*lease);
  Transaction transaction(*lease);
  const std::optional<Tier> there = tier_of(*lease, view_of(hash));
  // A content in chunks whose chunks were not all there gets them back.
  const bool whole = there && *there != Tier::lost && (*there != Tier::chunked || !pack_);
  if (whole) {
    note_use(*lease, view_of(hash), now_ms);
  } else if (chunked) {
    write_parts(*lease, view_of(hash), parts_, pack_ ? pack_->pack() : store_->next_pack());
    keep_in_chunks(*lease, view_of(hash), received_, text_.valid(), now_ms);
  } else {
    keep_in_row(*lease, view_of(hash), waiting_, text_.valid(), now_ms);
  }
  const std::int64_t number = write_version(*lease, version_, view_of(hash), now_ms);
  transaction.commit();
  if (pack_ && !whole) {
    pack_->keep();
    tidy_packs(*store_, {pack_->pack()});
  }
  return {{"name", version_.name},
          {"version", number},
          {"hash", to_hex(view_of(hash))},
          {"size", received_},
          {"stored", !there}};
}

}  // namespace symphony::pit
