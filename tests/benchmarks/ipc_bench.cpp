// What the bus costs: a call in process, a round trip to a process, a crash repaired. One JSON object a line.

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <filesystem>
#include <functional>
#include <iostream>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <symphony/ipc/client_connection.h>
#include <symphony/ipc/schema_check.h>
#include <symphony/ipc/supervisor.h>

using namespace symphony::ipc;
using nlohmann::json;
using Clock = std::chrono::steady_clock;

namespace {

double median_us(int rounds, const std::function<void()>& once) {
  std::vector<double> samples;
  samples.reserve(static_cast<std::size_t>(rounds));
  for (int round = 0; round < rounds; ++round) {
    const auto start = Clock::now();
    once();
    samples.push_back(std::chrono::duration<double, std::micro>(Clock::now() - start).count());
  }
  std::nth_element(samples.begin(), samples.begin() + rounds / 2, samples.end());
  return samples[static_cast<std::size_t>(rounds) / 2];
}

void print(const char* name, double value, const char* unit, const json& more = json::object()) {
  json line = {{"name", name}, {"value", value}, {"unit", unit}};
  line.update(more);
  std::cout << line.dump() << std::endl;
}

json small_document() {
  return {{"query", "needle"}, {"limit", 500}, {"case", false}, {"roots", {"src", "include"}}, {"score", 0.5}};
}

struct Callee {
  virtual ~Callee() = default;
  virtual Result<json> call(const std::string& method, json params) = 0;
};

struct Echo final : Callee {
  Result<json> call(const std::string&, json params) override { return params; }
};

/// A goal that is a ratio is measured against its floor in the same run.
void in_process(Bus& bus) {
  constexpr int rounds = 2001;
  constexpr int batch = 100;
  const std::unique_ptr<Callee> bare = std::make_unique<Echo>();
  std::size_t seen = 0;
  const double floor = median_us(rounds, [&] {
    for (int call = 0; call < batch; ++call) {
      seen += bare->call("echo.say", small_document())->size();
    }
  });
  if (!bus.register_endpoint("echo", [](Incoming incoming, Responder responder) { responder.answer(incoming.body); })) {
    return;
  }
  const double through = median_us(rounds, [&] {
    for (int call = 0; call < batch; ++call) {
      bus.send_request("bench", {"echo", "echo.say", small_document()}, {},
                       [&](const Result<Payload>& outcome) { seen += outcome->document_if_held()->size(); });
    }
  });
  print("ipc.in_process_call", through / batch, "us",
        {{"goal", 2.0},
         {"ratio", through / floor},
         {"ratio_to", "virtual call with a JSON body"},
         {"holds", through <= 2.0 * floor}});
  if (seen == 0) {
    std::cerr << "nothing was answered\n";
  }
}

/// What holding a body to its schema costs, beside decoding the same body: that is what a receiver pays anyway.
void schema_check() {
  constexpr int rounds = 2001;
  constexpr int batch = 1000;
  const json types = json::parse(R"({"type":"object","required":["query"],"properties":{
    "query":{"type":"string","minLength":1,"maxLength":1024}, "limit":{"type":"integer","minimum":1,"maximum":5000},
    "case":{"type":"boolean"}, "roots":{"type":"array","items":{"type":"string"},"maxItems":16},
    "score":{"type":"number","minimum":0,"maximum":1}}})");
  const auto schema = Schema::compile(types);
  const json document = small_document();
  const std::string bytes = encode_document(BodyFormat::msgpack, document);
  if (!schema) {
    return;
  }
  std::size_t good = 0;
  const auto nanoseconds = [&](const std::function<bool()>& once) {
    return median_us(rounds,
                     [&] {
                       for (int call = 0; call < batch; ++call) {
                         good += once() ? 1 : 0;
                       }
                     }) *
           1000 / batch;
  };
  const double decoding = nanoseconds([&] { return decode_document(BodyFormat::msgpack, bytes).has_value(); });
  const double in_place = nanoseconds([&] { return schema->check_msgpack(bytes).has_value(); });
  const double held = nanoseconds([&] { return schema->check(document).has_value(); });
  constexpr double goal = 0.5;
  for (const auto& [name, value] :
       {std::pair{"ipc.schema_check_msgpack", in_place}, {"ipc.schema_check_document", held}}) {
    print(name, value, "ns",
          {{"goal", goal},
           {"ratio", value / decoding},
           {"ratio_to", "decoding the same five keys to a document"},
           {"holds", value <= goal * decoding}});
  }
  if (good == 0) {
    std::cerr << "nothing was checked\n";
  }
}

/// The other end in a process of its own.
int serve(int descriptor) {
  auto host = ClientConnection::open(descriptor, {"bench", "1", ""});
  if (!host) {
    return 1;
  }
  (*host)->on_message([](Incoming incoming, Responder responder) { responder.answer(std::move(incoming.body)); });
  return (*host)->run() ? 0 : 1;
}

void echo_raw(int descriptor) {
  std::array<char, 256> bytes{};
  for (;;) {
    const ssize_t count = ::read(descriptor, bytes.data(), bytes.size());
    if (count <= 0 || ::write(descriptor, bytes.data(), static_cast<std::size_t>(count)) != count) {
      return;
    }
  }
}

void round_trip(Bus& bus, const std::string& self) {
  constexpr int rounds = 5001;
  std::array<int, 2> raw{};
  if (::socketpair(AF_UNIX, SOCK_STREAM, 0, raw.data()) != 0) {
    return;
  }
  std::thread other([&] { echo_raw(raw[1]); });
  std::array<char, 200> bytes{};
  const double floor = median_us(rounds, [&] {
    if (::write(raw[0], bytes.data(), bytes.size()) > 0) {
      [[maybe_unused]] const ssize_t count = ::read(raw[0], bytes.data(), bytes.size());
    }
  });
  ::close(raw[0]);
  other.join();
  ::close(raw[1]);

  std::array<int, 2> pair{};
  if (::socketpair(AF_UNIX, SOCK_STREAM, 0, pair.data()) != 0) {
    return;
  }
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(pair[1], 3);
    ::execl(self.c_str(), self.c_str(), "--serve", nullptr);
    ::_exit(1);
  }
  ::close(pair[1]);
  std::mutex mutex;
  std::condition_variable changed;
  bool ready = false;
  PeerOptions options;
  options.endpoint = "process";
  const auto signal = [&] {
    const std::lock_guard lock(mutex);
    ready = true;
    changed.notify_one();
  };
  const auto wait = [&] {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return ready; });
    ready = false;
  };
  options.on_ready = signal;
  if (!bus.attach(pair[0], options)) {
    return;
  }
  wait();
  const double through = median_us(rounds, [&] {
    bus.send_request("bench", {"process", "echo.say", small_document()}, {}, [&](const Result<Payload>&) { signal(); });
    wait();
  });
  print("ipc.process_round_trip", through, "us",
        {{"ratio", through / floor}, {"ratio_to", "raw 200-byte socket echo"}});
}

void repair(Bus& bus, const std::string& self, const std::string& launcher) {
  constexpr std::size_t rounds = 51;
  auto supervisor = Supervisor::create(bus, {launcher, {}});
  if (!supervisor) {
    std::cerr << supervisor.error().message << '\n';
    return;
  }
  std::mutex mutex;
  std::condition_variable changed;
  std::int64_t healthy_pid = 0;
  std::int64_t recovery = 0;
  (*supervisor)->on_state([&](const ProcessStatus& status) {
    const std::lock_guard lock(mutex);
    healthy_pid = status.state == ProcessState::healthy ? status.pid : 0;
    recovery = status.last_recovery_us;
    changed.notify_one();
  });
  ProcessSpec spec;
  spec.id = "victim";
  spec.executable = self;
  spec.arguments = {"--serve"};
  spec.restart_limit = rounds + 1;
  if (!(*supervisor)->start(spec)) {
    return;
  }
  std::vector<double> samples;
  std::int64_t last = 0;
  while (samples.size() < rounds) {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return healthy_pid != 0 && healthy_pid != last; });
    if (last != 0) {
      samples.push_back(static_cast<double>(recovery));
    }
    last = healthy_pid;
    ::kill(static_cast<pid_t>(last), SIGKILL);
  }
  std::nth_element(samples.begin(), samples.begin() + rounds / 2, samples.end());
  const double middle = samples[rounds / 2] / 1000.0;
  print("ipc.crash_to_healthy", middle, "ms", {{"goal", 30}, {"holds", middle < 30}});
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 1 && std::string(argv[1]) == "--serve") {
    return serve(3);
  }
  const std::filesystem::path self = std::filesystem::canonical("/proc/self/exe");
  auto bus = Bus::create({});
  if (!bus) {
    return 1;
  }
  in_process(**bus);
  schema_check();
  round_trip(**bus, self);
  repair(**bus, self, argc > 1 ? argv[1] : SYMPHONY_LAUNCHER);
  return 0;
}
