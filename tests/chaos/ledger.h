#pragma once
// The requests this process sends: numbered, so that the table of messages knows what became of each, and counted by
// target, so that who waits for answers knows whether any can come.

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>

#include <symphony/ipc/bus.h>

#include "message_table.h"

namespace symphony::chaos {

/// Any thread.
class Ledger {
 public:
  explicit Ledger(MessageTable& table) : state_(std::make_shared<State>(table)) {}

  struct Request {
    std::string target;
    std::string method = "work";
    nlohmann::json params = nlohmann::json::object();
    std::chrono::milliseconds deadline{20000};
    bool idempotent = false;
  };
  /// The next number is added to the parameters as "n"; the answer must repeat it.
  void send(ipc::Bus& bus, Request request);
  /// Numbers for messages that others send. The first of them.
  std::uint64_t reserve(std::size_t messages);
  /// How many numbers are left.
  std::size_t room() const;

  /// Waits until fewer than `window` requests are unanswered. False: all that are belong to `deaf`, who will not
  /// answer before the caller does something about it.
  bool wait_below(std::size_t window, const std::set<std::string>& deaf = {});
  /// Waits until all requests are answered.
  void wait_all() { wait_below(1); }

  std::uint64_t outstanding(const std::string& target) const;
  /// What was not as it should be and the table cannot know.
  std::vector<std::string> violations() const;

 private:
  /// After this without any answer at all, waiting ends and is a violation.
  static constexpr std::chrono::seconds patience{60};
  /// An error must come when the deadline has passed, not some time later; a busy machine is forgiven.
  static constexpr std::chrono::seconds late{5};

  struct State {
    explicit State(MessageTable& messages) : table(messages) {}
    MessageTable& table;
    std::mutex mutex;
    std::condition_variable changed;
    std::uint64_t next = 0;
    std::uint64_t outstanding = 0;
    std::map<std::string, std::uint64_t> by_target;
    std::uint64_t outcomes = 0;
    std::uint64_t wrong = 0;
    std::uint64_t too_late = 0;
    bool stuck = false;
  };
  std::shared_ptr<State> state_;
};

}  // namespace symphony::chaos
