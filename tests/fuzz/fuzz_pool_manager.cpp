// Any messages to the Pool Manager, and any document as its saved state.

#include "pit_messages.h"
#include "pool_manager/pool_manager.h"

namespace pool = symphony::pit::pool;
using symphony::pit::PoolManager;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (!bytes.empty() && bytes[0] == '{') {
    symphony::fuzz::restore_state<PoolManager>(bytes);
  } else {
    symphony::fuzz::send_messages<PoolManager>(bytes);
  }
  return 0;
}

std::vector<std::string> symphony::fuzz::seeds() {
  const auto line = [](std::string_view method, const char* params) { return fuzz::line<PoolManager>(method, params); };
  const std::string two = line("pool.add", R"({"resource":"a","key":"k","memory_bytes":9,"load_ms":5})") +
                          line("pool.add", R"({"resource":"b","key":"k","kind":"model"})");
  const std::string leased = two + line("pool.allocate", R"({"key":"k","lease_ms":50})") +
                             line("pool.report", R"({"resource":"b","state":"ready"})");
  PoolManager manager;
  static_cast<void>(manager.pool().add({"a", "k", pool::Kind::model, 1, 2}));
  static_cast<void>(manager.pool().allocate("k", {"h"}));
  return {
      leased + line("pool.release", R"({"lease":131073,"succeeded":false})") + line("pool.status", "{}"),
      leased + line("pool.fail", R"({"resource":"b","reason":"x"})") + line("pool.history", R"({"after":1})"),
      leased + line("pool.holder_gone", R"({"holder":"fuzzer"})") + line("pool.evict", R"({"count":3})"),
      two + line("pool.prewarm", R"({"key":"k","count":2})") + line("pool.resize", R"({"count":1,"memory_bytes":5})") +
          line("pool.predict", R"({"expected":[{"key":"k","probability":0.5,"within_ms":9}]})") +
          line("pool.describe", R"({"resource":"a"})") + line("pool.remove", R"({"resource":"a"})"),
      manager.snapshot()->dump(),
  };
}
