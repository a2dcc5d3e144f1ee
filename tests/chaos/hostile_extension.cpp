// An extension that breaks the protocol, in the way its role says. Its arguments: the scene's folder, the role, a seed.
// Each time it is started it does something else. What it could see of the host's answer it tells the endpoint "judge".

#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include <symphony/ipc/limits.h>

#include "dice.h"
#include "message_table.h"
#include "raw_connection.h"

using namespace symphony::ipc;
using namespace symphony::chaos;

namespace {

constexpr int connection = 3;
constexpr std::size_t reference_bytes = 24;

struct Role {
  RawConnection& host;
  Dice& dice;
  std::filesystem::path folder;
  std::uint64_t generation = 0;

  void judge(bool holds, const std::string& what) const {
    if (!holds) {
      host.send_notification("judge", "verdict", "\"" + what + "\"");
    }
  }
  /// Until the host has closed the connection, or there was nothing for a while.
  std::size_t read_all(int patience_ms = -1) const {
    std::size_t frames = 0;
    while (host.receive(patience_ms)) {
      ++frames;
    }
    return frames;
  }
};

std::string ordinary_frames(Dice& dice) {
  std::string stream;
  for (std::size_t count = 1 + dice.below(6); count > 0; --count) {
    Envelope frame;
    frame.kind = static_cast<FrameKind>(3 + dice.below(8));
    frame.id = dice.below(5);
    const bool routed = frame.kind == FrameKind::request || frame.kind == FrameKind::notification;
    frame.target = routed ? (dice.one_in(2) ? "heart" : "worker0") : "";
    frame.method = routed ? "ping" : "";
    frame.format = routed || dice.one_in(2) ? BodyFormat::json : BodyFormat::none;
    frame.body = frame.format == BodyFormat::json ? R"({"a":[1,2,{"b":null}]})" : "";
    encode_frame(frame, stream);
  }
  return stream;
}

void garbage(const Role& role) {
  std::string stream = ordinary_frames(role.dice);
  for (std::size_t changes = role.dice.below(8); changes > 0; --changes) {
    const std::size_t at = role.dice.below(stream.size());
    switch (role.dice.below(4)) {
      case 0:
        stream[at] = static_cast<char>(role.dice.number());
        break;
      case 1:
        stream.insert(at, 1 + role.dice.below(40), static_cast<char>(role.dice.number()));
        break;
      case 2:
        stream.erase(at, 1 + role.dice.below(40));
        break;
      default:
        stream[at] = static_cast<char>(stream[at] ^ static_cast<char>(1U << role.dice.below(8)));
        break;
    }
  }
  role.host.send_bytes(stream);
  ::shutdown(connection, SHUT_WR);
  role.read_all();
}

void truncated(const Role& role) {
  const std::string stream = ordinary_frames(role.dice);
  role.host.send_bytes(std::string_view(stream).substr(0, 1 + role.dice.below(stream.size() - 1)));
  switch (role.dice.below(4)) {
    case 0:
      ::raise(SIGKILL);
      break;
    case 1:
      ::shutdown(connection, SHUT_WR);
      role.read_all();
      break;
    case 2:
      // Gone for the host, and still there: the host must end it.
      ::close(connection);
      for (;;) {
        ::pause();
      }
    default:
      break;
  }
}

/// Answers as nobody should: twice, for others' requests, with what is no document, not at all.
void answers(const Role& role) {
  auto table = MessageTable::open(role.folder);
  if (!table) {
    return;
  }
  std::size_t left = 10 + role.dice.below(20);
  while (left-- > 0) {
    const auto frame = role.host.receive();
    if (!frame) {
      return;
    }
    if (frame->kind != FrameKind::request) {
      continue;
    }
    const auto document = nlohmann::json::parse(frame->body, nullptr, false);
    if (document.is_object() && document.contains("n")) {
      table->received(document["n"]);
    }
    const std::string good = document.is_object() ? nlohmann::json{{"n", document.value("n", 0)}}.dump() : "{}";
    Envelope answer;
    answer.kind = FrameKind::answer;
    answer.format = BodyFormat::json;
    answer.id = frame->id;
    answer.body = good;
    switch (role.dice.below(7)) {
      case 0:
        role.host.send(answer);
        role.host.send(answer);
        break;
      case 1:
        answer.id += 1 + role.dice.below(4);  // perhaps a request to another process
        role.host.send(answer);
        answer.id = frame->id;
        role.host.send(answer);
        break;
      case 2:
        answer.kind = FrameKind::error;
        answer.body = R"(["no error"])";
        role.host.send(answer);
        break;
      case 3:
        answer.kind = FrameKind::error;
        answer.body = R"({"code":12345678,"message":7})";
        role.host.send(answer);
        break;
      case 4:
        answer.body = R"({"n":)";
        role.host.send(answer);
        break;
      case 5:
        break;  // never
      default:
        role.host.send(answer);
        break;
    }
  }
}

struct Reference {
  std::uint32_t block;
  std::uint32_t generation;
  std::uint64_t offset;
  std::uint64_t length;
};
static_assert(sizeof(Reference) == reference_bytes);

/// Lies about what lies where in shared memory, and changes it while it is read.
void arena(const Role& role) {
  const auto& files = role.host.arenas();
  role.judge(files.size() == 2, "the welcome brought no two arenas");
  if (files.size() != 2) {
    return;
  }
  role.judge(::ftruncate(files[0], 0) != 0 && ::ftruncate(files[1], 4096) != 0, "an arena could be cut short");
  std::array<char*, 2> memory{};
  for (std::size_t side = 0; side < memory.size(); ++side) {
    void* const mapped = ::mmap(nullptr, limits::arena_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, files[side], 0);
    if (mapped == MAP_FAILED) {
      return;
    }
    memory[side] = static_cast<char*>(mapped);
  }
  constexpr std::string_view text = R"({"a":[1,2,3],"b":"text","c":{"d":null,"e":[[[[0]]]]}})";
  std::memcpy(memory[1], text.data(), text.size());
  const std::jthread scribbler([&, dice = Dice(role.dice.number())](const std::stop_token& stop) mutable {
    while (!stop.stop_requested()) {
      memory[dice.below(2)][dice.below(2 * text.size())] = static_cast<char>(dice.number());
      memory[1][dice.below(text.size())] = text[dice.below(text.size())];
    }
  });
  std::uint64_t id = 1;
  for (std::size_t count = 200; count > 0; --count) {
    Reference reference{static_cast<std::uint32_t>(role.dice.below(4)), 1 + static_cast<std::uint32_t>(count), 0,
                        text.size()};
    const bool lie = role.dice.one_in(40);
    if (lie) {
      switch (role.dice.below(6)) {
        case 0:
          reference.offset = limits::arena_bytes - role.dice.below(8);
          break;
        case 1:
          reference.offset = role.dice.number();
          break;
        case 2:
          reference.length = role.dice.number();
          break;
        case 3:
          reference.length = limits::shared_body_bytes + 1;
          break;
        case 4:
          reference = {~0U, ~0U, ~0ULL - 10, 20};
          break;
        default: {
          Envelope release;  // of what the host never sent
          release.kind = FrameKind::release;
          release.id = role.dice.number();
          role.host.send(release);
          break;
        }
      }
    }
    std::string encoded(reference_bytes, '\0');
    std::memcpy(encoded.data(), &reference, reference_bytes);
    Envelope request;
    request.kind = FrameKind::request;
    request.format = BodyFormat::json;
    request.body_is_shared = true;
    request.id = id++;
    request.target = role.dice.one_in(2) ? "heart" : "worker0";
    request.method = "ping";
    request.body = encoded;
    if (!role.host.send(request)) {
      return;
    }
    // What the host says meanwhile is read, so that this ends by the lie and not by a full queue.
    while (role.host.receive(0)) {
    }
  }
}

/// Descriptors nobody asked for, beside frames that are as they should be.
void descriptors(const Role& role) {
  constexpr std::size_t at_once = 253;
  const std::vector<int> copies(at_once, 0);
  std::string ping;
  Envelope frame;
  frame.kind = FrameKind::ping;
  frame.id = 1;
  encode_frame(frame, ping);
  std::size_t sent = 0;
  for (std::size_t count = 60; count > 0 && role.host.send_with_descriptors(ping, copies); --count) {
    ++sent;
  }
  std::size_t pongs = 0;
  while (pongs < sent && role.host.receive()) {
    ++pongs;
  }
  role.judge(pongs == sent && sent > 0, "descriptors beside a frame kept it from being answered");
}

/// More than anybody reads.
void flood(const Role& role) {
  const std::string kilobyte = R"({"text":")" + std::string(1000, 'x') + "\"}";
  bool open = true;
  const auto until_closed = [&](std::size_t times, const std::function<bool(std::size_t)>& send) {
    for (std::size_t count = 0; count < times && open; ++count) {
      open = send(count);
    }
  };
  constexpr std::size_t kinds = 8;
  switch (role.generation % kinds) {
    case 0:
      until_closed(20'000, [&](std::size_t id) { return role.host.send_request(id + 1, "heart", "beat", "{}"); });
      break;
    case 1: {
      // These are kept and not answered: the limit must answer for those beyond it.
      constexpr std::size_t asked = limits::pending_requests_per_peer + 1000;
      until_closed(asked, [&](std::size_t id) { return role.host.send_request(id + 1, "never", "wait", "{}"); });
      std::size_t refused = 0;
      while (refused < 1000 && role.host.receive()) {
        ++refused;
      }
      role.judge(refused == 1000, "what was asked beyond the limit was not refused");
      break;
    }
    case 2:
      until_closed(20'000, [&](std::size_t) { return role.host.send_notification("heart", "beat", "{}"); });
      break;
    case 3:
      until_closed(20'000, [&](std::size_t) { return role.host.send_notification("bus", "flood.news", kilobyte); });
      break;
    case 4: {
      constexpr std::size_t asked = 500;
      until_closed(asked, [&](std::size_t id) {
        const std::string topic = R"({"topic":"flood.)" + std::to_string(id) + "\"}";
        return role.host.send_request(id + 1, "bus", "bus.subscribe", topic);
      });
      std::map<FrameKind, std::size_t> seen;
      for (std::size_t count = 0; count < asked; ++count) {
        const auto frame = role.host.receive();
        if (!frame) {
          break;
        }
        ++seen[frame->kind];
      }
      role.judge(seen[FrameKind::answer] == limits::subscriptions_per_peer, "the limit of subscriptions did not hold");
      break;
    }
    case 5:
      // To processes, which then have to get rid of them.
      until_closed(20'000, [&](std::size_t id) {
        return role.host.send_notification(id % 2 == 0 ? "worker0" : "worker1", "note", kilobyte);
      });
      break;
    case 6: {
      constexpr std::size_t at_once = 1000;
      Envelope ping;
      ping.kind = FrameKind::ping;
      std::string pings;
      for (std::size_t count = 0; count < at_once; ++count) {
        encode_frame(ping, pings);
      }
      until_closed(1000, [&](std::size_t) { return role.host.send_bytes(pings); });
      role.judge(!open, "answers nobody reads were kept without end");
      break;
    }
    default: {
      Envelope cancel;
      cancel.kind = FrameKind::cancel;
      until_closed(20'000, [&](std::size_t id) {
        cancel.id = id + 1;
        return role.host.send_request(id + 1, id % 2 == 0 ? "never" : "worker0", "ping", "{}") &&
               role.host.send(cancel);
      });
      break;
    }
  }
  // A round trip: what was flooded before it has been dealt with when it is answered.
  Envelope last;
  last.kind = FrameKind::ping;
  last.id = 77;
  if (open && role.host.send(last)) {
    for (auto frame = role.host.receive(); frame && !(frame->kind == FrameKind::pong && frame->id == last.id);) {
      frame = role.host.receive();
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  const std::map<std::string, void (*)(const Role&)> roles{{"garbage", garbage},         {"truncated", truncated},
                                                           {"answers", answers},         {"arena", arena},
                                                           {"descriptors", descriptors}, {"flood", flood}};
  const auto role = argc > 3 ? roles.find(argv[2]) : roles.end();
  if (role == roles.end()) {
    return 2;
  }
  RawConnection host(connection);
  const auto generation = host.become_healthy(role->first == "arena");
  if (!generation) {
    return 1;
  }
  Dice dice(std::strtoull(argv[3], nullptr, 10) * 1'000'003 + *generation);
  role->second({host, dice, argv[1], *generation});
  return 3;  // "crashed": the supervisor starts it again
}
