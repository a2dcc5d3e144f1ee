#pragma once
// The documents of docs/protocol.md section 3.

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include <symphony/ipc/envelope.h>
#include <symphony/ipc/error.h>

namespace symphony::ipc {

struct Hello {
  std::uint32_t protocol_min = 0;
  std::uint32_t protocol_max = 0;
  std::uint32_t contract_min = 0;
  std::uint32_t contract_max = 0;
  std::string name;
  std::string version;
  std::string token;
  /// The first of the client's formats that is known here.
  BodyFormat format = BodyFormat::json;
  /// What the client does; what is not known here is passed over.
  WireFeatures features;
};

struct Welcome {
  std::uint32_t protocol = 0;
  std::uint32_t contract = 0;
  std::string endpoint;
  std::string host_name;
  std::string host_version;
  BodyFormat format = BodyFormat::json;
  /// Bytes of each of the two arenas whose descriptors come with the welcome; 0: none.
  std::size_t arena_bytes = 0;
  /// What both do.
  WireFeatures features;
};

/// `preferred` is the first of the formats named: the one the host takes.
nlohmann::json hello_document(const std::string& name, const std::string& version, const std::string& token,
                              BodyFormat preferred = BodyFormat::msgpack);
/// Errors: invalid_params.
Result<Hello> read_hello(const nlohmann::json& document);

/// The welcome to `hello`: the newest versions both know. Errors: version_mismatch, naming both ranges.
Result<Welcome> agree(const Hello& hello, std::string endpoint, std::string host_name, std::string host_version);
nlohmann::json welcome_document(const Welcome& welcome);
Result<Welcome> read_welcome(const nlohmann::json& document);

}  // namespace symphony::ipc
