#include <symphony/ipc/trace.h>

#include <algorithm>
#include <ctime>
#include <deque>
#include <mutex>
#include <random>

#include <symphony/ipc/limits.h>

namespace symphony::ipc {
namespace {

std::uint64_t random_bits() {
  // Ids need to be distinct, not secret.
  thread_local std::mt19937_64 generator = [] {
    std::random_device device;
    std::seed_seq seed{device(), device(), device(), device()};
    return std::mt19937_64(seed);
  }();
  std::uint64_t bits = 0;
  while (bits == 0) {
    bits = generator();
  }
  return bits;
}

void append_hex(std::string& text, std::uint64_t value, unsigned digits) {
  static constexpr std::string_view alphabet = "0123456789abcdef";
  for (unsigned digit = digits; digit-- > 0;) {
    text += alphabet[(value >> (4U * digit)) & 0xFU];
  }
}

std::optional<std::uint64_t> read_hex(std::string_view text) {
  std::uint64_t value = 0;
  for (const char digit : text) {
    if (digit >= '0' && digit <= '9') {
      value = value << 4U | static_cast<std::uint64_t>(digit - '0');
    } else if (digit >= 'a' && digit <= 'f') {
      value = value << 4U | static_cast<std::uint64_t>(digit - 'a' + 10);
    } else {
      return std::nullopt;
    }
  }
  return value;
}

std::string hex_of(const std::array<std::uint8_t, 16>& id) {
  std::string text;
  for (const std::uint8_t byte : id) {
    append_hex(text, byte, 2);
  }
  return text;
}

}  // namespace

std::int64_t monotonic_us() noexcept {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::int64_t>(now.tv_sec) * 1'000'000 + now.tv_nsec / 1'000;
}

TraceContext TraceContext::start() {
  TraceContext context;
  const std::array<std::uint64_t, 2> id{random_bits(), random_bits()};
  for (std::size_t byte = 0; byte < context.trace_id.size(); ++byte) {
    context.trace_id[byte] = static_cast<std::uint8_t>(id[byte / 8] >> (8U * (byte % 8)));
  }
  context.span_id = random_bits();
  return context;
}

TraceContext TraceContext::child() const {
  TraceContext context = *this;
  context.span_id = random_bits();
  return context;
}

std::string TraceContext::traceparent() const {
  std::string text = "00-" + hex_of(trace_id) + "-";
  append_hex(text, span_id, 16);
  text += '-';
  append_hex(text, flags, 2);
  return text;
}

std::optional<TraceContext> TraceContext::from_traceparent(std::string_view text) {
  if (text.size() != 55 || text.substr(0, 3) != "00-" || text[35] != '-' || text[52] != '-') {
    return std::nullopt;
  }
  TraceContext context;
  std::uint8_t any = 0;
  for (std::size_t byte = 0; byte < context.trace_id.size(); ++byte) {
    const std::optional<std::uint64_t> value = read_hex(text.substr(3 + 2 * byte, 2));
    if (!value) {
      return std::nullopt;
    }
    context.trace_id[byte] = static_cast<std::uint8_t>(*value);
    any = static_cast<std::uint8_t>(any | context.trace_id[byte]);
  }
  const std::optional<std::uint64_t> span = read_hex(text.substr(36, 16));
  const std::optional<std::uint64_t> flags = read_hex(text.substr(53, 2));
  if (!span || !flags || *span == 0 || any == 0) {
    return std::nullopt;
  }
  context.span_id = *span;
  context.flags = static_cast<std::uint8_t>(*flags);
  return context;
}

struct SpanRecorder::State {
  mutable std::mutex mutex;
  std::deque<Span> spans;
  std::uint64_t recorded = 0;
};

SpanRecorder::SpanRecorder() : state_(std::make_unique<State>()) {}
SpanRecorder::~SpanRecorder() = default;

void SpanRecorder::record(Span span) {
  const std::lock_guard lock(state_->mutex);
  if (state_->spans.size() == limits::spans_kept) {
    state_->spans.pop_front();
  }
  state_->spans.push_back(std::move(span));
  ++state_->recorded;
}

std::vector<Span> SpanRecorder::spans(std::optional<std::array<std::uint8_t, 16>> trace_id) const {
  const std::lock_guard lock(state_->mutex);
  std::vector<Span> found;
  for (const Span& span : state_->spans) {
    if (!trace_id || span.context.trace_id == *trace_id) {
      found.push_back(span);
    }
  }
  return found;
}

SpanPage SpanRecorder::page(std::uint64_t after, std::int64_t since_us, std::size_t most) const {
  const std::lock_guard lock(state_->mutex);
  const std::uint64_t first = state_->recorded - state_->spans.size();
  SpanPage page;
  page.next = std::clamp(after, first, state_->recorded);
  for (; page.next < state_->recorded; ++page.next) {
    const Span& span = state_->spans[page.next - first];
    if (span.end_us < since_us) {
      continue;
    }
    if (page.spans.size() == most) {
      page.more = true;
      break;
    }
    page.spans.push_back(span);
  }
  return page;
}

nlohmann::json Span::to_json() const {
  std::string parent;
  append_hex(parent, parent_id, 16);
  const std::string own = context.traceparent();
  return {{"process", process},
          {"thread", thread},
          {"name", name},
          {"trace", own.substr(3, 32)},
          {"span", own.substr(36, 16)},
          {"parent", std::move(parent)},
          {"start_us", start_us},
          {"end_us", end_us}};
}

}  // namespace symphony::ipc
