// How far requests have come: from who works on them to who asked.

#include "router.h"

namespace symphony::ipc {

void Router::received_progress(const Peer& peer, const Envelope& frame) {
  const auto call = calls_.find(frame.id);
  // As with answers: only the one that was asked can say, and what comes late is dropped.
  if (!call || call->route.peer().get() != &peer || !call->wants_progress()) {
    return;
  }
  if (const auto progress = read_progress(frame.format, frame.body)) {
    tell_progress(call, *progress);
  }
}

void Router::tell_progress(const CallPtr& call, const Progress& progress) {
  if (call->done) {
    return;
  }
  if (call->on_progress) {
    call->on_progress(progress);
  } else if (const auto origin = call->origin.lock()) {
    progress_.tell(call, origin, progress);
  }
}

}  // namespace symphony::ipc
