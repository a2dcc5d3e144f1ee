#include <symphony/ipc/reconnecting_client.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <random>
#include <thread>

#include <symphony/ipc/limits.h>

#include "client/connection_state.h"
#include "instance_directory.h"
#include "route.h"

namespace symphony::ipc {

using Clock = EventLoop::Clock;
using std::chrono::milliseconds;

namespace {

Error not_back() { return {ErrorCode::deadline_exceeded, "The host did not come back before the deadline."}; }

}  // namespace

struct ReconnectingClient::State : std::enable_shared_from_this<ReconnectingClient::State> {
  struct Request {
    Message message;
    SendOptions options;
    ReplyHandler on_reply;
    Clock::time_point deadline;
    /// At the connection it was sent on; 0 while it waits for one.
    std::uint64_t sent_as = 0;
    bool waiting = true;
  };

  std::string directory;
  ClientOptions client;
  ReconnectOptions options;
  std::shared_ptr<EventLoop> loop = std::make_shared<EventLoop>();
  Handler handler;
  std::function<void(const std::optional<Error>&)> listener;
  std::atomic<bool> stopped{false};
  std::minstd_rand random{std::random_device{}()};

  mutable std::mutex mutex;
  std::shared_ptr<ClientConnection> connection;  // null: nobody is there
  std::uint64_t last_id = 0;
  std::map<std::uint64_t, Request> requests;  // in the order they were made
  std::map<std::string, TopicSubscription> subscriptions;

  std::shared_ptr<ClientConnection> current() const {
    const std::lock_guard lock(mutex);
    return connection;
  }
  void tell(const std::optional<Error>& lost) const {
    if (listener) {
      listener(lost);
    }
  }

  Result<std::unique_ptr<ClientConnection>> connect() const;
  void pause(milliseconds wait);
  void begin(std::shared_ptr<ClientConnection> fresh);
  void lost();
  void send(std::uint64_t id);
  /// For the next connection, after the one in `ended` did: where the request is idempotent or was not sent as a whole.
  /// False: it is neither.
  bool wait_again(std::uint64_t id, const ClientConnection::State* ended, bool unsent);
  /// Fails it at its deadline, if it still waits then.
  void await_host(std::uint64_t id, Clock::time_point deadline);
  void subscribe_at(ClientConnection& host, const TopicSubscription& subscription) const;
  void finish(std::uint64_t id, Result<Payload> outcome);
};

Result<std::unique_ptr<ClientConnection>> ReconnectingClient::State::connect() const {
  const auto record = read_instance_record(directory);
  if (!record) {
    return record.error();
  }
  auto socket = connect_socket(record->socket);
  if (!socket) {
    return socket.error();
  }
  ClientOptions with_token = client;
  with_token.token = record->token;
  return ClientConnection::open_on(loop, socket->release(), with_token);
}

/// Serves what does not need the host meanwhile.
void ReconnectingClient::State::pause(milliseconds wait) {
  const auto half = wait.count() / 2;
  const milliseconds drawn(half + std::uniform_int_distribution<std::int64_t>(0, wait.count() - half)(random));
  const auto until = Clock::now() + drawn;
  loop->post(until, [] {});
  while (!stopped && Clock::now() < until) {
    if (!loop->wait()) {
      return;
    }
  }
}

void ReconnectingClient::State::finish(std::uint64_t id, Result<Payload> outcome) {
  ReplyHandler on_reply;
  {
    const std::lock_guard lock(mutex);
    const auto found = requests.find(id);
    if (found == requests.end()) {
      return;
    }
    on_reply = std::move(found->second.on_reply);
    requests.erase(found);
  }
  on_reply(std::move(outcome));
}

void ReconnectingClient::State::await_host(std::uint64_t id, Clock::time_point deadline) {
  // Where it was sent the connection keeps the time.
  loop->post(deadline, [weak = weak_from_this(), id] {
    const auto self = weak.lock();
    if (!self) {
      return;
    }
    {
      const std::lock_guard lock(self->mutex);
      const auto found = self->requests.find(id);
      if (found == self->requests.end() || !found->second.waiting) {
        return;
      }
    }
    self->finish(id, not_back());
  });
}

void ReconnectingClient::State::send(std::uint64_t id) {
  std::shared_ptr<ClientConnection> host;
  std::optional<Message> message;
  SendOptions sending;
  bool late = false;
  {
    const std::lock_guard lock(mutex);
    const auto found = requests.find(id);
    if (found == requests.end() || !found->second.waiting) {
      return;
    }
    if (!connection) {
      await_host(id, found->second.deadline);  // whoever connects sends it
      return;
    }
    Request& request = found->second;
    const auto left = std::chrono::ceil<milliseconds>(request.deadline - Clock::now());
    late = left.count() <= 0;
    request.waiting = false;
    host = connection;
    sending = request.options;
    sending.deadline = left;
    message = request.message;
  }
  if (late) {
    finish(id, not_back());
    return;
  }
  // An end that this thread finds before the call returns means that the host never saw the request as a whole.
  auto refused = std::make_shared<std::atomic<bool>>(true);
  const RequestId sent = host->send_request(
      std::move(*message), std::move(sending),
      [weak = weak_from_this(), id, refused, sender = std::this_thread::get_id(),
       link = std::weak_ptr(host->state_)](Result<Payload> outcome) {
        const auto self = weak.lock();
        if (!self) {
          return;
        }
        const auto connection_state = link.lock();
        const bool unsent = *refused && std::this_thread::get_id() == sender;
        const bool ended = !connection_state || connection_state->ended ||
                           (unsent && !outcome && outcome.error().code == ErrorCode::peer_disconnected);
        if (outcome || !ended) {
          self->finish(id, std::move(outcome));
        } else if (!self->wait_again(id, connection_state.get(), unsent)) {
          self->finish(id, Error{ErrorCode::peer_disconnected,
                                 "The host went away before it answered; nobody knows how far the request came."});
        }
      });
  *refused = false;
  const std::lock_guard lock(mutex);
  if (const auto found = requests.find(id); found != requests.end() && !found->second.waiting) {
    found->second.sent_as = sent.value;
  }
}

bool ReconnectingClient::State::wait_again(std::uint64_t id, const ClientConnection::State* ended, bool unsent) {
  bool host_is_back = false;
  Clock::time_point deadline;
  {
    const std::lock_guard lock(mutex);
    const auto found = requests.find(id);
    if (found == requests.end()) {
      return true;
    }
    if (!unsent && !found->second.options.idempotent) {
      return false;
    }
    found->second.waiting = true;
    found->second.sent_as = 0;
    deadline = found->second.deadline;
    host_is_back = connection && connection->state_.get() != ended;
  }
  if (host_is_back) {
    // The next host sent what waited before this one did.
    loop->post(Clock::now(), [weak = weak_from_this(), id] {
      if (const auto self = weak.lock()) {
        self->send(id);
      }
    });
  } else {
    await_host(id, deadline);
  }
  return true;
}

void ReconnectingClient::State::subscribe_at(ClientConnection& host, const TopicSubscription& subscription) const {
  host.send_request({std::string(bus_address), "bus.subscribe", Payload(subscription_document(subscription))}, {},
                    [](const Result<Payload>&) {});
}

void ReconnectingClient::State::begin(std::shared_ptr<ClientConnection> fresh) {
  std::vector<std::uint64_t> waiting;
  {
    const std::lock_guard lock(mutex);
    connection = fresh;
    for (const auto& [pattern, subscription] : subscriptions) {
      subscribe_at(*fresh, subscription);
    }
    for (const auto& [id, request] : requests) {
      if (request.waiting) {
        waiting.push_back(id);
      }
    }
  }
  tell(std::nullopt);
  for (const std::uint64_t id : waiting) {
    send(id);
  }
}

void ReconnectingClient::State::lost() {
  std::shared_ptr<ClientConnection> last;  // released after the lock: its end answers what is pending
  const std::lock_guard lock(mutex);
  last.swap(connection);
}

ReconnectingClient::ReconnectingClient(std::shared_ptr<State> state) : state_(std::move(state)) {}

Result<std::unique_ptr<ReconnectingClient>> ReconnectingClient::create(std::string directory, ClientOptions client,
                                                                       ReconnectOptions options) {
  auto state = std::make_shared<State>();
  if (const auto usable = state->loop->usable(); !usable) {
    return usable.error();
  }
  state->directory = std::move(directory);
  state->client = std::move(client);
  state->options = options;
  return std::unique_ptr<ReconnectingClient>(new ReconnectingClient(std::move(state)));
}

ReconnectingClient::~ReconnectingClient() {
  state_->stopped = true;
  state_->lost();
  std::map<std::uint64_t, State::Request> unanswered;
  {
    const std::lock_guard lock(state_->mutex);
    unanswered.swap(state_->requests);
  }
  for (auto& [id, request] : unanswered) {
    request.on_reply(disconnected());
  }
}

void ReconnectingClient::on_message(Handler handler) { state_->handler = std::move(handler); }

void ReconnectingClient::on_state(std::function<void(const std::optional<Error>&)> listener) {
  state_->listener = std::move(listener);
}

RequestId ReconnectingClient::send_request(Message message, SendOptions options, ReplyHandler on_reply) {
  State& state = *state_;
  if (const auto valid = check_route(message.target, message.method); !valid) {
    on_reply(valid.error());
    return {};
  }
  const auto deadline = Clock::now() + effective_deadline(options.deadline);
  std::unique_lock lock(state.mutex);
  if (state.requests.size() >= limits::pending_requests_per_peer) {
    lock.unlock();
    on_reply(Error{
        ErrorCode::overloaded, "Too many requests are unanswered.", {{"limit", limits::pending_requests_per_peer}}});
    return {};
  }
  const std::uint64_t id = ++state.last_id;
  state.requests.emplace(
      id, State::Request{std::move(message), std::move(options), std::move(on_reply), deadline, 0, true});
  lock.unlock();
  state.send(id);
  return {id};
}

void ReconnectingClient::cancel(RequestId request) {
  std::shared_ptr<ClientConnection> host;
  std::uint64_t sent_as = 0;
  {
    const std::lock_guard lock(state_->mutex);
    const auto found = state_->requests.find(request.value);
    if (found == state_->requests.end()) {
      return;
    }
    host = state_->connection;
    sent_as = found->second.sent_as;
  }
  if (host && sent_as != 0) {
    host->cancel({sent_as});
  }
  state_->finish(request.value, Error{ErrorCode::cancelled, "The request was cancelled."});
}

bool ReconnectingClient::notify(Message message, SendOptions options) {
  const auto host = state_->current();
  if (host) {
    host->notify(std::move(message), std::move(options));
  }
  return host != nullptr;
}

void ReconnectingClient::subscribe(TopicSubscription subscription) {
  const std::lock_guard lock(state_->mutex);
  if (state_->connection) {
    state_->subscribe_at(*state_->connection, subscription);
  }
  state_->subscriptions.insert_or_assign(subscription.pattern, std::move(subscription));
}

void ReconnectingClient::unsubscribe(const std::string& pattern) {
  const std::lock_guard lock(state_->mutex);
  if (state_->subscriptions.erase(pattern) > 0 && state_->connection) {
    state_->connection->send_request(
        {std::string(bus_address), "bus.unsubscribe", Payload(nlohmann::json{{"topic", pattern}})}, {},
        [](const Result<Payload>&) {});
  }
}

void ReconnectingClient::post(milliseconds delay, std::function<void()> action) {
  state_->loop->post(Clock::now() + delay, std::move(action));
}

void ReconnectingClient::watch(int descriptor, std::function<void()> ready) {
  state_->loop->watch(descriptor, std::move(ready));
}

void ReconnectingClient::unwatch(int descriptor) { state_->loop->unwatch(descriptor); }

bool ReconnectingClient::connected() const { return state_->current() != nullptr; }

void ReconnectingClient::run() {
  State& state = *state_;
  state.loop->adopt();
  milliseconds wait = state.options.first_wait;
  bool told = false;
  while (!state.stopped) {
    auto opened = state.connect();
    if (!opened) {
      // A token somebody else used meanwhile is not a host that is gone.
      if (!told && opened.error().code != ErrorCode::not_authenticated) {
        told = true;
        state.tell(opened.error());
      }
      state.pause(wait);
      wait = std::min(wait * 2, state.options.longest_wait);
      continue;
    }
    const std::shared_ptr<ClientConnection> host = std::move(*opened);
    host->on_message(state.handler);
    const auto since = Clock::now();
    told = true;
    state.begin(host);
    if (state.stopped) {
      break;
    }
    const auto served = host->run();
    state.lost();
    state.loop->leave(*host->state_);
    if (state.stopped) {
      break;
    }
    state.tell(served ? disconnected() : served.error());
    // A host that takes connections and drops them at once is no better than one that is not there.
    if (Clock::now() - since > state.options.longest_wait) {
      wait = state.options.first_wait;
    }
    state.pause(wait);
    wait = std::min(wait * 2, state.options.longest_wait);
  }
}

void ReconnectingClient::stop() {
  state_->stopped = true;
  if (const auto host = state_->current()) {
    host->stop();
  }
  state_->loop->interrupt();
}

}  // namespace symphony::ipc
