#pragma once
// Waiting for what other threads do, without sleeping: a condition or a generous limit that fails the test.

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include <symphony/ipc/bus.h>

namespace symphony::ipc::test {

inline constexpr std::chrono::seconds patience{20};

/// A queue other threads put values into.
template <class T>
class Arrivals {
 public:
  void put(T value) {
    const std::lock_guard lock(mutex_);
    values_.push_back(std::move(value));
    changed_.notify_all();
  }
  /// The next value; nothing when patience ran out.
  std::optional<T> next() {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, patience, [this] { return !values_.empty(); })) {
      return std::nullopt;
    }
    T value = std::move(values_.front());
    values_.erase(values_.begin());
    return value;
  }
  /// Skips values until one fits.
  template <class Predicate>
  std::optional<T> next_where(Predicate fits) {
    for (;;) {
      std::optional<T> value = next();
      if (!value || fits(*value)) {
        return value;
      }
    }
  }
  std::size_t size() {
    const std::lock_guard lock(mutex_);
    return values_.size();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<T> values_;
};

inline std::unique_ptr<Bus> make_bus(BusOptions options = {}) {
  return std::move(Bus::create(std::move(options)).value());
}

/// Sends and waits for the outcome.
inline Result<Payload> ask(Bus& bus, Message message, SendOptions options = {}) {
  auto arrivals = std::make_shared<Arrivals<Result<Payload>>>();
  bus.send_request("test", std::move(message), std::move(options),
                   [arrivals](Result<Payload> outcome) { arrivals->put(std::move(outcome)); });
  return arrivals->next().value();
}

inline nlohmann::json document_of(const Result<Payload>& outcome) { return outcome.value().document().value(); }

}  // namespace symphony::ipc::test
