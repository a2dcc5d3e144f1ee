#include "search_session.h"

#include <utility>

#include "messages.h"

namespace symphony::explorer {

SearchSession::SearchSession(sdk::Extension& extension, std::function<void()> changed)
    : extension_(extension), changed_(std::move(changed)) {}

void SearchSession::set_query(std::string query) {
  if (query == query_) return;
  query_ = std::move(query);
  ask();
}

void SearchSession::repeat() { ask(); }

void SearchSession::ask() {
  const std::uint64_t serial = ++serial_;
  if (std::exchange(waiting_, false)) extension_.cancel(pending_);
  if (query_.empty()) {
    results_.reset();
    error_.reset();
    busy_ = false;
    changed_();
    return;
  }
  waiting_ = true;
  pending_ = extension_.request("conductor", "search.query", {{"query", query_}, {"limit", most_results}},
                                [this, serial](const sdk::Answer& answer) {
                                  if (serial == serial_) answered(answer);
                                });
  if (!waiting_ || busy_) return;
  extension_.post(busy_after, [this, serial] {
    if (serial != serial_ || !waiting_) return;
    busy_ = true;
    changed_();
  });
}

void SearchSession::answered(const sdk::Answer& answer) {
  waiting_ = false;
  busy_ = false;
  error_.reset();
  if (!answer.ok()) {
    error_ = answer.error();
    results_.reset();
  } else if (auto results = SearchResults::read(query_, answer.document())) {
    results_ = std::move(results);
  } else {
    error_ = unreadable_answer();
    results_.reset();
  }
  const bool may_come_back =
      error_ && (error_->code == sdk::Error::endpoint_not_found || error_->code == sdk::Error::endpoint_unavailable ||
                 error_->code == sdk::Error::peer_disconnected);
  if (may_come_back) {
    extension_.post(retry_after, [this, serial = serial_] {
      if (serial == serial_ && !waiting_) ask();
    });
  }
  changed_();
}

}  // namespace symphony::explorer
