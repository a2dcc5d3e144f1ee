// Plug-ins that do everything wrong, one way each (HOSTILE).

#include <symphony/pit/plugin_abi.h>

#include <cstdlib>
#include <cstring>
#include <stdexcept>

#define EXPORTED extern "C" __attribute__((visibility("default")))

namespace {

[[maybe_unused]] int give(symphony_pit_bytes* answer, const char* bytes, std::uint64_t size) {
  char* const copy = static_cast<char*>(std::malloc(size == 0 ? 1 : size));
  std::memcpy(copy, bytes, size);
  *answer = {copy, size};
  return 0;
}

}  // namespace

enum : int {
  old_version = 1,
  no_destroy,
  throws_making,
  makes_nothing,
  throws,
  says_nothing,
  null_answer,
  huge_answer,
  garbage,
  no_result,
  bad_name,
  other_contract,
  deep_answer,
  bad_init
};

EXPORTED uint32_t symphony_pit_api_version(uint32_t, uint32_t newest) {
  return HOSTILE == old_version ? newest + 1 : newest;
}

EXPORTED symphony_pit_module* symphony_pit_create(uint32_t) {
  if (HOSTILE == throws_making) throw std::runtime_error("no");
  static char module;
  return HOSTILE == makes_nothing ? nullptr : reinterpret_cast<symphony_pit_module*>(&module);
}

EXPORTED int32_t symphony_pit_handle(symphony_pit_module*, const char*, uint64_t, symphony_pit_bytes* answer) {
  switch (HOSTILE) {
    case throws:
      throw 7;
    case says_nothing:
      return -1;
    case null_answer:
      *answer = {nullptr, 12};
      return 0;
    case huge_answer:
      give(answer, "x", 1);
      answer->size = 1ULL << 62U;
      return 0;
    case garbage:
      return give(answer, "\xC1\xFF garbage", 10);
    case no_result:
      return give(answer, "\x80", 1);
    case bad_name:
      // {"result": {"id": "../x", "contract": 1, "kept_by_host": false, "holder_gone": ""}}
      return give(answer,
                  "\x81\xA6result\x84\xA2id\xA4../x\xA8"
                  "contract\x01\xAC"
                  "kept_by_host\xC2\xAB"
                  "holder_gone\xA0",
                  54);
    case other_contract:
      return give(answer,
                  "\x81\xA6result\x84\xA2id\xA4"
                  "abcd\xA8"
                  "contract\x09\xAC"
                  "kept_by_host\xC2\xAB"
                  "holder_gone\xA0",
                  54);
    case deep_answer: {
      char deep[4096];
      std::memset(deep, 0x91, sizeof deep);
      return give(answer, deep, sizeof deep);
    }
    case bad_init: {
      // The pool_manager, until more is asked of it.
      static bool described = false;
      if (described) return 1;
      described = true;
      static const char said[] =
          "\x81\xA6result\x84\xA2id\xAC"
          "pool_manager\xA8"
          "contract\x01\xAC"
          "kept_by_host\xC2\xAB"
          "holder_gone\xA0";
      return give(answer, said, sizeof said - 1);
    }
    default:
      return 1;
  }
}

EXPORTED void symphony_pit_free(symphony_pit_bytes* bytes) { std::free(const_cast<char*>(bytes->bytes)); }

#if HOSTILE != 2
EXPORTED void symphony_pit_destroy(symphony_pit_module*) {}
#endif
