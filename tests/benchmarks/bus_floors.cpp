// The least each path of the bus can cost, written by hand without a bus: what its rows are ratios of.
//   bus_floors echo | json | pipelined | router | stream | copy BYTES | in_place BYTES
// Prints the eight columns of bus_measure.h. Goals are ratios in one run, so a floor is as good as it is plain.

#include <linux/futex.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "bus_measure.h"
#include "bus_message.h"

using namespace symphony::bench;
using nlohmann::json;

namespace {

constexpr std::size_t small_bytes = 200;

/// Length-prefixed frames over a blocking socket: one sendmsg out, one recv in.
class Frames {
 public:
  explicit Frames(int descriptor) : descriptor_(descriptor) {}

  void send(std::string_view body) const {
    std::uint32_t length = static_cast<std::uint32_t>(body.size());
    std::array<iovec, 2> parts{iovec{&length, sizeof length}, iovec{const_cast<char*>(body.data()), body.size()}};
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = parts.size();
    if (::sendmsg(descriptor_, &message, MSG_NOSIGNAL) != static_cast<ssize_t>(sizeof length + body.size())) {
      give_up("sendmsg");
    }
  }
  /// Empty: the other side has closed. Valid until the next call.
  std::string_view receive() {
    for (;;) {
      std::uint32_t length = 0;
      if (end_ - begin_ >= sizeof length) {
        std::memcpy(&length, buffer_.data() + begin_, sizeof length);
        if (end_ - begin_ >= sizeof length + length) {
          const std::string_view body(buffer_.data() + begin_ + sizeof length, length);
          begin_ += sizeof length + length;
          return body;
        }
      }
      std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
      end_ -= begin_;
      begin_ = 0;
      const ssize_t count = ::recv(descriptor_, buffer_.data() + end_, buffer_.size() - end_, 0);
      if (count <= 0) {
        return {};
      }
      end_ += static_cast<std::size_t>(count);
    }
  }
  bool has_more() const { return begin_ != end_; }

 private:
  int descriptor_;
  std::vector<char> buffer_ = std::vector<char>(std::size_t{1} << 17U);
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

void expect_echo(std::string_view sent, std::string_view received) {
  if (sent != received) {
    give_up("the echo is not what was sent");
  }
}

void echo() {
  const SocketPair sockets;
  const OtherProcess other([&] {
    Frames frames(sockets.theirs);
    for (auto body = frames.receive(); !body.empty(); body = frames.receive()) {
      frames.send(body);
    }
  });
  pin(0);
  Frames frames(sockets.ours);
  const std::string body(small_bytes, 'x');
  measure("echo-raw", "uds-block", small_bytes, [&] {
    frames.send(body);
    expect_echo(body, frames.receive());
  });
}

json rpc_request(std::uint32_t number) {
  return {{"jsonrpc", "2.0"}, {"id", number}, {"method", "workspace/symbolAt"}, {"params", question_document(number)}};
}

std::string rpc_answer(std::string_view text) {
  const json request = json::parse(text);
  return json{{"jsonrpc", "2.0"}, {"id", request.at("id")}, {"result", reply_document(request.at("params"))}}.dump();
}

void check_rpc_answer(std::string_view text) {
  if (json::parse(text).at("result").at("kind") != asked_kind) {
    give_up("a wrong answer");
  }
}

void json_rpc() {
  const SocketPair sockets;
  const OtherProcess other([&] {
    Frames frames(sockets.theirs);
    for (auto body = frames.receive(); !body.empty(); body = frames.receive()) {
      frames.send(rpc_answer(body));
    }
  });
  pin(0);
  Frames frames(sockets.ours);
  std::uint32_t number = 0;
  measure("rpc-json", "uds-block", rpc_request(1).dump().size(), [&] {
    frames.send(rpc_request(++number).dump());
    check_rpc_answer(frames.receive());
  });
}

/// Everything that is there is answered with one send, on both sides.
void pipelined() {
  constexpr int depth = 64;
  const SocketPair sockets;
  const auto append = [](std::string& out, std::string_view body) {
    const auto length = static_cast<std::uint32_t>(body.size());
    out.append(reinterpret_cast<const char*>(&length), sizeof length);
    out.append(body);
  };
  const OtherProcess other([&] {
    Frames frames(sockets.theirs);
    std::string out;
    for (auto body = frames.receive(); !body.empty(); body = frames.receive()) {
      append(out, rpc_answer(body));
      if (!frames.has_more()) {
        send_all(sockets.theirs, out);
        out.clear();
      }
    }
  });
  pin(0);
  Frames frames(sockets.ours);
  std::string out;
  std::uint32_t number = 0;
  for (int request = 0; request < depth; ++request) {
    append(out, rpc_request(++number).dump());
  }
  measure_rate("pipelined-rpc", "uds+json-d64", small_bytes, [&] {
    send_all(sockets.ours, out);
    out.clear();
    std::uint64_t done = 0;
    do {
      check_rpc_answer(frames.receive());
      append(out, rpc_request(++number).dump());
      ++done;
    } while (frames.has_more());
    return done;
  });
}

/// A process between two others that looks at a destination in the header and passes the bytes on.
void router() {
  struct Header {
    std::uint32_t length;
    std::uint32_t destination;
  };
  const SocketPair first;
  const SocketPair second;
  const OtherProcess host([&] {
    ::close(first.ours);
    ::close(second.ours);
    const int poller = ::epoll_create1(EPOLL_CLOEXEC);
    const std::array<int, 2> descriptors{first.theirs, second.theirs};
    struct Side {
      std::vector<char> buffer = std::vector<char>(65536);
      std::size_t end = 0;
    };
    std::array<Side, 2> sides;
    for (std::uint32_t side = 0; side < 2; ++side) {
      epoll_event event{};
      event.events = EPOLLIN;
      event.data.u32 = side;
      ::epoll_ctl(poller, EPOLL_CTL_ADD, descriptors[side], &event);
    }
    for (;;) {
      std::array<epoll_event, 8> events{};
      const int count = ::epoll_wait(poller, events.data(), static_cast<int>(events.size()), -1);
      for (int index = 0; index < count; ++index) {
        Side& side = sides[events[static_cast<std::size_t>(index)].data.u32];
        const ssize_t got = ::recv(descriptors[events[static_cast<std::size_t>(index)].data.u32],
                                   side.buffer.data() + side.end, side.buffer.size() - side.end, MSG_DONTWAIT);
        if (got == 0) {
          return;
        }
        side.end += got > 0 ? static_cast<std::size_t>(got) : 0;
        std::size_t begin = 0;
        while (side.end - begin >= sizeof(Header)) {
          Header header{};
          std::memcpy(&header, side.buffer.data() + begin, sizeof header);
          const std::size_t whole = sizeof header + header.length;
          if (side.end - begin < whole) {
            break;
          }
          send_all(descriptors[header.destination], {side.buffer.data() + begin, whole});
          begin += whole;
        }
        std::memmove(side.buffer.data(), side.buffer.data() + begin, side.end - begin);
        side.end -= begin;
      }
    }
  });
  const auto send = [](int descriptor, std::uint32_t destination, std::string_view body) {
    Header header{static_cast<std::uint32_t>(body.size()), destination};
    std::array<iovec, 2> parts{iovec{&header, sizeof header}, iovec{const_cast<char*>(body.data()), body.size()}};
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = parts.size();
    if (::sendmsg(descriptor, &message, MSG_NOSIGNAL) != static_cast<ssize_t>(sizeof header + body.size())) {
      give_up("sendmsg");
    }
  };
  /// One frame is on its way at a time, so one recv usually holds it.
  const auto receive = [](int descriptor, std::vector<char>& buffer) -> std::string_view {
    std::size_t end = 0;
    for (;;) {
      const ssize_t got = ::recv(descriptor, buffer.data() + end, buffer.size() - end, 0);
      if (got <= 0) {
        return {};
      }
      end += static_cast<std::size_t>(got);
      Header header{};
      if (end >= sizeof header) {
        std::memcpy(&header, buffer.data(), sizeof header);
        if (end >= sizeof header + header.length) {
          return {buffer.data() + sizeof header, header.length};
        }
      }
    }
  };
  const OtherProcess other([&] {
    ::close(first.ours);
    ::close(first.theirs);
    ::close(second.theirs);
    std::vector<char> buffer(65536);
    for (auto body = receive(second.ours, buffer); !body.empty(); body = receive(second.ours, buffer)) {
      send(second.ours, 0, body);
    }
  });
  pin(0);
  std::vector<char> buffer(65536);
  const std::string body(small_bytes, 'x');
  measure("echo-raw", "routed-uds-epoll", small_bytes, [&] {
    send(first.ours, 1, body);
    expect_echo(body, receive(first.ours, buffer));
  });
}

/// A ring of bytes in shared memory; whoever finds nothing waits on a futex.
struct Ring {
  static constexpr std::size_t capacity = std::size_t{1} << 18U;
  alignas(64) std::atomic<std::uint64_t> head;
  alignas(64) std::atomic<std::uint64_t> tail;
  alignas(64) std::atomic<std::uint32_t> waiting;
  alignas(64) std::array<char, capacity> data;

  // Neither side is ever a whole ring ahead here: what was sent is answered before more is sent.
  void put(std::string_view bytes, std::uint64_t& at) {
    const std::size_t start = at % capacity;
    const std::size_t first = std::min(bytes.size(), capacity - start);
    std::memcpy(data.data() + start, bytes.data(), first);
    std::memcpy(data.data(), bytes.data() + first, bytes.size() - first);
    at += bytes.size();
  }
  void send(std::string_view body) {
    std::uint64_t at = head.load(std::memory_order_relaxed);
    const auto length = static_cast<std::uint32_t>(body.size());
    put({reinterpret_cast<const char*>(&length), sizeof length}, at);
    put(body, at);
    head.store(at);
    if (waiting.exchange(0) != 0) {
      ::syscall(SYS_futex, &waiting, FUTEX_WAKE, 1, nullptr, nullptr, 0);
    }
  }
  void take(char* bytes, std::size_t count, std::uint64_t& at) {
    const std::size_t start = at % capacity;
    const std::size_t first = std::min(count, capacity - start);
    std::memcpy(bytes, data.data() + start, first);
    std::memcpy(bytes + first, data.data(), count - first);
    at += count;
  }
  std::string_view receive(std::vector<char>& buffer) {
    std::uint64_t at = tail.load(std::memory_order_relaxed);
    while (head.load() == at) {
      waiting.store(1);
      if (head.load() != at) {
        break;
      }
      ::syscall(SYS_futex, &waiting, FUTEX_WAIT, 1, nullptr, nullptr, 0);
    }
    std::uint32_t length = 0;
    take(reinterpret_cast<char*>(&length), sizeof length, at);
    take(buffer.data(), length, at);
    tail.store(at);
    return {buffer.data(), length};
  }
};

void stream() {
  void* memory =
      ::mmap(nullptr, 2 * sizeof(Ring), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
  if (memory == MAP_FAILED) {
    give_up("mmap");
  }
  auto* rings = static_cast<Ring*>(memory);
  const OtherProcess other([&] {
    std::vector<char> buffer(65536);
    for (;;) {
      rings[1].send(rings[0].receive(buffer));
    }
  });
  pin(0);
  std::vector<char> buffer(65536);
  const std::string body(small_bytes, 'x');
  measure("echo-raw", "shm-futex", small_bytes, [&] {
    rings[0].send(body);
    expect_echo(body, rings[1].receive(buffer));
  });
}

void expect_sum(int descriptor, std::uint64_t wanted) {
  std::uint64_t sum = 0;
  if (!receive_all(descriptor, reinterpret_cast<char*>(&sum), sizeof sum) || sum != wanted) {
    give_up("a wrong sum");
  }
}

void copy(std::size_t bytes) {
  const SocketPair sockets;
  const std::string source(bytes, 'x');
  for (const int descriptor : {sockets.ours, sockets.theirs}) {
    const int buffer = 4 << 20;
    ::setsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof buffer);
  }
  const OtherProcess other([&] {
    ::close(sockets.ours);
    std::string target(bytes, '\0');
    while (receive_all(sockets.theirs, target.data(), target.size())) {
      const std::uint64_t sum = touch(target);
      send_all(sockets.theirs, {reinterpret_cast<const char*>(&sum), sizeof sum});
    }
  });
  pin(0);
  const std::uint64_t wanted = touch(source);
  measure("bigpayload", "uds-copy", bytes, [&] {
    send_all(sockets.ours, source);
    expect_sum(sockets.ours, wanted);
  });
}

/// The bytes stay where they are; only their length is sent.
void in_place(std::size_t bytes) {
  const SocketPair sockets;
  const int file = ::memfd_create("floor", MFD_CLOEXEC);
  if (file < 0 || ::ftruncate(file, static_cast<off_t>(bytes)) != 0) {
    give_up("memfd_create");
  }
  void* memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, file, 0);
  if (memory == MAP_FAILED) {
    give_up("mmap");
  }
  std::memset(memory, 'x', bytes);
  const OtherProcess other([&] {
    ::close(sockets.ours);
    void* mapped = ::mmap(nullptr, bytes, PROT_READ, MAP_SHARED | MAP_POPULATE, file, 0);
    std::uint64_t length = 0;
    while (receive_all(sockets.theirs, reinterpret_cast<char*>(&length), sizeof length)) {
      const std::uint64_t sum = touch({static_cast<const char*>(mapped), length});
      send_all(sockets.theirs, {reinterpret_cast<const char*>(&sum), sizeof sum});
    }
  });
  pin(0);
  const std::uint64_t wanted = touch({static_cast<const char*>(memory), bytes});
  measure("bigpayload", "memfd-inplace", bytes, [&] {
    const std::uint64_t length = bytes;
    send_all(sockets.ours, {reinterpret_cast<const char*>(&length), sizeof length});
    expect_sum(sockets.ours, wanted);
  });
}

}  // namespace

int main(int argc, char** argv) {
  const std::string what = argc > 1 ? argv[1] : "";
  const std::size_t bytes = argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 0;
  if (what == "echo") {
    echo();
  } else if (what == "json") {
    json_rpc();
  } else if (what == "pipelined") {
    pipelined();
  } else if (what == "router") {
    router();
  } else if (what == "stream") {
    stream();
  } else if (what == "copy" && bytes > 0) {
    copy(bytes);
  } else if (what == "in_place" && bytes > 0) {
    in_place(bytes);
  } else {
    return 2;
  }
  return 0;
}
