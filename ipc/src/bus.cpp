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
      : router(std::make_shared<Router>(std::move(options))), work(boost::asio::make_work_guard(router->context())) {}

  std::shared_ptr<Router> router;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work;
  std::shared_ptr<Listener> listener;
  std::thread thread;
};

Result<std::unique_ptr<Bus>> Bus::create(BusOptions options) {
  auto state = std::make_unique<State>(std::move(options));
  try {
    state->thread = std::thread([router = state->router] {
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
Result<void> Bus::register_endpoint(std::string id, Handler handler) {
  return state_->router->add_endpoint(id, std::move(handler));
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

BusStatistics Bus::statistics() const { return state_->router->statistics(); }

SpanRecorder& Bus::spans() noexcept { return state_->router->spans(); }

boost::asio::io_context& Bus::context() noexcept { return state_->router->context(); }

bool Bus::on_bus_thread() const noexcept { return state_->router->on_bus_thread(); }

}  // namespace symphony::ipc
