#include "progress.h"

#include <algorithm>
#include <cmath>

#include <symphony/ipc/limits.h>

#include "peer.h"

namespace symphony::ipc {
namespace {

using nlohmann::json;

/// What it still says once it has lost its time: nothing is written for a request that is answered.
void write(const Call& call, Peer& origin, const Progress& progress) {
  if (!call.done) {
    origin.send_progress(call.origin_id, progress);
  }
}

}  // namespace

json progress_document(const Progress& progress) {
  json document = {{"fraction", nullptr}, {"text", progress.text}};
  if (progress.fraction && std::isfinite(*progress.fraction)) {
    document["fraction"] = std::clamp(*progress.fraction, 0.0, 1.0);
  }
  if (progress.text.size() > limits::progress_text_bytes) {
    std::size_t end = limits::progress_text_bytes;
    while (end > 0 && (static_cast<unsigned char>(progress.text[end]) & 0xC0U) == 0x80U) {
      --end;
    }
    document["text"] = progress.text.substr(0, end);
  }
  return document;
}

Result<Progress> read_progress(BodyFormat format, std::string_view body) {
  const Error wrong{ErrorCode::parse_error, "What was said of a request's progress is not as documented."};
  if (body.size() > limits::progress_body_bytes) {
    return wrong;
  }
  const auto document = decode_document(format, body);
  if (!document || !document->is_object()) {
    return wrong;
  }
  Progress progress;
  if (const auto fraction = document->find("fraction"); fraction != document->end() && fraction->is_number()) {
    if (const double value = fraction->get<double>(); std::isfinite(value)) {
      progress.fraction = std::clamp(value, 0.0, 1.0);
    }
  }
  if (const auto text = document->find("text"); text != document->end() && text->is_string()) {
    progress.text = text->get<std::string>();
  }
  return progress;
}

void ProgressQueue::tell(const std::shared_ptr<Call>& call, const std::shared_ptr<Peer>& origin,
                         const Progress& progress) {
  // Written under the lock: else a newer one could come before one that had waited.
  const std::lock_guard lock(mutex_);
  const auto key = std::pair<const Peer*, std::uint64_t>(origin.get(), call->origin_id);
  if (origin->queued_bytes() > 0) {
    waiting_.insert_or_assign(key, Waiting{call, origin, progress});
    return;
  }
  waiting_.erase(key);
  write(*call, *origin, progress);
}

void ProgressQueue::writable(const Peer& peer) {
  const std::lock_guard lock(mutex_);
  for (auto at = waiting_.lower_bound({&peer, 0}); at != waiting_.end() && at->first.first == &peer;) {
    const auto call = at->second.call.lock();
    const auto origin = at->second.origin.lock();
    if (call && origin) {
      write(*call, *origin, at->second.progress);
    }
    at = waiting_.erase(at);
  }
}

void ProgressQueue::remove(const Peer& peer) {
  const std::lock_guard lock(mutex_);
  std::erase_if(waiting_, [&](const auto& entry) { return entry.first.first == &peer; });
}

}  // namespace symphony::ipc
