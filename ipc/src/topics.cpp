#include "topics.h"

#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>

#include "endpoint.h"
#include "message_view.h"
#include "peer.h"
#include "route.h"

namespace symphony::ipc {
namespace {

/// A publication counts as at least this, so that empty ones are limited too.
constexpr std::size_t overhead_bytes = 256;

}  // namespace

/// One message for all subscribers: the whole frame is the same for each, so it is made once in each format.
struct Topics::Publication {
  std::string source;
  std::string topic;
  Payload body;

  std::size_t bytes() const noexcept { return overhead_bytes + body.held_bytes(); }

  /// Null when the body cannot be said in that format.
  const std::shared_ptr<const std::string>& frame(BodyFormat format) {
    Encoded& encoded = frames_[static_cast<std::size_t>(format)];
    if (!encoded.tried) {
      encoded.tried = true;
      MessageView message;
      message.payload = &body;
      if (const auto wire = wire_body(message, format, limits::body_bytes)) {
        Envelope envelope;
        envelope.kind = FrameKind::notification;
        envelope.format = wire->format;
        envelope.target = topic_address;
        envelope.method = topic;
        envelope.source = source;
        envelope.body = wire->view;
        std::string bytes;
        encode_frame(envelope, bytes);
        encoded.bytes = std::make_shared<const std::string>(std::move(bytes));
      }
    }
    return encoded.bytes;
  }

 private:
  struct Encoded {
    std::shared_ptr<const std::string> bytes;
    bool tried = false;
  };
  std::array<Encoded, 3> frames_;
};

struct Topics::Subscription {
  TopicSubscription wanted;
  // One of the two; strong, because remove() comes before either ends.
  std::shared_ptr<Peer> peer;
  std::shared_ptr<Endpoint> endpoint;

  struct Waiting {
    PublicationPtr publication;
    std::shared_ptr<const std::string> frame;
  };
  std::deque<Waiting> queue;
  std::atomic<bool> gone{false};
  std::atomic<std::size_t> queued_bytes{0};
  std::atomic<std::uint64_t> delivered{0};
  std::atomic<std::uint64_t> dropped{0};

  void drop_front() {
    queued_bytes -= queue.front().frame->size();
    queue.pop_front();
    ++dropped;
  }
};

Result<void> Topics::publish(std::string_view source, std::string_view topic, Payload body) {
  if (!is_address(topic, limits::method_bytes)) {
    return invalid_params("A topic must be 1 to 128 of a-z 0-9 _ . : -", "/topic");
  }
  if (const auto valid = check_source(source); !valid) {
    return valid.error();
  }
  if (body.held_bytes() > limits::body_bytes) {
    return body_too_large(limits::body_bytes);
  }
  auto publication = std::make_shared<Publication>();
  publication->source = source;
  publication->topic = topic;
  publication->body = std::move(body);
  bool first = false;
  {
    const std::lock_guard lock(inbox_mutex_);
    if (closed_) {
      return bus_closed();
    }
    if (inbox_bytes_ + publication->bytes() > limits::unpublished_bytes && !inbox_.empty()) {
      ++refused_;
      return Error{ErrorCode::overloaded,
                   "More is published than the bus can hand out.",
                   {{"limit", limits::unpublished_bytes}}};
    }
    first = inbox_.empty();
    inbox_bytes_ += publication->bytes();
    inbox_.push_back(std::move(publication));
  }
  if (first) {
    boost::asio::post(context_, [this, weak = owner_] {
      if (const auto alive = weak.lock()) {
        publish_waiting();
      }
    });
  }
  return {};
}

void Topics::publish_waiting() {
  std::vector<PublicationPtr> publications;
  {
    const std::lock_guard lock(inbox_mutex_);
    publications.swap(inbox_);
    inbox_bytes_ = 0;
  }
  published_ += publications.size();
  // After the inbox was taken: who subscribed before something was published gets it. A handler may subscribe or close
  // connections: the list it began with is kept, and the gone skipped.
  const std::vector<SubscriptionPtr> subscriptions = all();
  for (const SubscriptionPtr& subscription : subscriptions) {
    for (const PublicationPtr& publication : publications) {
      if (subscription->gone || !topic_matches(subscription->wanted.pattern, publication->topic)) {
        continue;
      }
      if (subscription->peer) {
        enqueue(*subscription, publication);
      } else {
        ++subscription->delivered;
        deliver_(*subscription->endpoint, publication->source, publication->topic, publication->body);
      }
    }
    if (!subscription->gone && subscription->peer) {
      pump(*subscription);
    }
  }
}

void Topics::enqueue(Subscription& subscription, const PublicationPtr& publication) {
  static const std::shared_ptr<const std::string> none;
  const bool taken = publication->body.held_format() != BodyFormat::bytes || subscription.peer->takes_bytes();
  const auto& frame = taken ? publication->frame(subscription.peer->format()) : none;
  if (!frame) {
    ++subscription.dropped;
    return;
  }
  const TopicPolicy& policy = subscription.wanted.policy;
  if (policy.when_full == TopicPolicy::WhenFull::latest_wins) {
    const auto older = std::find_if(subscription.queue.begin(), subscription.queue.end(), [&](const auto& waiting) {
      return waiting.publication->topic == publication->topic;
    });
    if (older != subscription.queue.end()) {
      subscription.queued_bytes -= older->frame->size();
      subscription.queue.erase(older);
      ++subscription.dropped;
    }
  }
  subscription.queue.push_back({publication, frame});
  subscription.queued_bytes += frame->size();
  if (subscription.queued_bytes <= policy.queue_bytes) {
    return;
  }
  // What the socket takes at once never was too much.
  pump(subscription);
  if (subscription.queued_bytes > policy.queue_bytes && policy.when_full == TopicPolicy::WhenFull::disconnect) {
    subscription.peer->refuse({ErrorCode::overloaded,
                               "This client does not read \"" + subscription.wanted.pattern + "\" fast enough.",
                               {{"limit", policy.queue_bytes}}});
    return;
  }
  // One is always kept, however large.
  while (subscription.queued_bytes > policy.queue_bytes && subscription.queue.size() > 1) {
    subscription.drop_front();
  }
}

void Topics::pump(Subscription& subscription) {
  const bool several = subscription.queue.size() > 1;
  while (!subscription.queue.empty() && subscription.peer->queued_bytes() < limits::topic_ahead_bytes) {
    auto frame = std::move(subscription.queue.front().frame);
    subscription.queue.pop_front();
    subscription.queued_bytes -= frame->size();
    if (subscription.peer->send_encoded(std::move(frame), several)) {
      ++subscription.delivered;
    } else {
      ++subscription.dropped;
    }
  }
  if (several) {
    subscription.peer->flush();
  }
}

void Topics::writable(const Peer& peer) {
  const std::vector<SubscriptionPtr> subscriptions = all();
  for (const SubscriptionPtr& subscription : subscriptions) {
    if (!subscription->gone && subscription->peer.get() == &peer && !subscription->queue.empty()) {
      pump(*subscription);
    }
  }
}

std::vector<Topics::SubscriptionPtr> Topics::all() const {
  const std::lock_guard lock(mutex_);
  return subscriptions_;
}

template <class Fits>
bool Topics::erase(Fits fits) {
  std::vector<SubscriptionPtr> erased;  // released after the lock
  const std::lock_guard lock(mutex_);
  std::erase_if(subscriptions_, [&](const SubscriptionPtr& subscription) {
    if (!fits(*subscription)) {
      return false;
    }
    subscription->gone = true;
    erased.push_back(subscription);
    return true;
  });
  return !erased.empty();
}

Result<void> Topics::subscribe(const std::shared_ptr<Peer>& peer, TopicSubscription subscription) {
  const std::lock_guard lock(mutex_);
  std::size_t own = 0;
  for (const SubscriptionPtr& known : subscriptions_) {
    if (known->peer != peer) {
      continue;
    }
    if (known->wanted.pattern == subscription.pattern) {
      known->wanted.policy = subscription.policy;
      return {};
    }
    ++own;
  }
  if (own >= limits::subscriptions_per_peer) {
    return Error{
        ErrorCode::overloaded, "There are too many subscriptions.", {{"limit", limits::subscriptions_per_peer}}};
  }
  auto added = std::make_shared<Subscription>();
  added->wanted = std::move(subscription);
  added->peer = peer;
  subscriptions_.push_back(std::move(added));
  return {};
}

void Topics::subscribe(const std::shared_ptr<Endpoint>& endpoint, std::string pattern) {
  const std::lock_guard lock(mutex_);
  for (const SubscriptionPtr& known : subscriptions_) {
    if (known->endpoint == endpoint && known->wanted.pattern == pattern) {
      return;
    }
  }
  auto added = std::make_shared<Subscription>();
  added->wanted.pattern = std::move(pattern);
  added->endpoint = endpoint;
  subscriptions_.push_back(std::move(added));
}

Result<void> Topics::unsubscribe(const Peer& peer, std::string_view pattern) {
  if (erase([&](const Subscription& known) { return known.peer.get() == &peer && known.wanted.pattern == pattern; })) {
    return {};
  }
  return Error{ErrorCode::not_found, "There is no such subscription."};
}

Result<void> Topics::unsubscribe(const Endpoint& endpoint, std::string_view pattern) {
  if (erase([&](const Subscription& known) {
        return known.endpoint.get() == &endpoint && known.wanted.pattern == pattern;
      })) {
    return {};
  }
  return Error{ErrorCode::not_found, "There is no such subscription."};
}

void Topics::remove(const Peer& peer) {
  erase([&](const Subscription& known) { return known.peer.get() == &peer; });
}

void Topics::remove(const Endpoint& endpoint) {
  erase([&](const Subscription& known) { return known.endpoint.get() == &endpoint; });
}

void Topics::close() {
  {
    const std::lock_guard lock(inbox_mutex_);
    closed_ = true;
    inbox_.clear();
  }
  erase([](const Subscription&) { return true; });
}

void Topics::add_statistics(BusStatistics& shown) const {
  shown.published = published_;
  shown.publications_refused = refused_;
  const std::lock_guard lock(mutex_);
  for (const SubscriptionPtr& known : subscriptions_) {
    shown.subscriptions.push_back({known->peer ? known->peer->endpoint()->id : known->endpoint->id,
                                   known->peer ? known->peer->instance() : "", known->wanted.pattern, known->delivered,
                                   known->dropped, known->queued_bytes});
  }
}

}  // namespace symphony::ipc
