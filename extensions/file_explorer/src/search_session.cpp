#include "search_session.h"

#include <utility>

#include "messages.h"

namespace symphony::explorer {

SearchSession::SearchSession(sdk::Extension& extension, std::function<void()> changed)
    : extension_(extension), changed_(std::move(changed)) {}

void SearchSession::set_query(std::string query, std::size_t results) {
  if (query == query_) return;
  query_ = std::move(query);
  limit_ = results;
  ask(limit_);
}

// What was under way is asked for again in full: nobody asks twice for what follows the results.
void SearchSession::repeat() { ask(waiting_ ? asked_limit_ : limit_); }

void SearchSession::more() {
  if (!up_to_date() || !has_more()) return;
  const bool again = more_failed_;
  ask(most_results);
  if (again) changed_();
}

void SearchSession::ask(std::size_t limit) {
  const std::uint64_t serial = ++serial_;
  asked_limit_ = limit;
  more_failed_ = false;
  if (std::exchange(waiting_, false)) extension_.cancel(pending_);
  if (query_.empty()) {
    results_.reset();
    error_.reset();
    busy_ = false;
    changed_();
    return;
  }
  waiting_ = true;
  pending_ = extension_.request("conductor", "search.query", {{"query", query_}, {"limit", limit}},
                                [this, serial, limit](const sdk::Answer& answer) {
                                  if (serial == serial_) answered(limit, answer);
                                });
  if (!waiting_ || busy_) return;
  extension_.post(busy_after, [this, serial] {
    if (serial != serial_ || !waiting_) return;
    busy_ = true;
    changed_();
  });
}

/// Asks when nothing else was asked meanwhile.
void SearchSession::later(std::chrono::milliseconds delay, std::size_t limit) {
  extension_.post(delay, [this, limit, serial = serial_] {
    if (serial == serial_ && !waiting_) ask(limit);
  });
}

void SearchSession::answered(std::size_t limit, const sdk::Answer& answer) {
  waiting_ = false;
  busy_ = false;
  const bool continues = limit > limit_ && results_ && results_->query() == query_;
  more_failed_ = continues && !answer.ok();
  if (more_failed_) return changed_();  // what was found is still so
  error_.reset();
  if (!answer.ok()) {
    error_ = answer.error();
    results_.reset();
  } else if (auto results = SearchResults::read(query_, answer.document())) {
    if (continues) results->continue_after(*results_);
    results_ = std::move(results);
    limit_ = limit;
  } else {
    error_ = unreadable_answer();
    results_.reset();
  }
  const bool may_come_back =
      error_ && (error_->code == sdk::Error::endpoint_not_found || error_->code == sdk::Error::endpoint_unavailable ||
                 error_->code == sdk::Error::peer_disconnected);
  if (may_come_back) later(retry_after, limit_);
  // Who types on does not wait for what is out of sight; who stops wants to know how much there is.
  if (has_more() && limit_ < usual_results) later(rest_after, usual_results);
  changed_();
}

}  // namespace symphony::explorer
