#include "bus_core.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <utility>

#include <symphony/ipc/interface.h>
#include <symphony/ipc/limits.h>

#include "answered.h"
#include "bus_error.h"
#include "bus_hooks.h"
#include "delivery.h"
#include "document.h"
#include "trace_text.h"

namespace py = pybind11;

namespace symphony::bridge {
namespace {

using ipc::Error;
using ipc::ErrorCode;
using ipc::Payload;
using ipc::Result;

// Every live core, for the exit handler; guarded by the interpreter lock.
std::vector<BusCore*>& live_cores() {
  static std::vector<BusCore*> cores;
  return cores;
}

/// The loop running on this thread, or nothing.
py::object running_loop() {
  static PyObject* function = nullptr;
  if (function == nullptr) {
    function = py::object(py::module_::import("_asyncio").attr("_get_running_loop")).release().ptr();
  }
  auto loop = py::reinterpret_steal<py::object>(PyObject_CallNoArgs(function));
  if (!loop) {
    throw py::error_already_set();
  }
  return loop.is_none() ? py::object() : loop;
}

Error unavailable() { return {ErrorCode::endpoint_unavailable, "the bus is closed", nullptr}; }

[[noreturn]] void raise(PyObject* kind, const char* text) {
  PyErr_SetString(kind, text);
  throw py::error_already_set();
}

/// Where an answer meets its sender. Whoever comes second acts: an answer inside send_request is taken by the sender,
/// a later one travels through the queue.
struct Meeting {
  std::atomic<bool> someone_came{false};
  std::optional<Result<Payload>> answer;
};

class CompleteWork final : public LoopWork {
 public:
  CompleteWork(std::weak_ptr<BusCore> core, std::uint64_t token, Result<Payload> result)
      : core_(std::move(core)), token_(token), result_(std::move(result)) {}
  void run() override {
    if (const auto core = core_.lock()) {
      core->complete(token_, std::move(result_));
    }
  }
  void abandon() noexcept override {}

 private:
  std::weak_ptr<BusCore> core_;
  std::uint64_t token_;
  Result<Payload> result_;
};

py::object python_from_payload(const Payload& payload) {
  if (const auto* held = payload.document_if_held()) {
    return python_from_document(*held);
  }
  return python_from_document(value_or_throw(payload.document()));
}

/// Answering may write to a socket and run the asker's code: not under the interpreter lock.
void respond(Delivery& delivery, Result<Payload> outcome) {
  const py::gil_scoped_release released;
  delivery.responder.finish(std::move(outcome));
}

py::object outcome_of(Result<Payload> result) {
  if (result.has_error()) {
    return failed_with(bus_error_from(result.error()));
  }
  return answered_with(python_from_payload(*result));
}

}  // namespace

BusCore::BusCore(std::string source, std::string process_name)
    : source_(std::move(source)), process_name_(std::move(process_name)), queue_(std::make_shared<LoopQueue>()) {}

std::shared_ptr<BusCore> BusCore::open(ipc::BusOptions options, std::string source,
                                       std::filesystem::path log_directory) {
  std::shared_ptr<BusCore> core(new BusCore(std::move(source), options.process_name));
  ipc::HostServiceOptions service{options.host_version, std::move(log_directory)};
  {
    const py::gil_scoped_release released;
    auto created = ipc::Bus::create(std::move(options));
    if (created.has_error()) {
      const py::gil_scoped_acquire acquired;
      throw_bus_error(created.error());
    }
    core->bus_ = std::move(*created);
    auto made = ipc::HostService::create(*core->bus_, std::move(service));
    if (made.has_error()) {
      core->bus_.reset();
      const py::gil_scoped_acquire acquired;
      throw_bus_error(made.error());
    }
    core->service_ = std::move(*made);
    announce_bus_created(*core->bus_);
  }
  live_cores().push_back(core.get());
  return core;
}

BusCore::~BusCore() {
  close();
  std::erase(live_cores(), this);
}

std::shared_ptr<ipc::Bus> BusCore::bus() const {
  if (!bus_) {
    throw_bus_error(unavailable());
  }
  return bus_;
}

void BusCore::record_span(std::string name, ipc::TraceContext own, std::uint64_t parent_id, std::int64_t start_us,
                          std::int64_t end_us) const {
  bus()->spans().record({process_name_, std::move(name), own, parent_id, start_us, end_us, "Python"});
}

ipc::Message BusCore::message_from(std::string target, py::handle message) const {
  if (PyDict_Check(message.ptr()) == 0) {
    raise(PyExc_TypeError, "a message is a dict {\"method\": str, \"params\": document}");
  }
  static PyObject* const method_key = PyUnicode_InternFromString("method");
  static PyObject* const params_key = PyUnicode_InternFromString("params");
  PyObject* method = PyDict_GetItemWithError(message.ptr(), method_key);
  if (method == nullptr || PyUnicode_Check(method) == 0) {
    raise(PyExc_TypeError, "/method: a message names its method as str");
  }
  PyObject* params = PyDict_GetItemWithError(message.ptr(), params_key);
  if (PyDict_GET_SIZE(message.ptr()) != (params == nullptr ? 1 : 2)) {
    raise(PyExc_TypeError, "a message has the keys \"method\" and \"params\" only");
  }
  ipc::Message built;
  built.target = std::move(target);
  built.method = text_from_python(method);
  built.body = Payload(params == nullptr ? nlohmann::json::object() : document_from_python(params));
  return built;
}

py::object BusCore::send(std::string target, py::handle message, std::optional<double> deadline_s,
                         std::optional<std::string_view> traceparent) {
  const auto bus = this->bus();
  ipc::SendOptions options;
  options.trace = trace_from_text(traceparent);
  if (deadline_s) {
    if (!(*deadline_s > 0.0)) {
      raise(PyExc_ValueError, "a deadline is a number of seconds above 0");
    }
    const double longest = std::chrono::duration<double>(ipc::limits::longest_deadline).count();
    options.deadline =
        std::chrono::milliseconds(static_cast<std::int64_t>(std::ceil(std::min(*deadline_s, longest) * 1000.0)));
  }
  ipc::Message outgoing = message_from(std::move(target), message);

  const std::uint64_t token = next_token_++;
  auto meeting = std::make_shared<Meeting>();
  ipc::RequestId request;
  {
    const py::gil_scoped_release released;
    request = bus->send_request(
        source_, std::move(outgoing), std::move(options),
        [meeting, token, core = weak_from_this(), queue = queue_](Result<Payload> result) {
          meeting->answer.emplace(std::move(result));
          if (meeting->someone_came.exchange(true)) {
            queue->push_always(std::make_unique<CompleteWork>(core, token, std::move(*meeting->answer)));
          }
        });
  }
  if (meeting->someone_came.load(std::memory_order_acquire)) {
    return outcome_of(std::move(*meeting->answer));
  }
  py::object future;
  try {
    future = pending_future(token, request);
  } catch (...) {
    const py::gil_scoped_release released;
    bus->cancel(request);
    throw;
  }
  if (meeting->someone_came.exchange(true)) {
    // Answered while the future was made: nobody else will complete it.
    awaited_.erase(token);
    return outcome_of(std::move(*meeting->answer));
  }
  return future;
}

void BusCore::notify(std::string target, py::handle message, std::optional<std::string_view> traceparent) {
  const auto bus = this->bus();
  ipc::SendOptions options;
  options.trace = trace_from_text(traceparent);
  ipc::Message outgoing = message_from(std::move(target), message);
  const py::gil_scoped_release released;
  bus->notify(source_, std::move(outgoing), std::move(options));
}

void BusCore::register_endpoint(const std::string& id, py::object handler,
                                const std::optional<std::string>& interface) {
  const auto bus = this->bus();
  if (PyCallable_Check(handler.ptr()) == 0) {
    raise(PyExc_TypeError, "the handler of an endpoint is an async function of (message, context)");
  }
  const auto checked_by = interface ? ipc::Interface::built_in(*interface) : nullptr;
  if (interface && !checked_by) {
    raise(PyExc_ValueError, "there is no interface of this name");
  }
  bound_loop();
  Result<void> registered;
  {
    const py::gil_scoped_release released;
    registered = bus->register_endpoint(id, queueing_handler(id, weak_from_this(), queue_), checked_by);
  }
  value_or_throw(std::move(registered));
  handlers_.insert_or_assign(id, std::move(handler));
}

void BusCore::unregister_endpoint(const std::string& id) {
  const auto bus = this->bus();
  {
    const py::gil_scoped_release released;
    bus->unregister_endpoint(id);
  }
  handlers_.erase(id);
}

py::object BusCore::bound_loop() {
  py::object loop = running_loop();
  if (!loop) {
    raise(PyExc_RuntimeError, "no running event loop: the answer is not there yet and there is nothing to wait with");
  }
  if (loop_ && loop_.is(loop)) {
    return loop;
  }
  if (loop_ && !loop_.attr("is_closed")().cast<bool>()) {
    raise(PyExc_RuntimeError, "the bus belongs to another event loop");
  }
  // The loop keeps this function: it must not keep the core, or a forgotten bus would never be closed.
  const py::cpp_function readable([core = weak_from_this()] {
    if (const auto live = core.lock()) {
      live->drain();
    }
  });
  loop.attr("add_reader")(queue_->descriptor(), readable);
  loop_ = loop;
  return loop;
}

py::object BusCore::pending_future(std::uint64_t token, ipc::RequestId request) {
  py::object future = bound_loop().attr("create_future")();
  future.attr("add_done_callback")(py::cpp_function([core = weak_from_this(), token](const py::object& done) {
    const auto live = core.lock();
    if (!live || !done.attr("cancelled")().cast<bool>()) {
      return;
    }
    const auto found = live->awaited_.find(token);
    if (found == live->awaited_.end()) {
      return;
    }
    const auto request_id = found->second.request;
    live->awaited_.erase(found);
    if (const auto bus = live->bus_) {
      const py::gil_scoped_release released;
      bus->cancel(request_id);
    }
  }));
  awaited_.emplace(token, Awaited{future, request});
  return future;
}

void BusCore::drain() {
  const auto self = shared_from_this();
  for (auto& work : queue_->take()) {
    try {
      work->run();
    } catch (py::error_already_set& error) {
      error.discard_as_unraisable("symphony_ipc");
    } catch (const std::exception& error) {
      // Whatever it was: the pieces behind this one must not be lost with it.
      PyErr_SetString(PyExc_RuntimeError, error.what());
      PyErr_WriteUnraisable(nullptr);
    }
  }
}

void BusCore::complete(std::uint64_t token, Result<Payload> result) {
  const auto found = awaited_.find(token);
  if (found == awaited_.end()) {
    return;  // cancelled meanwhile
  }
  const py::object future = std::move(found->second.future);
  awaited_.erase(found);
  if (future.attr("done")().cast<bool>()) {
    return;
  }
  if (result.has_error()) {
    future.attr("set_exception")(bus_error_from(result.error()));
    return;
  }
  py::object value;
  try {
    value = python_from_payload(*result);
  } catch (py::error_already_set& error) {
    future.attr("set_exception")(error.value());
    return;
  }
  future.attr("set_result")(value);
}

void BusCore::deliver(std::shared_ptr<Delivery> delivery) {
  const auto handler = handlers_.find(delivery->endpoint);
  if (handler == handlers_.end()) {
    respond(*delivery, unavailable());
    return;
  }
  if (delivery->incoming.stop.stop_requested() && delivery->incoming.is_request) {
    respond(*delivery, Error{ErrorCode::cancelled, "cancelled before it was begun", nullptr});
    return;
  }
  delivery->started_us = ipc::monotonic_us();
  if (delivery->incoming.trace) {
    delivery->span = delivery->incoming.trace->child();
  }
  try {
    py::dict message;
    message["method"] = delivery->incoming.method;
    auto params = python_from_payload(delivery->incoming.body);
    message["params"] = params.is_none() ? py::dict() : params;
    const py::object coroutine = handler->second(message, MessageContext(*delivery));
    delivery->task = loop_.attr("create_task")(coroutine);
    delivery->task.attr("add_done_callback")(
        py::cpp_function([core = weak_from_this(), delivery](const py::object& task) {
          if (const auto live = core.lock()) {
            live->finish(delivery, task);
          }
          delivery->task = py::object();
        }));
  } catch (py::error_already_set& error) {
    respond(*delivery, error_from_exception(error.value()));
    return;
  }
  running_.emplace(delivery.get(), delivery);
  // Last: a stop that already happened calls back at once.
  delivery->on_stop.emplace(delivery->incoming.stop,
                            [queue = queue_, core = weak_from_this(), weak = std::weak_ptr<Delivery>(delivery)] {
                              queue->push_always(std::make_unique<WithdrawWork>(core, weak));
                            });
}

void BusCore::withdraw(const std::shared_ptr<Delivery>& delivery) {
  if (delivery->task) {
    delivery->task.attr("cancel")();
  }
}

void BusCore::finish(const std::shared_ptr<Delivery>& delivery, py::handle task) {
  running_.erase(delivery.get());
  if (delivery->span && bus_) {
    const auto& parent = *delivery->incoming.trace;
    record_span(delivery->endpoint + " (waiting)", parent.child(), parent.span_id, delivery->received_us,
                delivery->started_us);
    record_span(delivery->endpoint + " " + delivery->incoming.method, *delivery->span, parent.span_id,
                delivery->started_us, ipc::monotonic_us());
  }
  if (task.attr("cancelled")().cast<bool>()) {
    respond(*delivery, Error{ErrorCode::cancelled, "the request was cancelled", nullptr});
    return;
  }
  const py::object exception = task.attr("exception")();
  if (!exception.is_none()) {
    Error error = error_from_exception(exception);
    // Without a loop the bus was closed meanwhile, which is why most handlers fail then.
    if (loop_ && (error.code == ErrorCode::internal_error || !delivery->incoming.is_request)) {
      // A fault of the handler: its traceback belongs into our log, only its text to the sender.
      py::dict report;
      report["message"] = "handler of " + delivery->endpoint + " failed in " + delivery->incoming.method;
      report["exception"] = exception;
      loop_.attr("call_exception_handler")(report);
    }
    respond(*delivery, std::move(error));
    return;
  }
  if (!delivery->incoming.is_request) {
    return;
  }
  std::optional<Result<Payload>> outcome;
  try {
    outcome.emplace(Payload(document_from_python(task.attr("result")())));
  } catch (py::error_already_set& error) {
    outcome.emplace(error_from_exception(error.value()));
  }
  respond(*delivery, std::move(*outcome));
}

void BusCore::close_supervisor() {
  auto ending = std::move(supervisor_);
  const py::gil_scoped_release released;
  ending.reset();
}

bool BusCore::close_pit() {
  const auto ending = std::move(pit_);
  const py::gil_scoped_release released;
  return ending == nullptr || ending->close();
}

void BusCore::close() {
  if (!bus_) {
    return;
  }
  auto bus = std::exchange(bus_, nullptr);
  {
    const py::gil_scoped_release released;
    announce_bus_closing();
  }
  close_supervisor();
  for (const auto& [id, handler] : std::exchange(handlers_, {})) {
    const py::gil_scoped_release released;
    bus->unregister_endpoint(id);
  }
  close_pit();
  for (const auto& [key, delivery] : std::exchange(running_, {})) {
    delivery->on_stop.reset();
    respond(*delivery, unavailable());
  }
  release_loop();
  {
    const py::gil_scoped_release released;
    queue_->close();
    service_.reset();
    bus.reset();
  }
  fail_everything_awaited();
  loop_ = py::object();
}

void BusCore::close_all() {
  while (!live_cores().empty()) {
    BusCore* const core = live_cores().back();
    live_cores().pop_back();
    core->close();
  }
}

void BusCore::release_loop() {
  if (!loop_) {
    return;
  }
  try {
    if (!loop_.attr("is_closed")().cast<bool>()) {
      loop_.attr("remove_reader")(queue_->descriptor());
    }
  } catch (py::error_already_set& error) {
    error.discard_as_unraisable("symphony_ipc.Bus.close");
  }
}

void BusCore::fail_everything_awaited() {
  for (auto& [token, awaited] : std::exchange(awaited_, {})) {
    try {
      if (loop_.attr("is_closed")().cast<bool>() || awaited.future.attr("done")().cast<bool>()) {
        continue;  // nobody can wait for it any more
      }
      awaited.future.attr("set_exception")(bus_error_from(unavailable()));
      // Whoever waits sees it; a future nobody waits for is not worth a line at the end of the program.
      awaited.future.attr("_log_traceback") = false;
    } catch (py::error_already_set& error) {
      error.discard_as_unraisable("symphony_ipc.Bus.close");
    }
  }
}

}  // namespace symphony::bridge
