#pragma once
// What became of each message, in a file every process of a scene has mapped: what a killed process had received is
// known all the same, because it was written before anything else was done with it.

#include <array>
#include <atomic>
#include <cstdint>
#include <filesystem>
#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

#include <symphony/ipc/error.h>

namespace symphony::chaos {

using ipc::Error;
using ipc::ErrorCode;
using ipc::Result;

enum class MessageKind : std::uint8_t {
  unused,
  /// Answered or failed, exactly once; received at most once.
  request,
  /// The same, but received at most twice.
  idempotent_request,
  /// Received exactly once: only sent to processes nobody kills.
  notification,
};

struct MessageEntry {
  std::atomic<std::uint8_t> kind;
  std::atomic<std::uint8_t> received;
  std::atomic<std::uint8_t> outcomes;
  /// 0: none; 1: answered; else an error.
  std::atomic<std::uint8_t> outcome;
};
static_assert(sizeof(MessageEntry) == 4);

struct MessageTotals {
  std::uint64_t sent = 0;
  std::uint64_t answered = 0;
  /// Requests nobody heard of again, and notifications that did not arrive.
  std::uint64_t lost = 0;
  /// Received, or answered, more often than allowed.
  std::uint64_t duplicated = 0;
  /// Answered though nobody received it, or refused and received all the same.
  std::uint64_t false_outcomes = 0;
  std::map<std::string, std::uint64_t> errors;
};

/// All but construction on any thread, in any process.
class MessageTable {
 public:
  static constexpr const char* file_name = "messages";

  /// Makes the file in `folder`; every entry is unused. Errors: io_error.
  static Result<MessageTable> create(const std::filesystem::path& folder, std::size_t messages);
  /// Errors: io_error.
  static Result<MessageTable> open(const std::filesystem::path& folder);
  MessageTable(MessageTable&& other) noexcept;
  MessageTable& operator=(MessageTable&&) = delete;
  MessageTable(const MessageTable&) = delete;
  MessageTable& operator=(const MessageTable&) = delete;
  ~MessageTable();

  std::size_t size() const noexcept { return entries_.size(); }
  void sent(std::uint64_t number, MessageKind kind) noexcept;
  void received(std::uint64_t number) noexcept;
  template <class Value>
  void outcome(std::uint64_t number, const Result<Value>& result) noexcept {
    outcome(number, result ? 1 : code_index(result.error().code));
  }

  MessageTotals totals() const;

 private:
  explicit MessageTable(std::span<MessageEntry> entries) : entries_(entries) {}
  static Result<MessageTable> map(const std::filesystem::path& file);
  static std::uint8_t code_index(ErrorCode code) noexcept;
  void outcome(std::uint64_t number, std::uint8_t what) noexcept;

  std::span<MessageEntry> entries_;
};

/// A sentence for each way in which `totals` break what the bus promises; errors that are not `allowed` too.
std::vector<std::string> violations(const MessageTotals& totals, const std::set<ErrorCode>& allowed);

}  // namespace symphony::chaos
