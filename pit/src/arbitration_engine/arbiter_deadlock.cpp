// Holders that would wait for each other for ever. Only who holds something and waits himself can be among them.

#include <algorithm>
#include <limits>

#include "arbitration_engine/arbiter.h"

namespace symphony::pit::arbitration {

namespace {

std::string display_name(const HolderEntry& holder) {
  return holder.instance.empty() ? holder.endpoint : holder.endpoint + "#" + holder.instance;
}

}  // namespace

std::uint32_t Arbiter::stuck_at(std::uint32_t holder, const std::vector<std::int64_t>& available) const {
  for (std::uint32_t index = holders_[holder].waiting.first; index != none; index = entries_[index].of_holder.next) {
    for (const HeldClaim& claim : entries_[index].claims) {
      if (claim.amount > available[claim.resource]) return claim.resource;
    }
  }
  return none;
}

std::vector<Wait> Arbiter::find_deadlock(std::uint32_t holder) const {
  if (!entangled_.contains(holder)) return {};
  const auto for_each_held = [this](std::uint32_t of, const auto& visit) {
    for (std::uint32_t index = holders_[of].granted.first; index != none; index = entries_[index].of_holder.next) {
      for (const HeldClaim& claim : entries_[index].claims)
        visit(claim);
    }
  };
  // What would be there if all who do not wait gave back what they hold. Rates and budgets come back by themselves.
  std::vector<std::int64_t> available(resources_.size());
  for (std::size_t index = 0; index < resources_.size(); ++index) {
    const ResourceSpec& spec = resources_[index].spec;
    const bool held = spec.kind == Kind::capacity || spec.kind == Kind::lock;
    available[index] = held ? spec.capacity : std::numeric_limits<std::int64_t>::max();
  }
  const auto is_held = [this](const HeldClaim& claim) {
    const Kind kind = resources_[claim.resource].spec.kind;
    return kind == Kind::capacity || kind == Kind::lock;
  };
  for (const std::uint32_t one : entangled_) {
    for_each_held(one, [&](const HeldClaim& claim) {
      if (is_held(claim)) available[claim.resource] -= claim.amount;
    });
  }
  // Whoever can get what he waits for will give back what he holds, and so on.
  std::vector<std::uint32_t> stuck(entangled_.begin(), entangled_.end());
  for (bool more = true; more;) {
    more = false;
    for (auto one = stuck.begin(); one != stuck.end();) {
      if (stuck_at(*one, available) != none) {
        ++one;
        continue;
      }
      for_each_held(*one, [&](const HeldClaim& claim) {
        if (is_held(claim)) available[claim.resource] += claim.amount;
      });
      one = stuck.erase(one);
      more = true;
    }
  }
  std::vector<Wait> circle;
  std::vector<std::uint32_t> visited;
  for (std::uint32_t at = holder;;) {
    if (std::find(stuck.begin(), stuck.end(), at) == stuck.end()) return {};
    const auto known = std::find(visited.begin(), visited.end(), at);
    if (known != visited.end()) {
      circle.erase(circle.begin(), circle.begin() + (known - visited.begin()));
      return circle;
    }
    visited.push_back(at);
    const std::uint32_t resource = stuck_at(at, available);
    const auto holds_it = [&](std::uint32_t of) {
      bool holds = false;
      for_each_held(of, [&](const HeldClaim& claim) { holds = holds || claim.resource == resource; });
      return holds;
    };
    const auto next = std::find_if(stuck.begin(), stuck.end(), holds_it);
    if (next == stuck.end()) return {};  // there is less of it than is asked for, whoever holds it
    circle.push_back({display_name(holders_[at]), resources_[resource].spec.id, display_name(holders_[*next])});
    at = *next;
  }
}

}  // namespace symphony::pit::arbitration
