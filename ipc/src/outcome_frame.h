#pragma once
// An outcome as the frame that reports it: an answer, or an error when the answer cannot be sent.

#include <symphony/ipc/payload.h>

#include "outgoing_stream.h"

namespace symphony::ipc {

/// Sends the outcome of request `id`. An answer that is too large or finds no room becomes an error that says so.
/// `later`: see OutgoingStream::send.
OutgoingStream::Outcome send_outcome(OutgoingStream& out, BodyFormat format, std::uint64_t id,
                                     const Result<Payload>& outcome, bool later = false);
OutgoingStream::Outcome send_error(OutgoingStream& out, BodyFormat format, std::uint64_t id, const Error& error);
/// A cancel, ping or pong.
OutgoingStream::Outcome send_signal(OutgoingStream& out, FrameKind kind, std::uint64_t id);

}  // namespace symphony::ipc
