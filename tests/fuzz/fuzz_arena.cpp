// Any references and releases, as a hostile other side would send them: nothing outside the arena is read, no two
// bodies share memory, and nothing is given back twice.

#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <map>

#include <symphony/ipc/limits.h>

#include "fuzz_target.h"
#include "shared_memory/arena.h"

using namespace symphony::ipc;
using symphony::fuzz::require;

namespace {

constexpr std::size_t arena_bytes = 64U * 1024U;

struct Sides {
  std::shared_ptr<SendingArena> sending;
  std::optional<ReceivingArena> receiving;

  Sides() {
    auto region = std::move(SharedRegion::create(arena_bytes).value());
    symphony::Descriptor copy(::dup(region.descriptor().get()));
    receiving.emplace(std::move(SharedRegion::open(std::move(copy), arena_bytes, SharedRegion::Access::read).value()));
    sending = std::make_shared<SendingArena>(std::move(region));
  }
};

void read_hostile(const ReceivingArena& arena, std::string_view bytes) {
  const auto reference = ArenaReference::decode(bytes);
  require(reference.has_value() == (bytes.size() == ArenaReference::encoded_bytes), "a reference has one length");
  if (!reference) {
    return;
  }
  bool released = false;
  {
    const auto body = arena.read(*reference, [&] { released = true; });
    if (!body) {
      return;
    }
    std::uint64_t sum = 0;
    for (const char byte : body->view) {
      sum += static_cast<unsigned char>(byte);
    }
    require(sum <= 255 * body->view.size() && body->view.size() <= arena_bytes, "a body is inside the arena");
  }
  require(released, "what was read is released");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Sides hostile;
  std::string_view input(reinterpret_cast<const char*>(data), size);
  read_hostile(*hostile.receiving, input.substr(0, ArenaReference::encoded_bytes));
  read_hostile(*hostile.receiving, input);

  const Sides sides;
  std::map<std::uint64_t, ArenaReference> out;  // what is not released, by its id
  while (input.size() >= 10) {
    std::uint64_t number = 0;
    std::memcpy(&number, input.data() + 2, sizeof number);
    const unsigned action = static_cast<unsigned char>(input[0]);
    const std::size_t length = 1 + static_cast<unsigned char>(input[1]) * 97U;
    input.remove_prefix(10);
    if (action % 3 == 0) {
      const std::string body(length, static_cast<char>(action));
      if (const auto reference = sides.sending->send(body)) {
        require(reference->offset + reference->length <= arena_bytes, "a body is put inside the arena");
        for (const auto& [id, other] : out) {
          require(other.offset + other.length <= reference->offset || reference->offset + length <= other.offset,
                  "no two bodies share memory");
        }
        require(sides.receiving->read(*reference, [] {})->view == body, "what is read is what was sent");
        require(out.emplace(reference->release_id(), *reference).second, "no id means two bodies");
      }
    } else {
      // Sometimes a real id, mostly not.
      const std::uint64_t id = action % 3 == 1 && !out.empty()
                                   ? std::next(out.begin(), static_cast<std::ptrdiff_t>(number % out.size()))->first
                                   : number;
      require(sides.sending->release(id) == (out.erase(id) == 1), "released is what was sent, once");
    }
    require(sides.sending->blocks_in_use() == out.size(), "what is in use is what is not released");
  }
  return 0;
}

std::vector<std::string> symphony::fuzz::seeds() {
  std::string reference;
  ArenaReference{0, 1, 0, 100}.encode(reference);
  std::string edge;
  ArenaReference{3, 1, arena_bytes - 1, 1}.encode(edge);
  std::string steps;
  for (int step = 0; step < 40; ++step) {
    steps += static_cast<char>(step % 5);
    steps += static_cast<char>(step * 37);
    steps.append(8, static_cast<char>(step));
  }
  return {reference, edge, reference + edge, steps};
}
