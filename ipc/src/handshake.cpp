#include "handshake.h"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>

#include <symphony/ipc/limits.h>
#include <symphony/ipc/stream_limits.h>

namespace symphony::ipc {
namespace {

using nlohmann::json;

const json* member(const json& document, std::string_view name) {
  if (!document.is_object()) {
    return nullptr;
  }
  const auto found = document.find(name);
  return found == document.end() ? nullptr : &*found;
}

std::optional<std::uint32_t> number(const json* value) {
  if (value == nullptr || !value->is_number_integer()) {
    return std::nullopt;
  }
  const auto wide = value->get<std::int64_t>();
  if (wide < 0 || wide > std::numeric_limits<std::uint32_t>::max()) {
    return std::nullopt;
  }
  return static_cast<std::uint32_t>(wide);
}

std::optional<std::string> short_text(const json* value) {
  constexpr std::size_t longest = 256;
  if (value == nullptr || !value->is_string() || value->get_ref<const std::string&>().size() > longest) {
    return std::nullopt;
  }
  return value->get<std::string>();
}

std::string_view name_of(BodyFormat format) noexcept { return format == BodyFormat::msgpack ? "msgpack" : "json"; }

std::optional<BodyFormat> format_named(const json* value) {
  if (value != nullptr && *value == "msgpack") {
    return BodyFormat::msgpack;
  }
  if (value != nullptr && *value == "json") {
    return BodyFormat::json;
  }
  return std::nullopt;
}

constexpr std::array<std::pair<const char*, bool WireFeatures::*>, 5> known_features{{
    {"arena", &WireFeatures::arena},
    {"bytes", &WireFeatures::bytes},
    {"progress", &WireFeatures::progress},
    {"streams", &WireFeatures::streams},
    {"rings", &WireFeatures::rings},
}};

json feature_names(const WireFeatures& features) {
  json names = json::array();
  for (const auto& [name, feature] : known_features) {
    if (features.*feature) {
      names.push_back(name);
    }
  }
  return names;
}

WireFeatures features_named(const json* names) {
  WireFeatures features;
  if (names != nullptr && names->is_array()) {
    for (const auto& [name, feature] : known_features) {
      features.*feature = std::find(names->begin(), names->end(), name) != names->end();
    }
  }
  features.rings = features.rings && features.streams;
  return features;
}

std::optional<std::uint32_t> newest_common(std::uint32_t min, std::uint32_t max, std::uint32_t our_min,
                                           std::uint32_t our_max) {
  const std::uint32_t newest = std::min(max, our_max);
  if (newest < std::max(min, our_min)) {
    return std::nullopt;
  }
  return newest;
}

Error no_common(std::string_view what, std::uint32_t min, std::uint32_t max, std::uint32_t our_min,
                std::uint32_t our_max) {
  const auto range = [](std::uint32_t from, std::uint32_t to) {
    return std::to_string(from) + " to " + std::to_string(to);
  };
  return Error{ErrorCode::version_mismatch,
               "No common " + std::string(what) + " version: the client speaks " + range(min, max) + ", the host " +
                   range(our_min, our_max) + ".",
               {{"client", {{"min", min}, {"max", max}}}, {"host", {{"min", our_min}, {"max", our_max}}}}};
}

}  // namespace

json hello_document(const std::string& name, const std::string& version, const std::string& token,
                    BodyFormat preferred) {
  const BodyFormat other = preferred == BodyFormat::msgpack ? BodyFormat::json : BodyFormat::msgpack;
  json document = {
      {"protocol", {{"min", limits::protocol_version_min}, {"max", limits::protocol_version_max}}},
      {"contract", {{"min", limits::contract_version_min}, {"max", limits::contract_version_max}}},
      {"name", name},
      {"version", version},
      {"formats", {name_of(preferred), name_of(other)}},
      {"features", feature_names({true, true, true, true, true})},
  };
  if (!token.empty()) {
    document["token"] = token;
  }
  return document;
}

Result<Hello> read_hello(const json& document) {
  Hello hello;
  for (const auto& [range, min, max] : {std::tuple{"protocol", &hello.protocol_min, &hello.protocol_max},
                                        std::tuple{"contract", &hello.contract_min, &hello.contract_max}}) {
    const json* value = member(document, range);
    const auto low = value != nullptr ? number(member(*value, "min")) : std::nullopt;
    const auto high = value != nullptr ? number(member(*value, "max")) : std::nullopt;
    if (!low || !high || *low > *high) {
      return invalid_params("The hello's version range is missing or wrong.", std::string("/") + range);
    }
    *min = *low;
    *max = *high;
  }
  const auto name = short_text(member(document, "name"));
  const auto version = short_text(member(document, "version"));
  if (!name || !version) {
    return invalid_params("The hello's name or version is missing or longer than 256 bytes.",
                          name ? "/version" : "/name");
  }
  hello.name = *name;
  hello.version = *version;
  if (const json* token = member(document, "token"); token != nullptr) {
    const auto text = short_text(token);
    if (!text) {
      return invalid_params("The hello's token is not a text of at most 256 bytes.", "/token");
    }
    hello.token = *text;
  }
  // A feature nobody here knows is one the client must do without.
  hello.features = features_named(member(document, "features"));
  const json* formats = member(document, "formats");
  if (formats != nullptr && formats->is_array()) {
    for (const json& candidate : *formats) {
      if (const auto format = format_named(&candidate)) {
        hello.format = *format;
        return hello;
      }
    }
  }
  return invalid_params("The hello names no body format that is known here (msgpack, json).", "/formats");
}

Result<Welcome> agree(const Hello& hello, std::string endpoint, std::string host_name, std::string host_version) {
  const auto protocol =
      newest_common(hello.protocol_min, hello.protocol_max, limits::protocol_version_min, limits::protocol_version_max);
  if (!protocol) {
    return no_common("protocol", hello.protocol_min, hello.protocol_max, limits::protocol_version_min,
                     limits::protocol_version_max);
  }
  const auto contract =
      newest_common(hello.contract_min, hello.contract_max, limits::contract_version_min, limits::contract_version_max);
  if (!contract) {
    return no_common("contract", hello.contract_min, hello.contract_max, limits::contract_version_min,
                     limits::contract_version_max);
  }
  return Welcome{*protocol,    *contract, std::move(endpoint), std::move(host_name), std::move(host_version),
                 hello.format, 0,         hello.features};
}

json welcome_document(const Welcome& welcome) {
  json document = {
      {"protocol", welcome.protocol},
      {"contract", welcome.contract},
      {"endpoint", welcome.endpoint},
      {"format", name_of(welcome.format)},
      {"host", {{"name", welcome.host_name}, {"version", welcome.host_version}}},
      {"limits", {{"body_bytes", limits::body_bytes}, {"pending_requests", limits::pending_requests_per_peer}}}};
  if (json features = feature_names(welcome.features); !features.empty()) {
    document["features"] = std::move(features);
  }
  if (welcome.features.streams) {
    document["limits"]["stream_message_bytes"] = limits::stream_message_bytes;
    document["limits"]["streams"] = limits::streams_per_peer;
  }
  if (welcome.arena_bytes > 0) {
    document["arena"] = {{"bytes", welcome.arena_bytes}};
    document["limits"]["shared_body_bytes"] = limits::shared_body_bytes;
  }
  return document;
}

Result<Welcome> read_welcome(const json& document) {
  Welcome welcome;
  const auto protocol = number(member(document, "protocol"));
  const auto contract = number(member(document, "contract"));
  const auto endpoint = short_text(member(document, "endpoint"));
  const auto format = format_named(member(document, "format"));
  if (!protocol || !contract || !endpoint || !format) {
    return Error{ErrorCode::parse_error, "The host's welcome is not of the documented form.", nullptr};
  }
  welcome.protocol = *protocol;
  welcome.contract = *contract;
  welcome.endpoint = *endpoint;
  welcome.format = *format;
  welcome.features = features_named(member(document, "features"));
  if (const json* arena = member(document, "arena"); arena != nullptr) {
    const auto bytes = number(member(*arena, "bytes"));
    if (!bytes || *bytes == 0) {
      return Error{ErrorCode::parse_error, "The host's welcome is not of the documented form.", nullptr};
    }
    welcome.arena_bytes = *bytes;
  }
  welcome.features.arena = welcome.arena_bytes > 0;
  if (const json* host = member(document, "host"); host != nullptr) {
    welcome.host_name = short_text(member(*host, "name")).value_or("");
    welcome.host_version = short_text(member(*host, "version")).value_or("");
  }
  return welcome;
}

}  // namespace symphony::ipc
