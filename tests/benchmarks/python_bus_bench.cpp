// What a Python caller pays for a message to a C++ endpoint in the same process, beside the bare crossing: the same
// dict to JSON, one virtual call, and its JSON back to a dict. Prints the eight columns of bus_measure.h.
//   python_bus_bench message | crossing

#include <pybind11/embed.h>

#include <memory>
#include <string>

#include <nlohmann/json.hpp>

#include <symphony/bridge/python_runtime.h>

#include "bus_measure.h"

namespace py = pybind11;
using namespace symphony;
using nlohmann::json;

extern "C" PyObject* PyInit_symphony_ipc();

namespace {

struct Module {
  virtual ~Module() = default;
  virtual json handle(const json& message) = 0;
};

struct PoolManager final : Module {
  json handle(const json& message) override {
    return {{"id", message.at("id")},
            {"uri", message.at("uri")},
            {"line", message.at("line").get<int>() + 1},
            {"name", message.at("query")},
            {"kind", message.at("kind")}};
  }
};

std::string text_of(PyObject* text) {
  Py_ssize_t size = 0;
  const char* bytes = PyUnicode_AsUTF8AndSize(text, &size);
  if (bytes == nullptr) {
    throw py::error_already_set();
  }
  return {bytes, static_cast<std::size_t>(size)};
}

// The least that turns a dict into JSON and back: no limits, no places in errors, nothing that is not needed here.
json to_json(PyObject* value) {
  if (PyUnicode_Check(value) != 0) {
    return text_of(value);
  }
  if (PyLong_Check(value) != 0) {
    return PyLong_AsLongLong(value);
  }
  json object = json::object();
  PyObject* key = nullptr;
  PyObject* member = nullptr;
  Py_ssize_t position = 0;
  while (PyDict_Next(value, &position, &key, &member) != 0) {
    object.emplace(text_of(key), to_json(member));
  }
  return object;
}

py::object from_json(const json& value) {
  if (value.is_string()) {
    return py::str(value.get_ref<const std::string&>());
  }
  if (value.is_number_integer()) {
    return py::int_(value.get<std::int64_t>());
  }
  py::object object = py::dict();
  for (const auto& [key, member] : value.items()) {
    object[py::str(key)] = from_json(member);
  }
  return object;
}

PYBIND11_EMBEDDED_MODULE(bare, module) {
  static const std::unique_ptr<Module> pool = std::make_unique<PoolManager>();
  module.def("send", [](const py::dict& message) { return from_json(pool->handle(to_json(message.ptr()))); });
}

constexpr const char* script = R"(
import symphony_ipc, bare

MESSAGE = {"id": 7, "uri": "file:///home/user/project/src/main.cpp", "line": 128,
           "query": "symphony::Bus::send_message", "kind": "definition"}
EXPECTED = {"id": 7, "uri": MESSAGE["uri"], "line": 129, "name": MESSAGE["query"], "kind": "definition"}
BATCH = 64
bus = symphony_ipc.Bus(endpoint="bench")

async def message():
    send = bus.send_message
    for _ in range(BATCH):
        answer = await send("pool_manager", {"method": "symbol.at", "params": MESSAGE})
    assert answer == EXPECTED

def run_messages():
    try:
        message().send(None)
    except StopIteration:
        return
    raise AssertionError("the await went to the event loop")

def run_crossings():
    send = bare.send
    for _ in range(BATCH):
        answer = send(MESSAGE)
    assert answer == EXPECTED
)";

}  // namespace

int main(int argc, char** argv) {
  const std::string what = argc > 1 ? argv[1] : "";
  if (what != "message" && what != "crossing") {
    return 2;
  }
  bench::pin(0);
  bridge::on_bus_created([](ipc::Bus& bus) {
    const auto pool = std::make_shared<PoolManager>();
    const auto registered =
        bus.register_endpoint("pool_manager", [pool](const ipc::Incoming& incoming, ipc::Responder responder) {
          responder.answer(pool->handle(*incoming.body.document_if_held()));
        });
    if (!registered) {
      bench::give_up("register");
    }
  });
  ::PyImport_AppendInittab("symphony_ipc", &PyInit_symphony_ipc);
  const py::scoped_interpreter interpreter;
  py::exec(script);
  const py::object once = py::globals()[what == "message" ? "run_messages" : "run_crossings"];
  constexpr std::uint64_t batch = 64;
  bench::measure_rate("in-process", what == "message" ? "symphony-python" : "py-send-dict", 0, [&] {
    once();
    return batch;
  });
  py::exec("bus.close()");
  return 0;
}
