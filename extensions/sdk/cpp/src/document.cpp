#include <symphony/sdk/document.h>

namespace symphony::sdk {

using nlohmann::json;

const json* member(const json& object, const char* name) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(name);
  return found == object.end() ? nullptr : &*found;
}

std::string text_member(const json& object, const char* name) {
  const json* value = member(object, name);
  return value != nullptr && value->is_string() ? value->get<std::string>() : std::string();
}

std::uint64_t number_member(const json& object, const char* name) {
  const json* value = member(object, name);
  if (value == nullptr || !value->is_number_integer()) return 0;
  if (!value->is_number_unsigned() && value->get<std::int64_t>() < 0) return 0;
  return value->get<std::uint64_t>();
}

}  // namespace symphony::sdk
