#pragma once
// Where one sender's messages went lately: what it may send is fixed, so neither that nor the endpoint is looked up for
// every message.

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace symphony::ipc {

struct Endpoint;

/// Not thread-safe. Keeps no endpoint alive.
class RouteCache {
 public:
  /// Null: it is not known, or `generation` (of the table of endpoints) is another than when it was looked up.
  std::shared_ptr<Endpoint> find(std::string_view target, std::string_view method, std::uint64_t generation) const {
    const Entry& entry = entries_[slot(target, method)];
    const bool same = entry.generation == generation && entry.method == method && entry.target == target;
    return same ? entry.endpoint.lock() : nullptr;
  }
  void remember(std::string_view target, std::string_view method, std::uint64_t generation,
                const std::shared_ptr<Endpoint>& endpoint) {
    Entry& entry = entries_[slot(target, method)];
    entry.target = target;
    entry.method = method;
    entry.generation = generation;
    entry.endpoint = endpoint;
  }

 private:
  struct Entry {
    std::string target;
    std::string method;
    std::uint64_t generation = 0;
    std::weak_ptr<Endpoint> endpoint;
  };
  static constexpr std::size_t slots = 16;

  /// Neither is empty. Methods of one target mostly differ in their ends.
  static std::size_t slot(std::string_view target, std::string_view method) noexcept {
    const auto letter = [](char c) { return static_cast<std::size_t>(static_cast<unsigned char>(c)); };
    return (letter(target.front()) + 3 * method.size() + 5 * letter(method.back()) +
            7 * letter(method[method.size() / 2])) %
           slots;
  }

  std::array<Entry, slots> entries_;
};

}  // namespace symphony::ipc
