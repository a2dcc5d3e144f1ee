#include "shared_memory/arena.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <limits>
#include <utility>

#include <symphony/ipc/limits.h>

namespace symphony::ipc {
namespace {

constexpr std::size_t small_arena = 64U * 1024U;

std::shared_ptr<SendingArena> make_arena(std::size_t bytes = small_arena) {
  return std::make_shared<SendingArena>(std::move(SharedRegion::create(bytes).value()));
}

/// Both sides of one arena, as in two processes: the receiver has a mapping of its own.
struct Pair {
  explicit Pair(std::size_t bytes = small_arena) {
    auto region = std::move(SharedRegion::create(bytes).value());
    Descriptor copy(::dup(region.descriptor().get()));
    receiving.emplace(std::move(SharedRegion::open(std::move(copy), bytes, SharedRegion::Access::read).value()));
    sending = std::make_shared<SendingArena>(std::move(region));
  }
  std::shared_ptr<SendingArena> sending;
  std::optional<ReceivingArena> receiving;
};

ErrorCode refusal(Descriptor descriptor, std::size_t bytes) {
  const auto opened = SharedRegion::open(std::move(descriptor), bytes, SharedRegion::Access::read);
  EXPECT_FALSE(opened);
  return opened ? ErrorCode::internal_error : opened.error().code;
}

TEST(SharedRegion, RefusesWhatItsSenderCouldCutShort) {
  Descriptor unsealed(::memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  ASSERT_EQ(::ftruncate(unsealed.get(), 4096), 0);
  EXPECT_EQ(refusal(Descriptor(::dup(unsealed.get())), 4096), ErrorCode::invalid_request);
  ASSERT_EQ(::fcntl(unsealed.get(), F_ADD_SEALS, F_SEAL_SHRINK), 0);
  EXPECT_TRUE(SharedRegion::open(Descriptor(::dup(unsealed.get())), 4096, SharedRegion::Access::read));
  EXPECT_EQ(refusal(Descriptor(::dup(unsealed.get())), 8192), ErrorCode::invalid_request);
  EXPECT_EQ(refusal(std::move(unsealed), 1024), ErrorCode::invalid_request);
  EXPECT_EQ(refusal(Descriptor(::open("/dev/null", O_RDONLY | O_CLOEXEC)), 4096), ErrorCode::invalid_request);
  EXPECT_EQ(refusal(Descriptor(), 4096), ErrorCode::invalid_request);
}

TEST(SharedRegion, IsOfASizeNobodyCanChange) {
  const auto region = SharedRegion::create(8192);
  ASSERT_TRUE(region);
  EXPECT_NE(::ftruncate(region->descriptor().get(), 4096), 0);
  EXPECT_NE(::ftruncate(region->descriptor().get(), 16384), 0);
  EXPECT_EQ(region->bytes().size(), 8192U);
}

TEST(Arena, ABodyIsReadWhereItWasPutAndItsRoomComesBack) {
  const Pair pair;
  const std::string body(10'000, 'b');
  const auto reference = pair.sending->send(body);
  ASSERT_TRUE(reference);
  std::string wire;
  reference->encode(wire);
  ASSERT_EQ(wire.size(), ArenaReference::encoded_bytes);
  const auto decoded = ArenaReference::decode(wire);
  ASSERT_TRUE(decoded);
  int released = 0;
  {
    auto read = pair.receiving->read(*decoded, [&] { ++released; });
    ASSERT_TRUE(read);
    EXPECT_EQ(read->view, body);
    const auto kept = read->owner;
    read->owner.reset();
    EXPECT_EQ(released, 0);
    EXPECT_EQ(pair.sending->blocks_in_use(), 1U);
  }
  EXPECT_EQ(released, 1);
  EXPECT_TRUE(pair.sending->release(decoded->release_id()));
  EXPECT_EQ(pair.sending->blocks_in_use(), 0U);
}

TEST(Arena, AReleaseCountsOnce) {
  const auto arena = make_arena();
  const auto first = arena->send("one");
  ASSERT_TRUE(first);
  EXPECT_FALSE(arena->release(first->release_id() + 1));
  EXPECT_TRUE(arena->release(first->release_id()));
  EXPECT_FALSE(arena->release(first->release_id()));
  const auto second = arena->send("two");
  ASSERT_TRUE(second);
  EXPECT_EQ(second->block, first->block);
  EXPECT_NE(second->generation, first->generation);
  EXPECT_FALSE(arena->release(first->release_id())) << "of a block that means something else by now";
  EXPECT_FALSE(arena->release(0));
  EXPECT_FALSE(arena->release(std::numeric_limits<std::uint64_t>::max()));
  EXPECT_EQ(arena->blocks_in_use(), 1U);
}

TEST(Arena, WhatIsBuiltInPlaceIsSentWithoutACopyAndStaysUntilAllAreDone) {
  const Pair pair;
  auto room = pair.sending->allocate(5000);
  ASSERT_TRUE(room);
  std::fill(room->begin(), room->end(), 'p');
  const auto one = pair.sending->send({room->data(), room->size()});
  const auto two = pair.sending->send({room->data() + 100, 50});
  ASSERT_TRUE(one && two);
  EXPECT_EQ(one->block, two->block);
  EXPECT_EQ(two->offset, one->offset + 100);
  EXPECT_EQ(pair.receiving->read(*two, [] {})->view, std::string(50, 'p'));
  room.reset();
  EXPECT_TRUE(pair.sending->release(one->release_id()));
  EXPECT_EQ(pair.sending->blocks_in_use(), 1U);
  EXPECT_TRUE(pair.sending->release(two->release_id()));
  EXPECT_EQ(pair.sending->blocks_in_use(), 0U);
}

TEST(Arena, AFullArenaSaysSoAndIsWholeAgainAfterwards) {
  const auto arena = make_arena();
  const std::string quarter(small_arena / 4, 'q');
  std::vector<ArenaReference> sent;
  for (auto reference = arena->send(quarter); reference; reference = arena->send(quarter)) {
    sent.push_back(*reference);
  }
  EXPECT_EQ(sent.size(), 4U);
  EXPECT_FALSE(arena->send("x"));
  EXPECT_EQ(arena->allocate(1), nullptr);
  // In an order that leaves holes on both sides.
  for (const std::size_t index : {1U, 3U, 0U, 2U}) {
    EXPECT_TRUE(arena->release(sent[index].release_id()));
  }
  const auto whole = arena->allocate(small_arena);
  EXPECT_TRUE(whole);
  EXPECT_EQ(arena->allocate(0), nullptr);
  EXPECT_EQ(arena->allocate(std::numeric_limits<std::size_t>::max()), nullptr);
}

TEST(Arena, ALyingReferenceIsRefused) {
  const Pair pair;
  constexpr auto most = std::numeric_limits<std::uint64_t>::max();
  const auto refused = [&](ArenaReference reference) {
    const auto read = pair.receiving->read(reference, [] { ADD_FAILURE() << "nothing was received"; });
    return !read && read.error().code == ErrorCode::parse_error;
  };
  EXPECT_TRUE(refused({0, 1, 0, small_arena + 1}));
  EXPECT_TRUE(refused({0, 1, small_arena, 1}));
  EXPECT_TRUE(refused({0, 1, small_arena + 1, 0}));
  EXPECT_TRUE(refused({0, 1, most, 2}));
  EXPECT_TRUE(refused({0, 1, 2, most}));
  EXPECT_TRUE(refused({0, 1, most, most}));
  EXPECT_TRUE(refused({0, 1, 0, 0}));
  EXPECT_TRUE(refused({0, 0, 0, 1})) << "a release of it could not be told from none";
  EXPECT_FALSE(ArenaReference::decode("short"));
  EXPECT_FALSE(ArenaReference::decode(std::string(25, '\0')));
}

TEST(Arena, ABodyOutlivesBothSides) {
  std::shared_ptr<const void> owner;
  std::string_view view;
  bool released = false;
  {
    const Pair pair;
    auto body = pair.receiving->read(*pair.sending->send("still here"), [&] { released = true; });
    owner = std::move(body->owner);
    view = body->view;
  }
  EXPECT_EQ(view, "still here");
  owner.reset();
  EXPECT_TRUE(released);
}

}  // namespace
}  // namespace symphony::ipc
