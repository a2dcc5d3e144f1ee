#include "streams/streams.h"

#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>

#include "peer.h"
#include "streams/credit.h"

namespace symphony::ipc {
namespace {

using Importance = OutgoingStream::Importance;

constexpr StreamEnd::Role other(StreamEnd::Role role) noexcept {
  return role == StreamEnd::Role::writes ? StreamEnd::Role::reads : StreamEnd::Role::writes;
}

Error gone() { return {ErrorCode::peer_disconnected, "The process at the other end of the stream is gone."}; }

}  // namespace

struct Streams::Record {
  std::uint64_t id = 0;
  StreamOptions options;
  std::array<Side, 2> sides;  // by Role
  std::optional<Ring> ring;

  std::mutex mutex;
  /// Without shared memory: what the writer, here or in another process, may still send.
  std::int64_t credit = 0;
  /// What waits until a side's connection takes it: bells are one, credits a sum.
  std::array<bool, 2> bell_owed{};
  std::uint32_t credit_owed = 0;
  unsigned credits_owed = 0;  // of how many frames

  Side& side(Role role) { return sides[static_cast<std::size_t>(role)]; }
  bool is_at(Role role, const Peer& peer) { return side(role).peer.get() == &peer; }
};

namespace {

/// From an end in the host to the table.
class HostLink final : public StreamLink {
 public:
  HostLink(Streams& streams, boost::asio::io_context& context, std::weak_ptr<void> owner, std::uint64_t id,
           StreamEnd::Role role)
      : streams_(streams), context_(context), owner_(std::move(owner)), id_(id), role_(role) {}

  void bell() override {
    if (const auto alive = owner_.lock()) {
      streams_.bell(id_, role_);
    }
  }
  bool message(std::string_view bytes) override {
    const auto alive = owner_.lock();
    return alive && streams_.message(id_, bytes);
  }
  void credit(std::uint32_t bytes) override {
    if (const auto alive = owner_.lock()) {
      streams_.credit(id_, bytes);
    }
  }
  void end(const std::optional<Error>& reason) override {
    if (const auto alive = owner_.lock()) {
      streams_.end(id_, role_, reason);
    }
  }
  void post(std::function<void()> action) override {
    if (const auto alive = owner_.lock()) {
      boost::asio::post(context_, std::move(action));
    }
  }
  bool stands() override { return !owner_.expired(); }

 private:
  Streams& streams_;
  boost::asio::io_context& context_;
  const std::weak_ptr<void> owner_;
  const std::uint64_t id_;
  const StreamEnd::Role role_;
};

}  // namespace

std::unique_ptr<StreamLink> Streams::link(std::uint64_t id, Role role) {
  return std::make_unique<HostLink>(*this, context_, owner_, id, role);
}

Streams::RecordPtr Streams::find(std::uint64_t id) const {
  const std::lock_guard lock(mutex_);
  const auto found = records_.find(id);
  return found == records_.end() ? nullptr : found->second;
}

Streams::RecordPtr Streams::take_out(std::uint64_t id) {
  const std::lock_guard lock(mutex_);
  const auto found = records_.find(id);
  if (found == records_.end()) {
    return nullptr;
  }
  RecordPtr record = std::move(found->second);
  records_.erase(found);
  return record;
}

std::vector<Streams::RecordPtr> Streams::at(const Peer& peer) const {
  std::vector<RecordPtr> found;
  const std::lock_guard lock(mutex_);
  for (const auto& [id, record] : records_) {
    if (record->is_at(Role::writes, peer) || record->is_at(Role::reads, peer)) {
      found.push_back(record);
    }
  }
  return found;
}

std::size_t Streams::open() const {
  const std::lock_guard lock(mutex_);
  return records_.size();
}

bool Streams::has_room(const Peer& peer, std::size_t bytes) const {
  const auto own = at(peer);
  for (const RecordPtr& record : own) {
    bytes += record->options.bytes;
  }
  return own.size() < limits::streams_per_peer && bytes <= limits::stream_bytes_per_peer;
}

void Streams::add(std::uint64_t id, const StreamOptions& options, Side writer, Side reader, std::optional<Ring> ring) {
  auto record = std::make_shared<Record>();
  record->id = id;
  record->options = options;
  record->side(Role::writes) = std::move(writer);
  record->side(Role::reads) = std::move(reader);
  record->ring = std::move(ring);
  record->credit = static_cast<std::int64_t>(options.bytes);
  const std::lock_guard lock(mutex_);
  records_.emplace(id, std::move(record));
}

void Streams::on_bus_thread(std::function<void()> action) {
  boost::asio::dispatch(context_, [weak = owner_, action = std::move(action)] {
    if (const auto alive = weak.lock()) {
      action();
    }
  });
}

void Streams::bell(std::uint64_t id, Role from) {
  const auto record = find(id);
  if (!record) {
    return;
  }
  const Side& side = record->side(other(from));
  if (side.local) {
    // Posted: whoever rings may be in the middle of something.
    side.local->look_again_soon();
    return;
  }
  {
    const std::lock_guard lock(record->mutex);
    bool& owed = record->bell_owed[static_cast<std::size_t>(other(from))];
    if (owed) {
      return;
    }
    if (side.peer->queued_bytes() > 0) {
      owed = true;  // one is enough, and a slow reader is not drowned in them
      ++owed_;
      return;
    }
  }
  side.peer->send_bell(id);
}

bool Streams::message(std::uint64_t id, std::string_view bytes) {
  const auto record = find(id);
  if (!record) {
    return false;
  }
  {
    // Before it is on its way: the reader may give it back at once.
    const std::lock_guard lock(record->mutex);
    record->credit -= static_cast<std::int64_t>(bytes.size() + limits::stream_message_overhead);
  }
  const Side& side = record->side(Role::reads);
  if (side.local) {
    return side.local->take_message(bytes);
  }
  Envelope frame;
  frame.kind = FrameKind::stream;
  frame.format = BodyFormat::bytes;
  frame.id = id;
  frame.body = bytes;
  switch (side.peer->send(frame, Importance::ordinary)) {
    case OutgoingStream::Outcome::closed:
      return false;
    case OutgoingStream::Outcome::overloaded: {
      if (record->options.when_full == StreamOptions::WhenFull::drop_oldest) {
        return true;
      }
      // A stream that loses nothing ends rather than lose something.
      const Error reason{ErrorCode::overloaded, "The reader of the stream does not keep up: its queue is full."};
      on_bus_thread([this, id, reason] {
        if (const auto full = take_out(id)) {
          other_ended(full, Role::writes, reason);
          other_ended(full, Role::reads, reason);
        }
      });
      return true;
    }
    default:
      return true;
  }
}

void Streams::credit(std::uint64_t id, std::uint32_t bytes) {
  const auto record = find(id);
  if (!record) {
    return;
  }
  const Side& side = record->side(Role::writes);
  {
    const std::lock_guard lock(record->mutex);
    record->credit += bytes;
    if (!side.local && side.peer->queued_bytes() > 0) {
      record->credit_owed += bytes;
      ++record->credits_owed;
      ++owed_;
      return;
    }
  }
  if (side.local) {
    on_bus_thread([local = side.local, bytes] { local->take_credit(bytes); });
  } else {
    side.peer->send_credit(id, bytes);
  }
}

void Streams::other_ended(const RecordPtr& record, Role ended, const std::optional<Error>& reason) {
  const Side& side = record->side(other(ended));
  if (side.local) {
    side.local->other_ended(reason);
  } else if (side.peer) {
    side.peer->send_stream_end(record->id, reason);
  }
}

void Streams::end(std::uint64_t id, Role from, const std::optional<Error>& reason) {
  if (const auto record = take_out(id)) {
    on_bus_thread([this, record, from, reason] { other_ended(record, from, reason); });
  }
}

Result<void> Streams::received(const Peer& peer, const Envelope& frame) {
  const auto record = find(frame.id);
  if (!record) {
    return {};
  }
  const bool writes = record->is_at(Role::writes, peer);
  const bool reads = record->is_at(Role::reads, peer);
  const Error not_yours{ErrorCode::invalid_request, "The frame is of a stream, or an end of one, that is not yours."};
  switch (frame.kind) {
    case FrameKind::bell:
      if (!(writes || reads) || !record->ring) {
        return not_yours;
      }
      bell(frame.id, writes ? Role::writes : Role::reads);
      return {};
    case FrameKind::stream: {
      if (!writes || record->ring) {
        return not_yours;
      }
      {
        const std::lock_guard lock(record->mutex);
        if (record->credit <= 0) {
          return Error{ErrorCode::invalid_request, "More was sent on a stream than its reader gave credit for."};
        }
      }
      message(frame.id, frame.body);
      return {};
    }
    case FrameKind::credit: {
      if (!reads || record->ring) {
        return not_yours;
      }
      const std::uint32_t bytes = decode_credit(frame.body);
      {
        const std::lock_guard lock(record->mutex);
        if (record->credit + bytes > static_cast<std::int64_t>(record->options.bytes)) {
          return Error{ErrorCode::invalid_request, "More credit was given for a stream than it has."};
        }
      }
      credit(frame.id, bytes);
      return {};
    }
    default: {
      if (!(writes || reads)) {
        return not_yours;
      }
      std::optional<Error> reason;
      if (!frame.body.empty()) {
        const auto document = decode_document(frame.format, frame.body);
        reason = document ? Error::from_json(*document) : document.error();
      }
      if (const auto ended = take_out(frame.id)) {
        other_ended(ended, writes ? Role::writes : Role::reads, reason);
      }
      return {};
    }
  }
}

void Streams::remove(const Peer& peer) {
  for (const RecordPtr& record : at(peer)) {
    if (!take_out(record->id)) {
      continue;
    }
    const Role role = record->is_at(Role::writes, peer) ? Role::writes : Role::reads;
    if (record->ring) {
      // In the memory itself too: who sleeps there hears nothing else.
      role == Role::writes ? writer_is_gone(*record->ring) : reader_is_gone(*record->ring);
    }
    other_ended(record, role, gone());
  }
}

void Streams::writable(const Peer& peer) {
  if (owed_.load() == 0) {
    return;
  }
  for (const RecordPtr& record : at(peer)) {
    for (const Role role : {Role::writes, Role::reads}) {
      if (!record->is_at(role, peer)) {
        continue;
      }
      bool bell_owed = false;
      std::uint32_t credit_owed = 0;
      {
        const std::lock_guard lock(record->mutex);
        bell_owed = std::exchange(record->bell_owed[static_cast<std::size_t>(role)], false);
        credit_owed = role == Role::writes ? std::exchange(record->credit_owed, 0) : 0;
        owed_ -= (bell_owed ? 1U : 0U) + (role == Role::writes ? std::exchange(record->credits_owed, 0) : 0U);
      }
      if (bell_owed) {
        record->side(role).peer->send_bell(record->id);
      }
      if (credit_owed > 0) {
        record->side(role).peer->send_credit(record->id, credit_owed);
      }
    }
  }
}

void Streams::close(const Error& reason) {
  boost::unordered_flat_map<std::uint64_t, RecordPtr> records;
  {
    const std::lock_guard lock(mutex_);
    records.swap(records_);
  }
  for (const auto& [id, record] : records) {
    if (record->ring) {
      writer_is_gone(*record->ring);
      reader_is_gone(*record->ring);
    }
    other_ended(record, Role::writes, reason);
    other_ended(record, Role::reads, reason);
  }
}

}  // namespace symphony::ipc
