#pragma once
// Who subscribed to what, and what waits for each of them.

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include <symphony/ipc/bus.h>
#include <symphony/ipc/topic.h>

namespace symphony::ipc {

class Peer;
struct Endpoint;

/// Publishing hands over and returns; everything else happens on the bus thread.
class Topics {
 public:
  /// Delivers to an endpoint in this process.
  using Deliver =
      std::function<void(Endpoint& endpoint, std::string_view source, std::string_view topic, const Payload&)>;

  Topics(boost::asio::io_context& context, Deliver deliver) : context_(context), deliver_(std::move(deliver)) {}
  /// See PendingCalls::owned_by.
  void owned_by(std::weak_ptr<void> owner) { owner_ = std::move(owner); }

  /// On any thread. Errors: invalid_params, payload_too_large, overloaded (limits::unpublished_bytes).
  Result<void> publish(std::string_view source, std::string_view topic, Payload body);

  // On any thread: who is subscribed when something is published gets it.
  void subscribe(const std::shared_ptr<Endpoint>& endpoint, std::string pattern);
  /// Errors: not_found.
  Result<void> unsubscribe(const Endpoint& endpoint, std::string_view pattern);
  void remove(const Endpoint& endpoint);

  // On the bus thread.
  /// The same pattern again changes its policy. Errors: overloaded (limits::subscriptions_per_peer).
  Result<void> subscribe(const std::shared_ptr<Peer>& peer, TopicSubscription subscription);
  /// Errors: not_found.
  Result<void> unsubscribe(const Peer& peer, std::string_view pattern);
  void remove(const Peer& peer);
  /// There is room in its socket again.
  void writable(const Peer& peer);
  void close();

  /// On any thread.
  void add_statistics(BusStatistics& shown) const;

 private:
  struct Publication;
  struct Subscription;
  using PublicationPtr = std::shared_ptr<Publication>;
  using SubscriptionPtr = std::shared_ptr<Subscription>;

  std::vector<SubscriptionPtr> all() const;
  template <class Fits>
  bool erase(Fits fits);
  void publish_waiting();
  void enqueue(Subscription& subscription, const PublicationPtr& publication);
  /// Writes what waits as long as the socket takes it.
  void pump(Subscription& subscription);

  boost::asio::io_context& context_;
  const Deliver deliver_;
  std::weak_ptr<void> owner_;

  std::mutex inbox_mutex_;
  std::vector<PublicationPtr> inbox_;
  std::size_t inbox_bytes_ = 0;
  bool closed_ = false;
  std::atomic<std::uint64_t> published_{0};
  std::atomic<std::uint64_t> refused_{0};

  mutable std::mutex mutex_;
  std::vector<SubscriptionPtr> subscriptions_;
};

}  // namespace symphony::ipc
