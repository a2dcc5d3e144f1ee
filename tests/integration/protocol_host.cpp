// A process that hosts a bus: symphony's part in the conversation the protocol client's test has.
//   protocol_host RUNTIME_DIRECTORY
// Prints "listening" and serves until its standard input ends.

#include <unistd.h>

#include <condition_variable>
#include <iostream>
#include <memory>
#include <mutex>
#include <string>

#include <symphony/ipc/bus.h>

using namespace symphony::ipc;

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: protocol_host RUNTIME_DIRECTORY\n";
    return 2;
  }
  auto created = Bus::create({"symphony", "0.1.0", "symphony", nullptr});
  if (!created) {
    std::cerr << created.error().message << '\n';
    return 1;
  }
  Bus& bus = **created;
  std::mutex mutex;
  std::shared_ptr<Responder> held;
  std::uint64_t cancelled = 0;
  std::unique_ptr<std::stop_callback<std::function<void()>>> on_stop;
  const auto registered = bus.register_endpoint("echo", [&](Incoming incoming, Responder responder) {
    if (incoming.method == "echo.say") {
      responder.answer(std::move(incoming.body));
    } else if (incoming.method == "echo.source") {
      responder.answer(nlohmann::json{{"source", incoming.source}});
    } else if (incoming.method == "echo.call_back") {
      bus.notify("echo", {incoming.source, "echo.called", nlohmann::json{{"n", 1}}});
      responder.answer(nlohmann::json::object());
    } else if (incoming.method == "echo.hold") {
      const std::lock_guard lock(mutex);
      held = std::make_shared<Responder>(std::move(responder));
      on_stop = std::make_unique<std::stop_callback<std::function<void()>>>(incoming.stop, [&] { ++cancelled; });
    } else if (incoming.method == "echo.cancelled") {
      responder.answer(nlohmann::json{{"count", cancelled}});
    } else {
      responder.fail({ErrorCode::method_not_found, "No such method."});
    }
  });
  const auto listening = registered ? bus.listen(argv[1], {"echo:*", "nobody:*"}) : registered;
  if (!listening) {
    std::cerr << listening.error().message << '\n';
    return 1;
  }
  std::cout << "listening" << std::endl;
  char byte = 0;
  while (::read(STDIN_FILENO, &byte, 1) > 0) {
  }
  created->reset();
  return 0;
}
