// What the host says to a process about its streams and requests, beside answers.

#include "outcome_frame.h"
#include "peer.h"
#include "progress.h"
#include "route.h"
#include "streams/credit.h"

namespace symphony::ipc {

using Importance = OutgoingStream::Importance;

void Peer::send_bell(std::uint64_t stream) { after_send(send_signal(out_, FrameKind::bell, stream)); }

void Peer::send_credit(std::uint64_t stream, std::uint32_t bytes) {
  const auto encoded = encode_credit(bytes);
  Envelope frame;
  frame.kind = FrameKind::credit;
  frame.format = BodyFormat::bytes;
  frame.id = stream;
  frame.control_priority = true;
  frame.body = {encoded.data(), encoded.size()};
  send(frame, Importance::obligatory);
}

void Peer::send_stream_end(std::uint64_t stream, const std::optional<Error>& reason) {
  const std::string body = reason ? encode_document(format(), reason->to_json()) : std::string();
  Envelope frame;
  frame.kind = FrameKind::end;
  frame.format = format();
  frame.id = stream;
  frame.body = body;
  send(frame, Importance::in_order);
}

void Peer::send_progress(std::uint64_t request, const Progress& progress) {
  const std::string body = encode_document(format(), progress_document(progress));
  Envelope frame;
  frame.kind = FrameKind::progress;
  frame.format = format();
  frame.id = request;
  frame.body = body;
  send(frame, Importance::ordinary);
}

void Peer::send_from_bus(std::string_view method, const nlohmann::json& params) {
  const std::string body = encode_document(format(), params);
  Envelope frame;
  frame.kind = FrameKind::notification;
  frame.format = format();
  frame.target = endpoint_->id;
  frame.method = method;
  frame.source = bus_address;
  frame.body = body;
  send(frame, Importance::in_order);
}

}  // namespace symphony::ipc
