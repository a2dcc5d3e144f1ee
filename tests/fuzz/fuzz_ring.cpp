// A ring whose other side writes what it likes: positions, lengths, bytes. The reader reads nothing outside, the writer
// writes nothing outside, and what is honest arrives whole.

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>

#include <symphony/ipc/stream_limits.h>

#include "fuzz_target.h"
#include "shared_memory/ring.h"

using namespace symphony::ipc;
using symphony::fuzz::require;

namespace {

constexpr std::size_t capacity = 4096;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // A page before and after the ring that nobody may touch would need a mapping of its own; the sanitizers and the
  // checks below stand for it: what is read never exceeds what was announced.
  auto region = std::move(Ring::make_region(capacity).value());
  const auto another = [&] {
    return std::move(Ring::over(std::move(SharedRegion::open(symphony::Descriptor(::dup(region.descriptor().get())),
                                                             region.bytes().size(), SharedRegion::Access::read_write)
                                              .value()))
                         .value());
  };
  const bool lossy = size > 0 && data[size - 1] % 2 == 1;
  const auto when_full = lossy ? StreamOptions::WhenFull::drop_oldest : StreamOptions::WhenFull::wait;
  const Ring liar = another();
  RingReader reader(another(), when_full);
  RingWriter writer(another(), when_full);
  const auto at_once = std::chrono::steady_clock::time_point();
  bool lied = false;
  std::uint64_t unread = 0;
  std::string message;
  std::string_view input(reinterpret_cast<const char*>(data), size);
  while (input.size() >= 10) {
    std::uint64_t number = 0;
    std::memcpy(&number, input.data() + 2, sizeof number);
    const std::size_t length = static_cast<unsigned char>(input[1]) * 17U;
    const unsigned action = static_cast<unsigned char>(input[0]) % 8;
    input.remove_prefix(10);
    if (action <= 2) {
      const auto sent = writer.send(std::string(length, 's'), at_once);
      require(lied || sent.has_value() || length + 4 > capacity, "an honest reader is believed");
      unread += sent && *sent == StreamEvent::done ? 1 : 0;
    } else if (action <= 5) {
      const auto got = reader.receive(message, at_once);
      require(message.size() <= capacity, "a message is no longer than the ring");
      require(lied || lossy || (got && (*got == StreamEvent::done) == (unread > 0)), "what was sent is received");
      require(lied || !lossy || (got && (*got == StreamEvent::done || unread == 0 || writer.dropped() > 0)),
              "what was not dropped is received");
      require(lied || message.find_first_not_of('s') == std::string::npos, "and whole");
      unread -= got && *got == StreamEvent::done && unread > 0 ? 1 : 0;
    } else {
      lied = true;
      if (action == 6) {
        const std::string_view bytes(reinterpret_cast<const char*>(&number), sizeof number);
        liar.copy_in(number % capacity, bytes);
      } else {
        const std::array positions{&liar.header().written, &liar.header().read, &liar.header().oldest};
        positions[number % positions.size()]->store(number >> (number % 64));
      }
    }
  }
  return 0;
}

std::vector<std::string> symphony::fuzz::seeds() {
  std::vector<std::string> seeds;
  for (const int modulus : {6, 7, 8}) {
    std::string steps;
    for (int step = 0; step < 60; ++step) {
      steps += static_cast<char>(step * 5 % modulus);
      steps += static_cast<char>(step * 37);
      steps.append(8, static_cast<char>(step * 3));
    }
    seeds.push_back(steps);
    seeds.push_back(steps + '\1');
  }
  return seeds;
}
