// Drives PythonRuntime for the tests: the interpreter starts once per process, so each case is a process of its own.
// usage: embedded_conductor PACKAGES CONFIG_JSON (at-once | bounded | when-ready | never)
// Prints one JSON document a line: every ui.conductor it is told, the answer of a search when ready, the outcome.

#include <iostream>
#include <mutex>
#include <string>

#include <symphony/bridge/python_runtime.h>

namespace {

using symphony::ipc::Bus;
using symphony::ipc::Incoming;
using symphony::ipc::Responder;
using symphony::ipc::Result;

void print(const nlohmann::json& line) {
  static std::mutex mutex;
  const std::lock_guard lock(mutex);
  std::cout << line.dump() << std::endl;
}

symphony::bridge::PythonRuntimeOptions runtime_options(const char* packages, nlohmann::json config) {
  symphony::bridge::PythonRuntimeOptions options;
  options.packages = packages;
  options.config = std::move(config);
  return options;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::cerr << "usage: embedded_conductor PACKAGES CONFIG_JSON (at-once | when-ready | never)\n";
    return 64;
  }
  const std::string stop = argv[3];
  symphony::bridge::PythonRuntime* runtime = nullptr;
  std::mutex runtime_mutex;
  const auto request_stop = [&] {
    const std::lock_guard lock(runtime_mutex);
    if (runtime != nullptr) {
      runtime->request_stop();
    }
  };

  Bus* bus = nullptr;
  symphony::bridge::on_bus_created([&](Bus& created) {
    bus = &created;
    const auto registered = created.register_endpoint("ui", [&](Incoming incoming, Responder responder) {
      responder.answer(nlohmann::json::object());
      const auto document = incoming.body.document();
      if (incoming.method != "ui.conductor" || document.has_error()) {
        return;
      }
      print({{"conductor", *document}});
      const auto state = document->at("state").get<std::string>();
      if (stop != "when-ready" || (state != "ready" && state != "degraded")) {
        return;
      }
      bus->send_request("ui", {"conductor", "search.query", nlohmann::json{{"query", "needle"}}}, {}, [&](auto reply) {
        print({{"search", reply.has_error() ? reply.error().to_json() : reply->document().value()}});
        request_stop();
      });
    });
    if (registered.has_error()) {
      print({{"error", registered.error().message}});
    }
  });
  symphony::bridge::on_bus_closing([&] { bus->unregister_endpoint("ui"); });

  auto started = symphony::bridge::PythonRuntime::start(runtime_options(argv[1], nlohmann::json::parse(argv[2])));
  if (started.has_error()) {
    print({{"error", started.error().message}});
    return 1;
  }
  {
    const std::lock_guard lock(runtime_mutex);
    runtime = started->get();
  }
  if (stop == "at-once") {
    request_stop();
  }
  const auto second = symphony::bridge::PythonRuntime::start(runtime_options(argv[1], nlohmann::json::object()));
  const auto outcome = stop == "bounded" ? (*started)->stop_or_exit() : (*started)->join();
  print({{"outcome", outcome.exit_code}, {"error", outcome.error}, {"second_start_refused", second.has_error()}});
  const std::lock_guard lock(runtime_mutex);
  runtime = nullptr;
  return outcome.exit_code;
}
