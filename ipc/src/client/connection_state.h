#pragma once
// What a client's connection consists of. greeting.cpp: how it begins; serving.cpp: what the host asks of it;
// asking.cpp: what it asks; streaming.cpp: its streams; reading.cpp: frames as they come, and the loop.

#include <atomic>
#include <boost/unordered/unordered_flat_map.hpp>
#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include <symphony/descriptor/descriptor.h>
#include <symphony/ipc/client_connection.h>

#include "client/event_loop.h"
#include "handshake.h"
#include "outgoing_stream.h"
#include "progress.h"
#include "streams/stream_documents.h"
#include "streams/stream_end.h"

namespace symphony::ipc {

inline Error disconnected() { return {ErrorCode::peer_disconnected, "The connection to the host has ended."}; }

/// Shared with the Responders that are still out, so that an answer after the end finds a closed connection, not freed
/// memory.
struct ClientConnection::State final : EventLoop::Client, std::enable_shared_from_this<ClientConnection::State> {
  using Clock = EventLoop::Clock;

  struct Pending {
    ReplyHandler on_reply;
    Clock::time_point deadline;
    ProgressHandler on_progress;
  };
  struct Accepted {
    StreamTaker taker;
    StreamOptions options;
  };
  class Link;
  class Answers;

  State(std::shared_ptr<EventLoop> events, int descriptor)
      : loop(std::move(events)), socket(descriptor), out(descriptor, limits::queued_bytes_per_peer) {}
  ~State() override { loop->leave(*this); }

  const std::shared_ptr<EventLoop> loop;
  Descriptor socket;
  bool waits_for_room = false;  // the loop also waits for the socket to become writable
  bool open = true;             // as far as the last read knows
  OutgoingStream out;
  FrameParser parser;
  WireFeatures features;
  std::optional<ReceivingArena> shared;
  Descriptor channel;                // for the memory of streams
  std::vector<Descriptor> received;  // with the welcome
  std::string endpoint;
  BodyFormat format = BodyFormat::json;
  Handler handler;
  StreamHandler stream_handler;
  boost::unordered_flat_map<std::uint64_t, Accepted> accepted;  // on the loop's thread
  std::atomic<bool> stopped{false};
  std::atomic<bool> ended{false};
  bool deferring = false;   // written by the loop's thread; others compare their id first
  unsigned undeferred = 0;  // frames whose answers are written one by one, after a handler that took long

  std::mutex mutex;
  std::uint64_t next_id = 1;
  boost::unordered_flat_map<std::uint64_t, Pending> pending;
  boost::unordered_flat_map<std::uint64_t, std::stop_source> serving;
  std::map<std::uint64_t, Progress> progress_owed;  // the newest of each while the socket is full

  std::mutex streams_mutex;
  boost::unordered_flat_map<std::uint64_t, std::shared_ptr<StreamEnd>> streams;

  // How it begins.
  Result<void> prepare();
  Result<Welcome> shake_hands(const ClientOptions& options);
  Result<void> wait_readable(Clock::time_point until);
  /// Like receive(), and keeps the descriptors that came along.
  bool receive_welcome();
  Result<void> share_memory(const Welcome& welcome);

  // What it says.
  /// Whether this thread is handling several received frames: then it writes what it says in between together.
  bool defers() const { return loop->on_its_thread() && deferring; }
  OutgoingStream::Outcome send(const Envelope& envelope, OutgoingStream::Importance importance,
                               std::shared_ptr<const std::string> body = nullptr) {
    return after_send(out.send(envelope, importance, std::move(body), defers()));
  }
  OutgoingStream::Outcome after_send(OutgoingStream::Outcome outcome) {
    if (outcome == OutgoingStream::Outcome::queued_first) {
      loop->interrupt();  // the loop must wait for room in the socket
    }
    return outcome;
  }
  /// Writes what was said while deferring; what does not fit waits for room like anything else.
  void speak_up() {
    if (std::exchange(deferring, false)) {
      out.flush();
    }
  }

  // What it asks.
  RequestId ask(Message message, const SendOptions& options, ReplyHandler on_reply);
  void notify(const Message& message, const SendOptions& options);
  void complete(std::uint64_t id, Result<Payload> outcome);
  void heard_progress(const Envelope& envelope);
  void cancel(std::uint64_t id, ErrorCode code, const char* message);
  Clock::time_point run_due(Clock::time_point now) override;

  // What it is asked.
  void serve(const Envelope& envelope);
  void respond(std::uint64_t id, Result<Payload> outcome);
  void stop_serving(std::uint64_t id);
  /// How far a request has come; on any thread.
  void report(std::uint64_t id, const Progress& progress);
  void write_progress(std::uint64_t id, const Progress& progress);
  void send_owed_progress();
  /// What the bus itself says. False: nothing that is known here.
  bool serve_bus(const Incoming& incoming, Responder& responder);

  // Streams.
  void open_stream(const StreamRequest& request, StreamOpened on_open);
  Result<Stream> begin_stream(const OpenedStream& opened, const StreamOptions& options);
  void received_of_stream(const Envelope& frame);
  void send_stream_end(std::uint64_t id, const std::optional<Error>& reason);
  void forget_stream(std::uint64_t id);
  void end_streams(const Error& reason);

  // What comes.
  /// Reads once. False: the host has closed.
  bool receive();
  Result<Envelope> with_shared_body(Envelope envelope);
  Result<bool> dispatch(const Envelope& envelope);
  /// False: stopped, or a frame that ends the connection is next.
  Result<bool> work_off_frames();
  void socket_ready(std::uint32_t events) override;
  /// One round of the loop; false when the connection has ended cleanly.
  Result<bool> step();
  void end(const Error& reason);
};

}  // namespace symphony::ipc
