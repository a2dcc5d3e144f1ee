#pragma once
// The streams that are open, as the host sees them: who is at which end, and what passes between the two. In shared
// memory nothing does but bells and the end.

#include <array>
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include <symphony/ipc/envelope.h>

#include "streams/stream_end.h"

namespace symphony::ipc {

class Peer;

class Streams {
 public:
  using Role = StreamEnd::Role;

  /// One end: a connected process, or an end in this process.
  struct Side {
    std::shared_ptr<Peer> peer;
    std::shared_ptr<StreamEnd> local;
  };

  explicit Streams(boost::asio::io_context& context) : context_(context) {}
  /// What must be alive for an end in this process to act.
  void owned_by(std::weak_ptr<void> owner) { owner_ = std::move(owner); }

  // On any thread.
  std::uint64_t next_id() noexcept { return last_id_.fetch_add(1) + 1; }
  /// Whether `peer` may have one more, of so many bytes.
  bool has_room(const Peer& peer, std::size_t bytes) const;
  /// `ring` is the host's own view of the memory, to tell one side that the other is gone.
  void add(std::uint64_t id, const StreamOptions& options, Side writer, Side reader, std::optional<Ring> ring);
  /// How an end in this process reaches the other one.
  std::unique_ptr<StreamLink> link(std::uint64_t id, Role role);
  std::size_t open() const;

  // What an end says; from one in this process on any thread, from a process on the bus thread.
  void bell(std::uint64_t id, Role from);
  bool message(std::uint64_t id, std::string_view bytes);
  void credit(std::uint64_t id, std::uint32_t bytes);
  void end(std::uint64_t id, Role from, const std::optional<Error>& reason);

  // On the bus thread.
  /// An error ends the connection. What comes for a stream that has ended is late, and nothing.
  Result<void> received(const Peer& peer, const Envelope& frame);
  void remove(const Peer& peer);
  /// Its queue has become empty: what was held back is sent.
  void writable(const Peer& peer);
  void close(const Error& reason);

 private:
  struct Record;
  using RecordPtr = std::shared_ptr<Record>;

  RecordPtr find(std::uint64_t id) const;
  std::vector<RecordPtr> at(const Peer& peer) const;
  RecordPtr take_out(std::uint64_t id);
  /// Runs it on the bus thread, at once when this is that.
  void on_bus_thread(std::function<void()> action);
  /// Tells the side that did not end it.
  void other_ended(const RecordPtr& record, Role ended, const std::optional<Error>& reason);

  boost::asio::io_context& context_;
  std::weak_ptr<void> owner_;
  std::atomic<std::uint64_t> last_id_{0};
  std::atomic<unsigned> owed_{0};  // frames held back; that there are some is rare
  mutable std::mutex mutex_;
  boost::unordered_flat_map<std::uint64_t, RecordPtr> records_;
};

}  // namespace symphony::ipc
