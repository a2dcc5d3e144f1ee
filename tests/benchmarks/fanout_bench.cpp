// What publishing costs its caller and when the last of 50 subscribers has it, beside a loop over 50 sockets; and what
// the check of a capability costs. One JSON object a line; the two ways take turns, so that noise meets both.

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
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
constexpr int rounds = 2001;

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

int subscribe(Bus& bus, std::size_t index) {
  SocketPair pair;
  PeerOptions options;
  options.endpoint = "reader." + std::to_string(index);
  options.grants = {"subscribe:*"};
  if (!bus.attach(pair.ours, std::move(options))) {
    give_up("attach");
  }
  const std::string hello = hello_document("bench", "1", "").dump();
  Envelope frame;
  frame.kind = FrameKind::hello;
  frame.format = BodyFormat::json;
  frame.body = hello;
  send_all(pair.theirs, frame_of(frame));
  wait_for(pair.theirs, FrameKind::welcome);
  const std::string params = encode_document(BodyFormat::msgpack, {{"topic", "bench.tick"}});
  frame = {};
  frame.kind = FrameKind::request;
  frame.format = BodyFormat::msgpack;
  frame.id = 1;
  frame.target = "bus";
  frame.method = "bus.subscribe";
  frame.body = params;
  send_all(pair.theirs, frame_of(frame));
  wait_for(pair.theirs, FrameKind::answer);
  return pair.theirs;
}

/// Takes `bytes` from every socket, in whichever order they come.
void receive_everywhere(const std::vector<int>& sockets, std::size_t bytes) {
  std::vector<pollfd> wanted;
  wanted.reserve(sockets.size());
  for (const int socket : sockets) {
    wanted.push_back({socket, POLLIN, 0});
  }
  std::vector<std::size_t> left(sockets.size(), bytes);
  std::array<char, 4096> buffer{};
  for (std::size_t open = sockets.size(); open > 0;) {
    if (::poll(wanted.data(), wanted.size(), -1) < 0) {
      give_up("poll");
    }
    for (std::size_t index = 0; index < wanted.size(); ++index) {
      if (wanted[index].revents == 0) {
        continue;
      }
      const ssize_t count = ::recv(sockets[index], buffer.data(), std::min(left[index], buffer.size()), MSG_DONTWAIT);
      left[index] -= count > 0 ? static_cast<std::size_t>(count) : 0;
      if (left[index] == 0 && wanted[index].fd >= 0) {
        wanted[index].fd = -1;
        --open;
      }
    }
  }
}

void fan_out() {
  auto created = Bus::create({});
  if (!created) {
    give_up("the bus");
  }
  const std::unique_ptr<Bus> bus = std::move(*created);
  std::vector<int> readers;
  std::vector<int> raw_writers;
  std::vector<int> raw_readers;
  for (std::size_t index = 0; index < subscribers; ++index) {
    readers.push_back(subscribe(*bus, index));
    const SocketPair pair;
    raw_writers.push_back(pair.ours);
    raw_readers.push_back(pair.theirs);
  }
  const Payload body = Payload::from_bytes(BodyFormat::msgpack,
                                           encode_document(BodyFormat::msgpack, nlohmann::json(std::string(150, 'x'))));
  Envelope envelope;
  envelope.format = BodyFormat::msgpack;
  envelope.target = "topic";
  envelope.method = "bench.tick";
  envelope.source = "bench";
  const auto bytes = body.bytes(BodyFormat::msgpack);
  envelope.body = *bytes;
  const std::string frame = frame_of(envelope);
  std::vector<double> caller;
  std::vector<double> last;
  std::vector<double> raw_caller;
  std::vector<double> raw_last;
  for (int round = 0; round < rounds; ++round) {
    const std::uint64_t begin = now_ns();
    if (!bus->publish("bench", "bench.tick", body)) {
      give_up("publish");
    }
    caller.push_back(static_cast<double>(now_ns() - begin));
    receive_everywhere(readers, frame.size());
    last.push_back(static_cast<double>(now_ns() - begin));

    const std::uint64_t raw_begin = now_ns();
    for (const int socket : raw_writers) {
      send_all(socket, frame);
    }
    raw_caller.push_back(static_cast<double>(now_ns() - raw_begin));
    receive_everywhere(raw_readers, frame.size());
    raw_last.push_back(static_cast<double>(now_ns() - raw_begin));
  }
  const auto print = [](const char* name, const std::vector<double>& ours, const std::vector<double>& floor,
                        double goal) {
    const double ratio = median(ours) / median(floor);
    std::cout << nlohmann::json{{"name", name},
                                {"value", ratio},
                                {"unit", "x"},
                                {"us", median(ours) / 1000},
                                {"floor_us", median(floor) / 1000},
                                {"ratio_to", "a loop over 50 sockets"},
                                {"goal", goal},
                                {"holds", ratio <= goal}}
              << std::endl;
  };
  print("bus.publish_caller", caller, raw_caller, 0.1);
  print("bus.publish_last_of_50", last, raw_last, 1.0);
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
