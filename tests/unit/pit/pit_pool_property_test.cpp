// Whatever is asked in whatever order: no lease is lost, given twice, or outlives its time, and the room is kept.

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

#include "manual_clock.h"
#include "pool_manager/pool.h"

namespace symphony::pit::pool {
namespace {

struct Held {
  std::string resource;
  std::string holder;
  std::int64_t until_us = 0;
};

/// Does at random what callers do, and keeps the books of leases in the simplest way.
class Walk {
 public:
  explicit Walk(unsigned seed) : random_(seed), pool_(std::make_unique<Pool>(clock_)) {
    for (unsigned number = 0; number < resources; ++number) {
      EXPECT_TRUE(pool_->add({name(number), "k" + std::to_string(number % keys), Kind::model, number * 10, number})
                      .has_value());
    }
    EXPECT_TRUE(pool_->resize({6, 500}).has_value());
  }

  void step() {
    switch (below(12)) {
      case 0:
      case 1:
      case 2:
        allocate();
        break;
      case 3:
      case 4:
        release();
        break;
      case 5:
        renew();
        break;
      case 6:
        clock_.advance_ms(static_cast<std::int64_t>(below(4) == 0 ? below(500'000) : below(800)));
        drop_expired();
        break;
      case 7: {
        const std::string holder = "h" + std::to_string(below(3));
        const std::size_t lost = std::erase_if(held_, [&](const auto& one) { return one.second.holder == holder; });
        EXPECT_EQ(pool_->gone(holder, nullptr), lost);
        break;
      }
      case 8:
        static_cast<void>(
            pool_->report(name(below(resources)), std::array{State::warming, State::ready, State::unloaded}[below(3)]));
        break;
      case 9:
        fail();
        break;
      case 10:
        if (below(2) == 0) {
          static_cast<void>(pool_->prewarm("k" + std::to_string(below(keys)), below(4)));
        } else if (below(2) == 0) {
          static_cast<void>(pool_->evict(below(3)));
        } else {
          EXPECT_TRUE(pool_->resize({1 + below(8), below(800)}).has_value());
        }
        break;
      default:
        restore();
    }
    check();
  }

 private:
  static constexpr unsigned resources = 12;
  static constexpr unsigned keys = 3;

  static std::string name(std::size_t number) { return "r" + std::to_string(number); }
  std::size_t below(std::size_t limit) { return random_() % limit; }

  void allocate() {
    const std::string holder = "h" + std::to_string(below(3));
    const auto lease_ms = static_cast<std::int64_t>(1 + below(below(3) == 0 ? 600'000 : 2000));
    const auto allocation = pool_->allocate("k" + std::to_string(below(keys)), {holder}, lease_ms);
    if (allocation.has_error()) {
      EXPECT_EQ(allocation.error().code, ErrorCode::resource_exhausted);
      return;
    }
    EXPECT_TRUE(given_.insert(allocation->lease).second) << "a lease's id came twice";
    held_[allocation->lease] = {allocation->resource, holder, clock_.monotonic_us() + lease_ms * 1000};
  }
  void release() {
    if (given_.empty()) return;
    const std::uint64_t lease = any_lease();
    const auto own = held_.find(lease);
    const std::string holder = own == held_.end() || below(4) == 0 ? "stranger" : own->second.holder;
    const bool good = own != held_.end() && holder == own->second.holder;
    EXPECT_EQ(pool_->release(lease, {holder}, below(3) != 0).has_value(), good);
    if (good) held_.erase(own);
  }
  void renew() {
    if (given_.empty()) return;
    const std::uint64_t lease = any_lease();
    const auto own = held_.find(lease);
    const std::string holder = own == held_.end() ? "h0" : own->second.holder;
    const auto renewed = pool_->renew(lease, {holder}, 5000);
    EXPECT_EQ(renewed.has_value(), own != held_.end());
    if (own != held_.end()) own->second.until_us = clock_.monotonic_us() + 5'000'000;
  }
  void fail() {
    const std::string resource = name(below(resources));
    const auto failure = pool_->fail(resource, "by chance");
    if (failure.has_error() || !*failure) return;
    const auto old = held_.find((*failure)->lease);
    ASSERT_NE(old, held_.end());
    EXPECT_EQ(old->second.resource, resource);
    if (const auto& other = (*failure)->replacement) {
      EXPECT_TRUE(given_.insert(other->lease).second);
      held_[other->lease] = {other->resource, old->second.holder, old->second.until_us};
    }
    held_.erase((*failure)->lease);
  }
  void restore() {
    const nlohmann::json state = pool_->snapshot();
    auto other = std::make_unique<Pool>(clock_);
    const auto done = other->restore(state);
    ASSERT_TRUE(done.has_value()) << done.error().to_json() << state;
    EXPECT_EQ(other->snapshot(), state);
    pool_ = std::move(other);
  }
  std::uint64_t any_lease() {
    auto chosen = given_.end();
    std::advance(chosen, -static_cast<std::ptrdiff_t>(1 + below(std::min<std::size_t>(given_.size(), 20))));
    return *chosen;
  }
  void drop_expired() {
    std::erase_if(held_, [this](const auto& one) { return one.second.until_us <= clock_.monotonic_us(); });
  }
  void check() {
    const Status status = pool_->status();
    EXPECT_EQ(status.leases, held_.size());
    std::set<std::string> used;
    for (const auto& [lease, held] : held_) {
      EXPECT_TRUE(used.insert(held.resource).second) << held.resource << " was given twice";
      const Description said = pool_->describe(held.resource).value();
      EXPECT_EQ(said.lease, lease);
      EXPECT_EQ(said.holder, held.holder);
      EXPECT_EQ(said.expires_in_ms, (held.until_us - clock_.monotonic_us()) / 1000);
    }
    std::uint64_t loaded = 0;
    std::uint64_t bytes = 0;
    std::uint64_t idle = 0;
    for (unsigned number = 0; number < resources; ++number) {
      const Description said = pool_->describe(name(number)).value();
      EXPECT_EQ(said.lease != 0, used.contains(name(number)));
      const bool counts = said.state == State::loading || said.state == State::warming || said.state == State::ready ||
                          said.state == State::active;
      loaded += counts ? 1 : 0;
      bytes += counts ? said.resource.memory_bytes : 0;
      idle += said.state == State::ready ? 1 : 0;
    }
    EXPECT_EQ(status.loaded, loaded);
    EXPECT_EQ(status.memory_bytes, bytes);
    // More than there is room for only as long as it is in use or being loaded.
    if (status.loaded > status.room.count || status.memory_bytes > status.room.memory_bytes) {
      EXPECT_EQ(idle, 0U);
    }
  }

  tests::ManualClock clock_;
  std::mt19937 random_;
  std::unique_ptr<Pool> pool_;
  std::set<std::uint64_t> given_;
  std::map<std::uint64_t, Held> held_;
};

TEST(PoolProperty, NoLeaseIsLostGivenTwiceOrOutlivesItsTime) {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Walk walk(seed);
    for (int step = 0; step < 400; ++step) {
      walk.step();
      if (::testing::Test::HasFailure()) return;
    }
  }
}

}  // namespace
}  // namespace symphony::pit::pool
