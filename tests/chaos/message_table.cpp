#include "message_table.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include <symphony/descriptor/descriptor.h>

namespace symphony::chaos {
namespace {

constexpr std::uint8_t answered = 1;
constexpr std::uint8_t first_error = 2;
constexpr std::uint8_t unknown_error = first_error + ipc::error_codes.size();

std::string name_of_outcome(std::uint8_t what) {
  return what < unknown_error ? std::string(ipc::name_of(ipc::error_codes[what - first_error])) : "not typed";
}

/// Errors that say that nothing was done.
bool promises_nothing_was_done(std::uint8_t what) {
  const auto is = [what](ErrorCode code) {
    return what < unknown_error && ipc::error_codes[what - first_error] == code;
  };
  return what >= first_error && (is(ErrorCode::overloaded) || is(ErrorCode::endpoint_unavailable) ||
                                 is(ErrorCode::endpoint_not_found) || is(ErrorCode::permission_denied));
}

void count_up(std::atomic<std::uint8_t>& counter) noexcept {
  // Stays at its largest value: twice or two hundred times is the same failure.
  std::uint8_t seen = counter.load();
  while (seen < 255 && !counter.compare_exchange_weak(seen, static_cast<std::uint8_t>(seen + 1))) {
  }
}

void add(MessageTotals& totals, const MessageEntry& entry) {
  const auto kind = static_cast<MessageKind>(entry.kind.load());
  if (kind == MessageKind::unused) {
    return;
  }
  ++totals.sent;
  const unsigned received = entry.received;
  if (kind == MessageKind::notification) {
    totals.lost += received == 0 ? 1 : 0;
    totals.duplicated += received > 1 ? 1 : 0;
    return;
  }
  const bool idempotent = kind == MessageKind::idempotent_request;
  const unsigned outcomes = entry.outcomes;
  const std::uint8_t outcome = entry.outcome;
  totals.lost += outcomes == 0 ? 1 : 0;
  totals.duplicated += outcomes > 1 || received > (idempotent ? 2U : 1U) ? 1 : 0;
  if (outcome == answered) {
    ++totals.answered;
    totals.false_outcomes += received == 0 ? 1 : 0;
  } else if (outcome != 0) {
    ++totals.errors[name_of_outcome(outcome)];
    // An idempotent one may be refused where it was sent to again, having been received where it was sent to first.
    totals.false_outcomes += !idempotent && received > 0 && promises_nothing_was_done(outcome) ? 1 : 0;
  }
}

}  // namespace

Result<MessageTable> MessageTable::create(const std::filesystem::path& folder, std::size_t messages) {
  const auto file = folder / file_name;
  const Descriptor made(::open(file.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!made || ::ftruncate(made.get(), static_cast<off_t>(messages * sizeof(MessageEntry))) != 0) {
    return ipc::io_error("Cannot make the table of messages", file.native(), errno);
  }
  return map(file);
}

Result<MessageTable> MessageTable::open(const std::filesystem::path& folder) { return map(folder / file_name); }

Result<MessageTable> MessageTable::map(const std::filesystem::path& file) {
  const Descriptor opened(::open(file.c_str(), O_RDWR | O_CLOEXEC));
  struct stat status {};
  if (!opened || ::fstat(opened.get(), &status) != 0) {
    return ipc::io_error("Cannot open the table of messages", file.native(), errno);
  }
  const auto bytes = static_cast<std::size_t>(status.st_size);
  void* const memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, opened.get(), 0);
  if (memory == MAP_FAILED) {
    return ipc::io_error("Cannot map the table of messages", file.native(), errno);
  }
  return MessageTable({static_cast<MessageEntry*>(memory), bytes / sizeof(MessageEntry)});
}

MessageTable::MessageTable(MessageTable&& other) noexcept : entries_(std::exchange(other.entries_, {})) {}

MessageTable::~MessageTable() {
  if (!entries_.empty()) {
    ::munmap(entries_.data(), entries_.size_bytes());
  }
}

void MessageTable::sent(std::uint64_t number, MessageKind kind) noexcept {
  if (number < entries_.size()) {
    entries_[number].kind = static_cast<std::uint8_t>(kind);
  }
}

void MessageTable::received(std::uint64_t number) noexcept {
  if (number < entries_.size()) {
    count_up(entries_[number].received);
  }
}

std::uint8_t MessageTable::code_index(ErrorCode code) noexcept {
  const auto found = std::find(ipc::error_codes.begin(), ipc::error_codes.end(), code);
  return static_cast<std::uint8_t>(first_error + (found - ipc::error_codes.begin()));
}

void MessageTable::outcome(std::uint64_t number, std::uint8_t what) noexcept {
  if (number < entries_.size()) {
    entries_[number].outcome = what;
    count_up(entries_[number].outcomes);
  }
}

MessageTotals MessageTable::totals() const {
  MessageTotals totals;
  for (const MessageEntry& entry : entries_) {
    add(totals, entry);
  }
  return totals;
}

std::vector<std::string> violations(const MessageTotals& totals, const std::set<ErrorCode>& allowed) {
  std::vector<std::string> found;
  const auto none_of = [&](std::uint64_t count, const char* what) {
    if (count > 0) {
      found.push_back(std::to_string(count) + " of " + std::to_string(totals.sent) + " messages " + what);
    }
  };
  none_of(totals.lost, "were lost");
  none_of(totals.duplicated, "were received or answered more often than allowed");
  none_of(totals.false_outcomes, "had an outcome that is not true");
  for (const auto& [name, count] : totals.errors) {
    if (std::none_of(allowed.begin(), allowed.end(), [&](ErrorCode code) { return ipc::name_of(code) == name; })) {
      none_of(count, ("failed with " + name).c_str());
    }
  }
  return found;
}

}  // namespace symphony::chaos
