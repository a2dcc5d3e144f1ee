#include "hot_swap.h"

#include <symphony/ipc/trace.h>

namespace symphony::ipc {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds time_to_rehearse{10000};
/// Messages wait meanwhile: an extension that needs longer for its state goes on as it is.
constexpr milliseconds longest_pause{1000};

}  // namespace

HotSwap::HotSwap(std::shared_ptr<SupervisionContext> context, std::string id, std::vector<Pair> pairs,
                 Callbacks callbacks)
    : context_(std::move(context)),
      id_(std::move(id)),
      pairs_(std::move(pairs)),
      callbacks_(std::move(callbacks)),
      timer_(context_->bus.context()),
      states_(pairs_.size()) {}

void HotSwap::ready(const ProcessInstance&) {
  if (!over_ && ++ready_ == pairs_.size()) {
    hand_over(time_to_rehearse, &HotSwap::cut);
  }
}

void HotSwap::hand_over(milliseconds deadline, Next next) {
  open_ = pairs_.size();
  for (std::size_t index = 0; index < pairs_.size(); ++index) {
    const auto answered = [weak = weak_from_this(), index, deadline, next](const Result<Payload>& outcome) {
      const auto self = weak.lock();
      if (!self || self->over_) {
        return;
      }
      const Pair& pair = self->pairs_[index];
      if (!outcome && outcome.error().code != ErrorCode::method_not_found) {
        self->abandon({outcome.error().code, "The running version gave no snapshot: " + outcome.error().message});
        return;
      }
      std::optional<nlohmann::json> state;
      if (outcome) {
        auto document = outcome->document();
        if (!document || !document->is_object() || !document->contains("state")) {
          self->abandon({ErrorCode::internal_error, "The running version's snapshot is not of the documented form."});
          return;
        }
        state = std::move((*document)["state"]);
      } else {
        state = pair.saved;
      }
      if (!state || state == self->states_[index]) {
        self->handed_over(next);
      } else {
        self->restore(index, deadline, std::move(*state), next);
      }
    };
    // Behind all it was sent before: what those messages changed is part of the snapshot.
    pairs_[index].old->ask("contract.snapshot", nlohmann::json::object(), deadline, false, answered);
  }
}

void HotSwap::restore(std::size_t index, milliseconds deadline, nlohmann::json state, Next next) {
  nlohmann::json params = {{"state", state}};
  const auto answered = [weak = weak_from_this(), index, next,
                         state = std::move(state)](const Result<Payload>& outcome) mutable {
    const auto self = weak.lock();
    if (!self || self->over_) {
      return;
    }
    if (!outcome && outcome.error().code != ErrorCode::method_not_found) {
      self->abandon({outcome.error().code, "The new version did not take the state: " + outcome.error().message});
      return;
    }
    self->states_[index] = std::move(state);
    self->handed_over(next);
  };
  pairs_[index].fresh->ask("contract.restore", std::move(params), deadline, true, answered);
}

void HotSwap::handed_over(Next next) {
  if (--open_ == 0) {
    (this->*next)();
  }
}

void HotSwap::cut() {
  if (const auto held = context_->bus.hold(id_); !held) {
    abandon(held.error());
    return;
  }
  held_ = true;
  held_since_us_ = monotonic_us();
  timer_.expires_after(longest_pause);
  timer_.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
    if (const auto self = weak.lock(); self && !error) {
      self->abandon({ErrorCode::deadline_exceeded,
                     "The state was not handed over within " + std::to_string(longest_pause.count()) + " ms."});
    }
  });
  hand_over(longest_pause, &HotSwap::finish);
}

void HotSwap::finish() {
  const auto self = shared_from_this();  // the callbacks may let go of it
  over_ = true;
  timer_.cancel();
  const Callbacks callbacks = std::move(callbacks_);
  callbacks.commit(std::move(states_));
  context_->bus.resume(id_);
  callbacks.done(std::chrono::microseconds(monotonic_us() - held_since_us_));
}

void HotSwap::abandon(Error reason) {
  if (over_) {
    return;
  }
  const auto self = shared_from_this();
  over_ = true;
  timer_.cancel();
  if (held_) {
    context_->bus.resume(id_);
  }
  const Callbacks callbacks = std::move(callbacks_);
  callbacks.failed(std::move(reason));
}

}  // namespace symphony::ipc
