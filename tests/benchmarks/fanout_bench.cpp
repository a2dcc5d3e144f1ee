// What publishing costs its caller and when the last of 50 subscribers, each a process that sleeps until it is told,
// has it, beside a loop over 50 sockets; and what the check of a capability costs. One JSON object a line; the two ways
// take turns, so that noise meets both.

#include <linux/futex.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <iostream>
#include <memory>

#include <symphony/ipc/bus.h>

#include "bus_measure.h"
#include "grants.h"
#include "handshake.h"

using namespace symphony::ipc;
using namespace symphony::bench;

namespace {

constexpr std::size_t subscribers = 50;
constexpr int rounds = 1001;

double median(std::vector<double> samples) {
  std::nth_element(samples.begin(), samples.begin() + static_cast<std::ptrdiff_t>(samples.size() / 2), samples.end());
  return samples[samples.size() / 2];
}

std::string frame_of(const Envelope& envelope) {
  std::string bytes;
  encode_frame(envelope, bytes);
  return bytes;
}

/// Reads frames until one of `kind` is there.
void wait_for(int descriptor, FrameKind kind) {
  FrameParser parser;
  for (;;) {
    const auto room = parser.prepare(4096);
    const ssize_t count = ::recv(descriptor, room.data(), room.size(), 0);
    if (count <= 0) {
      give_up("a subscriber was closed");
    }
    parser.commit(static_cast<std::size_t>(count));
    while (const auto frame = *parser.next()) {
      if (frame->kind == kind) {
        return;
      }
    }
  }
}

void subscribe(int descriptor) {
  const std::string hello = hello_document("bench", "1", "").dump();
  Envelope frame;
  frame.kind = FrameKind::hello;
  frame.format = BodyFormat::json;
  frame.body = hello;
  send_all(descriptor, frame_of(frame));
  wait_for(descriptor, FrameKind::welcome);
  const std::string params = encode_document(BodyFormat::msgpack, {{"topic", "bench.tick"}});
  frame = {};
  frame.kind = FrameKind::request;
  frame.format = BodyFormat::msgpack;
  frame.id = 1;
  frame.target = "bus";
  frame.method = "bus.subscribe";
  frame.body = params;
  send_all(descriptor, frame_of(frame));
  wait_for(descriptor, FrameKind::answer);
}

/// What the publisher and its subscribers, which are processes, tell each other.
struct Shared {
  std::atomic<std::uint32_t> ready;
  /// In this round; the last one wakes the publisher.
  std::atomic<std::uint32_t> arrived;
  std::atomic<std::uint64_t> last_ns;
};

Shared& shared() {
  static void* const memory =
      ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
  if (memory == MAP_FAILED) {
    give_up("mmap");
  }
  return *static_cast<Shared*>(memory);
}

void arrive(std::atomic<std::uint32_t>& word) {
  if (word.fetch_add(1) + 1 == subscribers) {
    ::syscall(SYS_futex, &word, FUTEX_WAKE, 1, nullptr, nullptr, 0);
  }
}

void wait_for_all(std::atomic<std::uint32_t>& word) {
  for (std::uint32_t seen = word.load(); seen < subscribers; seen = word.load()) {
    ::syscall(SYS_futex, &word, FUTEX_WAIT, seen, nullptr, nullptr, 0);
  }
  word.store(0);
}

/// A subscriber of the bus that is also a reader of a bare socket: both ways wake the same process.
void read_for_ever(int from_bus, int from_loop, std::size_t bytes) {
  subscribe(from_bus);
  arrive(shared().ready);
  std::array<pollfd, 2> wanted{pollfd{from_bus, POLLIN, 0}, pollfd{from_loop, POLLIN, 0}};
  std::string message(bytes, '\0');
  for (;;) {
    if (::poll(wanted.data(), wanted.size(), -1) < 0) {
      give_up("poll");
    }
    for (const pollfd& one : wanted) {
      if (one.revents == 0) {
        continue;
      }
      if (!receive_all(one.fd, message.data(), bytes)) {
        return;
      }
      const std::uint64_t now = now_ns();
      std::uint64_t last = shared().last_ns.load();
      while (last < now && !shared().last_ns.compare_exchange_weak(last, now)) {
      }
      arrive(shared().arrived);
    }
  }
}

struct Samples {
  std::vector<double> caller;
  std::vector<double> last;

  template <class Publish>
  void take(const Publish& publish) {
    shared().last_ns = 0;
    const std::uint64_t begin = now_ns();
    publish();
    caller.push_back(static_cast<double>(now_ns() - begin));
    wait_for_all(shared().arrived);
    last.push_back(static_cast<double>(shared().last_ns.load() - begin));
  }
};

void fan_out() {
  const Payload body = Payload::from_bytes(BodyFormat::msgpack,
                                           encode_document(BodyFormat::msgpack, nlohmann::json(std::string(150, 'x'))));
  Envelope envelope;
  envelope.format = BodyFormat::msgpack;
  envelope.target = "topic";
  envelope.method = "bench.tick";
  envelope.source = "bench";
  envelope.body = body.view();
  const std::string frame = frame_of(envelope);
  shared();
  std::vector<SocketPair> of_bus(subscribers);
  std::vector<SocketPair> of_loop(subscribers);
  std::vector<std::unique_ptr<OtherProcess>> readers;
  for (std::size_t index = 0; index < subscribers; ++index) {
    readers.push_back(std::make_unique<OtherProcess>(
        [&, index] { read_for_ever(of_bus[index].theirs, of_loop[index].theirs, frame.size()); }));
  }
  auto created = Bus::create({});
  if (!created) {
    give_up("the bus");
  }
  const std::unique_ptr<Bus> bus = std::move(*created);
  for (std::size_t index = 0; index < subscribers; ++index) {
    PeerOptions options;
    options.endpoint = "reader." + std::to_string(index);
    options.grants = {"subscribe:*"};
    if (!bus->attach(of_bus[index].ours, std::move(options))) {
      give_up("attach");
    }
  }
  wait_for_all(shared().ready);
  Samples ours;
  Samples floor;
  for (int round = 0; round < rounds; ++round) {
    ours.take([&] {
      if (!bus->publish("bench", "bench.tick", body)) {
        give_up("publish");
      }
    });
    floor.take([&] {
      for (const SocketPair& pair : of_loop) {
        send_all(pair.ours, frame);
      }
    });
  }
  const auto print = [](const char* name, const std::vector<double>& values, const std::vector<double>& beside,
                        double goal) {
    const double ratio = median(values) / median(beside);
    std::cout << nlohmann::json{{"name", name},
                                {"value", ratio},
                                {"unit", "x"},
                                {"us", median(values) / 1000},
                                {"floor_us", median(beside) / 1000},
                                {"ratio_to", "a loop over 50 sockets"},
                                {"goal", goal},
                                {"holds", ratio <= goal}}
              << std::endl;
  };
  print("bus.publish_caller", ours.caller, floor.caller, 0.1);
  print("bus.publish_last_of_50", ours.last, floor.last, 1.0);
}

void capability() {
  std::vector<std::string> texts;
  texts.reserve(20);
  for (int index = 0; index < 20; ++index) {
    texts.push_back("target_" + std::to_string(index) + ":method.*");
  }
  const Grants grants(texts);
  constexpr int checks = 1000;
  std::size_t allowed = 0;
  std::vector<double> samples;
  for (int round = 0; round < rounds; ++round) {
    const std::uint64_t begin = now_ns();
    for (int check = 0; check < checks; ++check) {
      allowed += grants.allow("target_19", "method.call") ? 1U : 0U;  // the last of the list
    }
    samples.push_back(static_cast<double>(now_ns() - begin) / checks);
  }
  if (allowed != std::size_t{checks} * rounds) {
    give_up("a granted method was refused");
  }
  const double middle = median(samples);
  std::cout << nlohmann::json{{"name", "bus.capability_check"},
                              {"value", middle},
                              {"unit", "ns"},
                              {"goal", 200},
                              {"holds", middle < 200}}
            << std::endl;
}

}  // namespace

int main() {
  fan_out();
  capability();
}
