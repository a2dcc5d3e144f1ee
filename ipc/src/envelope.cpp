#include <symphony/ipc/envelope.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include <symphony/ipc/limits.h>
#include <symphony/ipc/stream_limits.h>

#include "frame_layout.h"

namespace symphony::ipc {
namespace {

template <class Integer>
void store(char* at, Integer value) noexcept {
  if constexpr (std::endian::native == std::endian::little) {
    std::memcpy(at, &value, sizeof value);
    return;
  }
  for (std::size_t byte = 0; byte < sizeof(Integer); ++byte) {
    at[byte] = static_cast<char>(static_cast<unsigned char>(value >> (8U * byte)));
  }
}

template <class Integer>
Integer load(const char* at) noexcept {
  Integer value = 0;
  if constexpr (std::endian::native == std::endian::little) {
    std::memcpy(&value, at, sizeof value);
    return value;
  }
  for (std::size_t byte = 0; byte < sizeof(Integer); ++byte) {
    value = static_cast<Integer>(value |
                                 static_cast<Integer>(Integer{static_cast<unsigned char>(at[byte])} << (8U * byte)));
  }
  return value;
}

/// The span id's bytes stand in the order of its hexadecimal text, as in every trace format.
void store_trace(const TraceContext& trace, char* at) noexcept {
  at[0] = 0;
  std::memcpy(at + 1, trace.trace_id.data(), trace.trace_id.size());
  for (std::size_t byte = 0; byte < 8; ++byte) {
    at[17 + byte] = static_cast<char>(static_cast<unsigned char>(trace.span_id >> (56U - 8U * byte)));
  }
  at[25] = static_cast<char>(trace.flags);
}

TraceContext load_trace(const char* at) noexcept {
  TraceContext trace;
  std::memcpy(trace.trace_id.data(), at + 1, trace.trace_id.size());
  for (std::size_t byte = 0; byte < 8; ++byte) {
    trace.span_id = (trace.span_id << 8U) | static_cast<unsigned char>(at[17 + byte]);
  }
  trace.flags = static_cast<std::uint8_t>(at[25]);
  return trace;
}

Error malformed(std::string message) { return Error{ErrorCode::parse_error, std::move(message), nullptr}; }

struct Lengths {
  std::size_t trace = 0;
  std::size_t target = 0;
  std::size_t method = 0;
  std::size_t source = 0;
  std::size_t body = 0;
  std::size_t total() const noexcept { return frame_header_bytes + trace + target + method + source + body; }
};

bool has_address(FrameKind kind) noexcept { return kind == FrameKind::request || kind == FrameKind::notification; }

bool is_known(std::uint8_t kind, const WireFeatures& features) noexcept {
  if (kind >= static_cast<std::uint8_t>(FrameKind::hello) && kind <= static_cast<std::uint8_t>(FrameKind::pong)) {
    return true;
  }
  switch (static_cast<FrameKind>(kind)) {
    case FrameKind::release:
      return features.arena;
    case FrameKind::stream:
    case FrameKind::credit:
    case FrameKind::bell:
    case FrameKind::end:
      return features.streams;
    case FrameKind::progress:
      return features.progress;
    default:
      return false;
  }
}

/// What can be judged from the fixed header alone, before any of the announced bytes arrived.
std::optional<Error> check_header(const char* header, const WireFeatures& features, Lengths& lengths) {
  if (std::string_view(header, frame_magic.size()) != frame_magic) {
    return malformed("The bytes do not start with a frame's magic number.");
  }
  if (static_cast<std::uint8_t>(header[frame_offset::version]) != frame_version) {
    return Error{ErrorCode::version_mismatch, "The frame's version is not 1.", nullptr};
  }
  const auto kind = static_cast<std::uint8_t>(header[frame_offset::kind]);
  if (!is_known(kind, features)) {
    return malformed("The frame's kind is unknown.");
  }
  const auto format = static_cast<std::uint8_t>(header[frame_offset::format]);
  if (format > static_cast<std::uint8_t>(BodyFormat::bytes)) {
    return malformed("The frame's body format is unknown.");
  }
  const auto flags = static_cast<std::uint8_t>(header[frame_offset::flags]);
  const unsigned known_flags = flag_trace | flag_control | flag_idempotent | (features.arena ? flag_shared_body : 0U) |
                               (features.progress ? flag_wants_progress : 0U);
  if ((flags & ~known_flags) != 0) {
    return malformed("The frame has a flag that is not defined.");
  }
  if (load<std::uint16_t>(header + frame_offset::reserved) != 0) {
    return malformed("The frame's reserved bytes are not 0.");
  }
  lengths.trace = (flags & flag_trace) != 0 ? TraceContext::encoded_bytes : 0;
  lengths.target = load<std::uint16_t>(header + frame_offset::target_length);
  lengths.method = load<std::uint16_t>(header + frame_offset::method_length);
  lengths.source = load<std::uint16_t>(header + frame_offset::source_length);
  lengths.body = load<std::uint32_t>(header + frame_offset::body_length);
  if (lengths.target > limits::address_bytes || lengths.source > limits::address_bytes) {
    return malformed("A target or source is longer than 128 bytes.");
  }
  if (lengths.method > limits::method_bytes) {
    return malformed("A method is longer than 128 bytes.");
  }
  if (lengths.body > limits::body_bytes) {
    return Error{ErrorCode::payload_too_large, "The body is larger than 16 MiB.", {{"limit", limits::body_bytes}}};
  }
  if ((format == 0) != (lengths.body == 0)) {
    return malformed("The body's length and format contradict each other.");
  }
  const auto known = static_cast<FrameKind>(kind);
  if (has_address(known) ? lengths.target == 0 || lengths.method == 0 : lengths.target + lengths.method != 0) {
    return malformed("Target and method belong to requests and notifications, and only to them.");
  }
  const auto id = load<std::uint64_t>(header + frame_offset::id);
  switch (known) {
    case FrameKind::request:
    case FrameKind::answer:
    case FrameKind::cancel:
    case FrameKind::release:
    case FrameKind::stream:
    case FrameKind::credit:
    case FrameKind::bell:
    case FrameKind::end:
    case FrameKind::progress:
      if (id == 0) {
        return malformed("The frame needs an id.");
      }
      break;
    case FrameKind::hello:
    case FrameKind::welcome:
    case FrameKind::notification:
      if (id != 0) {
        return malformed("The frame's kind has no id.");
      }
      break;
    default:
      break;
  }
  const bool bodiless = known == FrameKind::cancel || known == FrameKind::ping || known == FrameKind::pong ||
                        known == FrameKind::release || known == FrameKind::bell;
  if (bodiless && lengths.body != 0) {
    return malformed("The frame's kind has no body.");
  }
  if (const auto body_format = static_cast<BodyFormat>(format); body_format == BodyFormat::bytes) {
    const bool of_streams = known == FrameKind::stream || known == FrameKind::credit;
    if (!of_streams && !(features.bytes && (has_address(known) || known == FrameKind::answer))) {
      return malformed("The frame's body must be a document.");
    }
  } else if ((known == FrameKind::stream && body_format != BodyFormat::none) || known == FrameKind::credit) {
    return malformed("The frame's body is not a document.");
  }
  if ((known == FrameKind::stream && lengths.body > limits::stream_message_bytes) ||
      (known == FrameKind::credit && lengths.body != credit_bytes)) {
    return malformed("The frame's kind does not fit its body's length.");
  }
  if ((flags & flag_wants_progress) != 0 && known != FrameKind::request) {
    return malformed("Only of a request the progress is told.");
  }
  const bool may_share = has_address(known) || known == FrameKind::answer;
  if ((flags & flag_shared_body) != 0 && (!may_share || lengths.body != shared_reference_bytes)) {
    return malformed("The frame's kind or length does not fit a reference to a shared body.");
  }
  return std::nullopt;
}

}  // namespace

bool is_address_text(std::string_view text) noexcept {
  static constexpr auto allowed = [] {
    std::array<bool, 256> table{};
    for (const char c : std::string_view("abcdefghijklmnopqrstuvwxyz0123456789_.:-")) {
      table[static_cast<unsigned char>(c)] = true;
    }
    return table;
  }();
  // Nearly every text is good, so none is left early.
  bool good = true;
  for (const char c : text) {
    good &= allowed[static_cast<unsigned char>(c)];
  }
  return good;
}

FrameHead::FrameHead(const Envelope& envelope) noexcept {
  const std::string_view target = envelope.target.substr(0, limits::address_bytes);
  const std::string_view method = envelope.method.substr(0, limits::method_bytes);
  const std::string_view source = envelope.source.substr(0, limits::address_bytes);
  char* const head = bytes_.data();
  const unsigned flags = (envelope.trace ? flag_trace : 0U) | (envelope.control_priority ? flag_control : 0U) |
                         (envelope.idempotent ? flag_idempotent : 0U) |
                         (envelope.body_is_shared ? flag_shared_body : 0U) |
                         (envelope.wants_progress ? flag_wants_progress : 0U);
  std::memcpy(head + frame_offset::magic, frame_magic.data(), frame_magic.size());
  head[frame_offset::version] = static_cast<char>(frame_version);
  head[frame_offset::kind] = static_cast<char>(envelope.kind);
  head[frame_offset::format] = static_cast<char>(envelope.body.empty() ? BodyFormat::none : envelope.format);
  head[frame_offset::flags] = static_cast<char>(flags);
  store(head + frame_offset::id, envelope.id);
  store(head + frame_offset::deadline, envelope.deadline_ms);
  store(head + frame_offset::target_length, static_cast<std::uint16_t>(target.size()));
  store(head + frame_offset::method_length, static_cast<std::uint16_t>(method.size()));
  store(head + frame_offset::source_length, static_cast<std::uint16_t>(source.size()));
  store(head + frame_offset::reserved, std::uint16_t{0});
  store(head + frame_offset::body_length, static_cast<std::uint32_t>(envelope.body.size()));
  char* at = head + frame_header_bytes;
  if (envelope.trace) {
    store_trace(*envelope.trace, at);
    at += TraceContext::encoded_bytes;
  }
  for (const std::string_view part : {target, method, source}) {
    at = std::copy(part.begin(), part.end(), at);
  }
  size_ = static_cast<std::size_t>(at - head);
}

void encode_frame(const Envelope& envelope, std::string& out) {
  out.append(FrameHead(envelope).bytes()).append(envelope.body);
}

std::span<char> FrameParser::prepare(std::size_t wanted) {
  // After a large frame the room is given back, so that one does not cost every idle peer its size for ever.
  constexpr std::size_t kept_room = std::size_t{1} << 20U;
  if (begin_ == end_) {
    begin_ = end_ = 0;
    if (buffer_.size() > kept_room && wanted <= kept_room) {
      std::string().swap(buffer_);
    }
  }
  if (buffer_.size() - end_ < wanted) {
    if (begin_ > 0) {
      std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
      end_ -= begin_;
      begin_ = 0;
    }
    if (buffer_.size() - end_ < wanted) {
      // Grows with the bytes that came, never with the bytes a header announces.
      buffer_.resize(std::max(end_ + wanted, buffer_.size() * 2));
    }
  }
  return {buffer_.data() + end_, buffer_.size() - end_};
}

void FrameParser::commit(std::size_t count) { end_ += count; }

std::size_t FrameParser::buffered() const noexcept { return end_ - begin_; }

Result<std::optional<Envelope>> FrameParser::next() {
  std::optional<Envelope> frame(std::in_place);
  switch (take(*frame)) {
    case Step::frame:
      return frame;
    case Step::incomplete:
      break;
    case Step::failed:
      return *failed_;
  }
  return std::optional<Envelope>{};
}

FrameParser::Step FrameParser::take(Envelope& envelope) {
  if (failed_) {
    return Step::failed;
  }
  if (buffered() < frame_header_bytes) {
    return Step::incomplete;
  }
  const char* at = buffer_.data() + begin_;
  Lengths lengths;
  if ((failed_ = check_header(at, features_, lengths))) {
    return Step::failed;
  }
  if (buffered() < lengths.total()) {
    return Step::incomplete;
  }
  envelope.kind = static_cast<FrameKind>(at[frame_offset::kind]);
  envelope.format = static_cast<BodyFormat>(at[frame_offset::format]);
  const auto flags = static_cast<std::uint8_t>(at[frame_offset::flags]);
  envelope.control_priority = (flags & flag_control) != 0;
  envelope.idempotent = (flags & flag_idempotent) != 0;
  envelope.body_is_shared = (flags & flag_shared_body) != 0;
  envelope.wants_progress = (flags & flag_wants_progress) != 0;
  envelope.id = load<std::uint64_t>(at + frame_offset::id);
  envelope.deadline_ms = load<std::uint32_t>(at + frame_offset::deadline);
  envelope.trace.reset();
  envelope.body_owner.reset();
  const char* part = at + frame_header_bytes;
  if (lengths.trace != 0) {
    if (part[0] != 0) {
      failed_ = malformed("The trace context's version is not 0.");
      return Step::failed;
    }
    envelope.trace = load_trace(part);
    part += lengths.trace;
  }
  const std::size_t addresses = lengths.target + lengths.method + lengths.source;
  if (!is_address_text({part, addresses})) {
    failed_ = malformed("A target, method or source has a character that is not allowed.");
    return Step::failed;
  }
  envelope.target = {part, lengths.target};
  part += lengths.target;
  envelope.method = {part, lengths.method};
  part += lengths.method;
  envelope.source = {part, lengths.source};
  part += lengths.source;
  envelope.body = {part, lengths.body};
  begin_ += lengths.total();
  return Step::frame;
}

}  // namespace symphony::ipc
