#pragma once
// What stands behind symphony_ipc.Bus: the bus, its queue to the event loop, and everything Python waits for.

#include <pybind11/pybind11.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <symphony/ipc/bus.h>
#include <symphony/ipc/host_service.h>
#include <symphony/ipc/supervisor.h>
#include <symphony/pit/pit.h>

#include "loop_queue.h"

namespace symphony::bridge {

struct Delivery;

/// Every member is called with the interpreter lock held; it is given up inside wherever native code may take time.
class BusCore : public std::enable_shared_from_this<BusCore> {
 public:
  /// Throws BusError.
  static std::shared_ptr<BusCore> open(ipc::BusOptions options, std::string source,
                                       std::filesystem::path log_directory = {});
  ~BusCore();
  BusCore(const BusCore&) = delete;
  BusCore& operator=(const BusCore&) = delete;

  /// An awaitable: Answered when the answer came inside this call, else a future of the running loop.
  pybind11::object send(std::string target, pybind11::handle message, std::optional<double> deadline_s,
                        std::optional<std::string_view> traceparent);
  void notify(std::string target, pybind11::handle message, std::optional<std::string_view> traceparent);
  /// With the name of an interface (ipc/interfaces), wrong parameters are refused before they reach the handler.
  void register_endpoint(const std::string& id, pybind11::object handler, const std::optional<std::string>& interface);
  void unregister_endpoint(const std::string& id);

  /// Records a span of Python code.
  void record_span(std::string name, ipc::TraceContext own, std::uint64_t parent_id, std::int64_t start_us,
                   std::int64_t end_us) const;

  /// The live bus; throws BusError (endpoint_unavailable) after close().
  std::shared_ptr<ipc::Bus> bus() const;
  bool closed() const noexcept { return bus_ == nullptr; }
  /// In reverse order of creation: processes, endpoints, the Pit, the bus; then whatever Python still waits for fails.
  /// Safe to call again, and from an exit handler without a loop.
  void close();
  static void close_all();

  void adopt(std::unique_ptr<ipc::Supervisor> supervisor) { supervisor_ = std::move(supervisor); }
  void adopt(std::unique_ptr<pit::Pit> pit) { pit_ = std::move(pit); }
  ipc::Supervisor* supervisor() const noexcept { return supervisor_.get(); }
  pit::Pit* pit() const noexcept { return pit_.get(); }
  void close_supervisor();
  /// False when the disk did not answer (Pit::close).
  bool close_pit();

  // From the queue.
  void complete(std::uint64_t token, ipc::Result<ipc::Payload> result);
  void deliver(std::shared_ptr<Delivery> delivery);
  void withdraw(const std::shared_ptr<Delivery>& delivery);

 private:
  struct Awaited {
    pybind11::object future;
    ipc::RequestId request;
  };

  BusCore(std::string source, std::string process_name);
  ipc::Message message_from(std::string target, pybind11::handle message) const;
  /// The running loop, watched by our queue. Throws RuntimeError without one, or when another live loop is watched.
  pybind11::object bound_loop();
  pybind11::object pending_future(std::uint64_t token, ipc::RequestId request);
  void drain();
  void finish(const std::shared_ptr<Delivery>& delivery, pybind11::handle task);
  void release_loop();
  void fail_everything_awaited();

  const std::string source_;
  const std::string process_name_;
  std::shared_ptr<ipc::Bus> bus_;
  std::unique_ptr<ipc::HostService> service_;
  std::unique_ptr<pit::Pit> pit_;
  std::unique_ptr<ipc::Supervisor> supervisor_;
  std::shared_ptr<LoopQueue> queue_;
  pybind11::object loop_;
  std::uint64_t next_token_ = 1;
  std::unordered_map<std::uint64_t, Awaited> awaited_;
  std::unordered_map<std::string, pybind11::object> handlers_;
  std::unordered_map<Delivery*, std::shared_ptr<Delivery>> running_;
};

}  // namespace symphony::bridge
