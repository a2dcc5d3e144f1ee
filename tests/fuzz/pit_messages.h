#pragma once
// Bytes as a run of messages to a module: the first byte of each line chooses the method, the rest is its parameters in
// JSON. Whatever comes, the answer is a result the definition promises or an error that says why, and what the module
// saves can be restored and is the same again.

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <symphony/ipc/interface.h>
#include <symphony/ipc/payload.h>
#include <symphony/pit/module.h>

#include "clock.h"
#include "fuzz_target.h"

namespace symphony::fuzz {

/// A little later at every look, so that what depends on time happens.
class StepClock final : public pit::Clock {
 public:
  std::int64_t monotonic_us() const noexcept override { return now_ += 1777; }
  std::int64_t wall_ms() const noexcept override { return 1'700'000'000'000; }

 private:
  mutable std::int64_t now_ = 1'000'000;
};

class StillClock final : public pit::Clock {
 public:
  std::int64_t monotonic_us() const noexcept override { return 5'000'000'000; }
  std::int64_t wall_ms() const noexcept override { return 1'700'000'000'000; }
};

template <class M>
void send_messages(std::string_view bytes, const nlohmann::json& config = nlohmann::json::object()) {
  static const StepClock clock;
  static const StillClock still;
  static const auto interface = ipc::Interface::built_in(M(still).id());
  static const std::vector<std::string> methods = interface->methods();
  M module(clock);
  require(module.init(config).has_value(), "it can be initialised");
  for (int sent = 0; !bytes.empty() && sent < 64; ++sent) {
    const std::string_view line = bytes.substr(0, bytes.find('\n'));
    bytes.remove_prefix(std::min(bytes.size(), line.size() + 1));
    if (line.empty()) continue;
    const std::string& method = methods[static_cast<unsigned char>(line[0] - 'A') % methods.size()];
    const auto params = ipc::decode_document(ipc::BodyFormat::json, line.substr(1));
    if (params.has_error()) continue;
    // Unchecked: a module does not rely on who hosts it.
    const auto answer = module.handle_message({method, *params, {}, "fuzzer"});
    if (answer.has_error()) {
      require(answer.error().code != ipc::ErrorCode::internal_error, "it is prepared for what went wrong");
      require(!answer.error().message.empty(), "an error says why");
    } else {
      require(interface->check_result(method, *answer).has_value(), "the result is as promised");
    }
  }
  const auto state = module.snapshot();
  require(state.has_value(), "it can be saved");
  M other(still);
  require(other.init(config).has_value(), "it can be initialised");
  require(other.restore(*state).has_value(), "what it saved can be restored");
  const auto once = other.snapshot();
  M third(still);
  require(third.init(config).has_value() && third.restore(*once).has_value(), "and again");
  require(*third.snapshot() == *once, "the same as before");
}

/// Seeds are written by name: this finds the byte for it.
template <class M>
std::string line(std::string_view method, const char* params) {
  static const StillClock still;
  const auto methods = ipc::Interface::built_in(M(still).id())->methods();
  const auto found = std::find(methods.begin(), methods.end(), method);
  require(found != methods.end(), "a seed's method exists");
  return std::string(1, static_cast<char>('A' + (found - methods.begin()))) + params + "\n";
}

/// Any document as a saved state: it is restored, or refused and nothing changed.
template <class M>
void restore_state(std::string_view bytes) {
  static const StillClock still;
  const auto document = ipc::decode_document(ipc::BodyFormat::json, bytes);
  if (document.has_error()) return;
  M module(still);
  require(module.init(nlohmann::json::object()).has_value(), "it can be initialised");
  const nlohmann::json before = module.snapshot().value();
  const auto done = module.restore(*document);
  if (done.has_error()) {
    require(module.snapshot().value() == before, "a refused state changes nothing");
  } else {
    require(module.snapshot().has_value(), "a restored state can be saved");
  }
}

}  // namespace symphony::fuzz
