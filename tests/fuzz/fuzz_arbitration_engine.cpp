// Any messages to the Arbitration Engine, and any document as its saved state.

#include "arbitration_engine/arbitration_engine.h"
#include "pit_messages.h"

using symphony::pit::ArbitrationEngine;
namespace arbitration = symphony::pit::arbitration;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (!bytes.empty() && bytes[0] == '{') {
    symphony::fuzz::restore_state<ArbitrationEngine>(bytes);
  } else {
    symphony::fuzz::send_messages<ArbitrationEngine>(bytes);
  }
  return 0;
}

std::vector<std::string> symphony::fuzz::seeds() {
  const auto line = [](std::string_view method, const char* params) {
    return fuzz::line<ArbitrationEngine>(std::string("arbitration.") + std::string(method), params);
  };
  const std::string two = line("define", R"({"resource":"c","kind":"capacity","capacity":4})") +
                          line("define", R"({"resource":"g","kind":"lock"})") +
                          line("define", R"({"resource":"r","kind":"rate","capacity":9,"refill_per_s":3})") +
                          line("define", R"({"resource":"b","kind":"budget","capacity":9,"period_ms":1})");
  const std::string held = two + line("request", R"({"claims":[{"resource":"c","amount":3},{"resource":"g"}]})") +
                           line("request", R"({"claims":[{"resource":"c","amount":2}],"holder":"h","wait_ms":9})") +
                           line("request", R"({"claims":[{"resource":"b","amount":5}],"user":"u","priority":"low"})");
  ArbitrationEngine engine;
  arbitration::Ask ask;
  ask.claims = {{"g", 1}};
  ask.holder = {"h"};
  static_cast<void>(engine.arbiter().define({"g", arbitration::Kind::lock, 1, 0, 0}));
  static_cast<void>(engine.arbiter().request(ask));
  static_cast<void>(engine.arbiter().request(ask));
  ask.holder = {"other"};
  static_cast<void>(engine.arbiter().request(ask));
  return {
      held + line("release", R"({"request":1})") + line("look", R"({"request":2})") + line("status", "{}"),
      held + line("limit", R"({"resource":"b","scope":"user","name":"u","limit":5})") +
          line("release", R"({"request":3,"spent":[{"resource":"b","amount":1}]})") + line("audit", R"({"user":"u"})"),
      held + line("holder_gone", R"({"holder":"fuzzer"})") + line("explain", R"({"request":2})") +
          line("policy", R"({"ageing_ms":5,"weights":[{"share":"h","weight":2}]})") +
          line("remove", R"({"resource":"r"})"),
      engine.snapshot()->dump(),
  };
}
