#include <symphony/sdk/view.h>

#include <symphony/sdk/diff.h>

#include <utility>

namespace symphony::sdk {

View::View(std::string name, Send send) : name_(std::move(name)), send_(std::move(send)) {}

void View::show(Node tree) {
  wanted_ = std::move(tree);
  dirty_ = true;
  handlers_known_ = false;
}

void View::flush() {
  if (!dirty_ || held_ || waiting_.size() >= most_unacknowledged) return;
  dirty_ = false;
  if (sent_) {
    if (std::optional<nlohmann::json> operations = diff(*sent_, *wanted_)) {
      sent_ = wanted_;
      if (operations->empty()) return;
      const std::uint64_t base = revision_++;
      waiting_.push_back(revision_);
      send_("ui.patch", {{"view", name_}, {"base", base}, {"revision", revision_}, {"ops", std::move(*operations)}});
      return;
    }
  }
  if (refused_ && refused_->is_same_object(*wanted_)) return;
  sent_ = rendered_ = wanted_;
  last_render_ = ++revision_;
  waiting_.push_back(revision_);
  send_("ui.render", {{"view", name_}, {"revision", revision_}, {"tree", wanted_->to_json()}});
}

void View::acknowledged(std::uint64_t revision, const std::optional<Error>& refused) {
  if (revision > revision_) return;  // not one of ours: an answer to the process before this one
  if (!refused) {
    while (!waiting_.empty() && waiting_.front() <= revision)
      waiting_.pop_front();
    if (revision >= last_render_) refused_.reset();
    return;
  }
  if (refused->code == Error::endpoint_unavailable) {
    // Nothing was wrong with it: it came when another process' picture was shown, or before the view was known.
    refused_.reset();
    sent_.reset();
    waiting_.clear();
    dirty_ = wanted_.has_value();
    return;
  }
  if (!sent_ || revision < last_render_) return;  // already known: a whole tree is on its way or due
  if (revision == last_render_) refused_ = rendered_;
  sent_.reset();
  waiting_.clear();
  dirty_ = wanted_.has_value();
}

bool View::dispatch(std::string_view node, std::string_view event, const nlohmann::json& data) {
  if (!handlers_known_) {
    handlers_.clear();
    if (wanted_) learn_handlers(*wanted_);
    handlers_known_ = true;
  }
  const auto found = handlers_.find(std::string(node));
  if (found == handlers_.end()) return false;
  for (const auto& [name, handler] : found->second) {
    if (name != event) continue;
    // A copy: the handler may show a new tree, which drops the one this handler lives in.
    const EventHandler alive = handler;
    alive(data);
    return true;
  }
  return false;
}

void View::learn_handlers(const Node& node) {
  if (!node.handlers().empty()) handlers_.emplace(node.id(), node.handlers());
  for (const Node& child : node.children())
    learn_handlers(child);
}

}  // namespace symphony::sdk
