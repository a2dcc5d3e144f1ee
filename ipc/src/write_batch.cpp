#include "write_batch.h"

#include "peer.h"

namespace symphony::ipc {
namespace {

thread_local WriteBatch* innermost = nullptr;

}  // namespace

WriteBatch::WriteBatch() : outer_(innermost) {
  if (outer_ == nullptr) {
    innermost = this;
  }
}

WriteBatch::~WriteBatch() {
  if (outer_ != nullptr) {
    return;
  }
  innermost = nullptr;
  for (const auto& peer : peers_) {
    peer->flush();
  }
}

WriteBatch* WriteBatch::current() noexcept { return innermost; }

}  // namespace symphony::ipc
