#pragma once
// What a Pit module in a shared object exports, in C. Documents are MessagePack, as on the bus; every buffer is freed
// by the side that made it. docs/pit.md describes the requests; symphony/pit/plugin.h makes all of this from a C++
// module.

#include <stdint.h>

// NOLINTBEGIN(modernize-use-using, readability-identifier-naming): C reads it as well

#ifdef __cplusplus
extern "C" {
#endif

/// The versions of this interface there are.
#define SYMPHONY_PIT_ABI_OLDEST 1u
#define SYMPHONY_PIT_ABI_NEWEST 1u

/// Bytes of the plug-in: they stay until symphony_pit_free() is called with them.
typedef struct symphony_pit_bytes {
  const char* bytes;
  uint64_t size;
} symphony_pit_bytes;

typedef struct symphony_pit_module symphony_pit_module;

/// Which version both speak, of those from `oldest` to `newest`; 0: none. Called first.
typedef uint32_t symphony_pit_api_version_function(uint32_t oldest, uint32_t newest);
/// Null when it cannot be made.
typedef symphony_pit_module* symphony_pit_create_function(uint32_t version);
/// One request, one answer. 0 when `answer` was filled in. Any thread.
typedef int32_t symphony_pit_handle_function(symphony_pit_module* module, const char* request, uint64_t size,
                                             symphony_pit_bytes* answer);
typedef void symphony_pit_free_function(symphony_pit_bytes* bytes);
/// After the last call of handle.
typedef void symphony_pit_destroy_function(symphony_pit_module* module);

#ifdef __cplusplus
}
#endif
// NOLINTEND(modernize-use-using, readability-identifier-naming)
