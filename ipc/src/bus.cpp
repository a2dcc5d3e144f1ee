#include <symphony/ipc/bus.h>

#include <boost/asio/dispatch.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <future>
#include <optional>
#include <system_error>
#include <thread>

#include "listener.h"
#include "router.h"

namespace symphony::ipc {

struct Bus::State {
  explicit State(BusOptions options)
      : router(Router::create(std::move(options))), work(boost::asio::make_work_guard(router->context())) {}

  std::shared_ptr<Router> router;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work;
  std::shared_ptr<Listener> listener;
  std::jthread thread;
};

Result<std::unique_ptr<Bus>> Bus::create(BusOptions options) {
  auto state = std::make_unique<State>(std::move(options));
  try {
    state->thread = std::jthread([router = state->router] {
      router->set_thread(std::this_thread::get_id());
      router->context().run();
    });
  } catch (const std::system_error& error) {
    return Error{ErrorCode::resource_exhausted, std::string("The bus thread cannot be started: ") + error.what()};
  }
  state->router->set_thread(state->thread.get_id());
  return std::unique_ptr<Bus>(new Bus(std::move(state)));
}

Bus::Bus(std::unique_ptr<State> state) : state_(std::move(state)) {}

Bus::~Bus() {
  std::promise<void> closed;
  boost::asio::dispatch(state_->router->context(), [this, &closed] {
    if (state_->listener) {
      state_->listener->close();
    }
    state_->router->close();
    closed.set_value();
  });
  closed.get_future().wait();
  state_->work.reset();
  state_->router->context().stop();
  state_->thread.join();
}

// NOLINTNEXTLINE(performance-unnecessary-value-param): the interface takes what it may one day keep
Result<void> Bus::register_endpoint(std::string id, Handler handler, std::shared_ptr<const Interface> interface) {
  return state_->router->add_endpoint(id, std::move(handler), std::move(interface));
}

void Bus::unregister_endpoint(std::string_view id) { state_->router->remove_endpoint(id); }

RequestId Bus::send_request(std::string_view source, Message message, SendOptions options, ReplyHandler on_reply) {
  return state_->router->request(source, std::move(message), options, std::move(on_reply));
}

void Bus::cancel(RequestId request) { state_->router->cancel(request); }

void Bus::notify(std::string_view source, Message message, SendOptions options) {
  state_->router->notify(source, std::move(message), options);
}

Result<void> Bus::attach(int descriptor, PeerOptions options) {
  return state_->router->attach(descriptor, std::move(options), Endpoint::Kind::process);
}

void Bus::disconnect(std::string_view endpoint, Error reason) { state_->router->disconnect(endpoint, reason); }

void Bus::disconnect(std::string_view endpoint, std::string_view instance, Error reason) {
  state_->router->disconnect(endpoint, instance, reason);
}

Result<void> Bus::set_group(std::string_view endpoint, GroupOptions options) {
  return state_->router->set_group(endpoint, std::move(options));
}

Result<void> Bus::set_weight(std::string_view endpoint, std::string_view instance, std::uint32_t weight) {
  return state_->router->set_weight(endpoint, instance, weight);
}

Result<void> Bus::hold(std::string_view endpoint) { return state_->router->hold(endpoint); }

Result<void> Bus::resume(std::string_view endpoint) { return state_->router->resume(endpoint); }

void Bus::when_drained(std::string_view endpoint, std::string_view instance, std::function<void()> when_zero) {
  state_->router->when_drained(endpoint, instance, std::move(when_zero));
}

Result<void> Bus::reserve(std::string_view endpoint, std::function<void()> on_parked) {
  return state_->router->reserve(endpoint, std::move(on_parked));
}

void Bus::pin(std::string_view endpoint, std::string_view source, std::string_view instance) {
  state_->router->pin(endpoint, source, instance);
}

EndpointActivity Bus::activity(std::string_view endpoint) const { return state_->router->activity(endpoint); }

Result<void> Bus::listen(std::string directory, std::vector<std::string> grants) {
  if (state_->listener) {
    return Error{ErrorCode::invalid_request, "The bus is listening already."};
  }
  auto listener = Listener::open(*state_->router, std::move(directory), std::move(grants));
  if (!listener) {
    return listener.error();
  }
  state_->listener = std::move(*listener);
  return {};
}

Result<void> Bus::publish(std::string_view source, std::string_view topic, Payload body) {
  return state_->router->topics().publish(source, topic, std::move(body));
}

Result<void> Bus::subscribe(std::string_view endpoint, std::string pattern) {
  return state_->router->subscribe(endpoint, std::move(pattern));
}

void Bus::unsubscribe(std::string_view endpoint, const std::string& pattern) {
  state_->router->unsubscribe(endpoint, pattern);
}

Result<void> Bus::serve_streams(std::string_view endpoint, StreamHandler handler) {
  return state_->router->serve_streams(endpoint, std::move(handler));
}

void Bus::open_stream(std::string_view source, StreamRequest request, StreamOpened on_open) {
  state_->router->open_stream(source, std::move(request), std::move(on_open));
}

void Bus::on_ready(ReadyListener listener) { state_->router->set_ready_listener(std::move(listener)); }

void Bus::on_gone(GoneListener listener) { state_->router->set_gone_listener(std::move(listener)); }

BusStatistics Bus::statistics() const { return state_->router->statistics(); }

SpanRecorder& Bus::spans() noexcept { return state_->router->spans(); }

boost::asio::io_context& Bus::context() noexcept { return state_->router->context(); }

bool Bus::on_bus_thread() const noexcept { return state_->router->on_bus_thread(); }

}  // namespace symphony::ipc
