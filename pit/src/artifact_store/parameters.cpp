#include "artifact_store/parameters.h"

namespace symphony::pit {

namespace {

[[noreturn]] void refuse(const char* name, const std::string& why) {
  throw ParameterError(ipc::invalid_params("\"" + std::string(name) + "\" " + why, "/" + std::string(name)));
}

}  // namespace

Parameters::Parameters(const nlohmann::json& document) : document_(document) {
  if (!document.is_object() && !document.is_null())
    throw ParameterError(ipc::invalid_params("The parameters must be an object.", ""));
}

const nlohmann::json* Parameters::find(const char* name) const {
  if (!document_.is_object()) return nullptr;
  const auto found = document_.find(name);
  return found == document_.end() ? nullptr : &*found;
}

bool Parameters::has(const char* name) const { return find(name) != nullptr; }

const std::string& Parameters::text(const char* name) const {
  const nlohmann::json* value = find(name);
  if (value == nullptr) refuse(name, "is missing.");
  if (!value->is_string()) refuse(name, "must be text.");
  return value->get_ref<const std::string&>();
}

std::string Parameters::text_or(const char* name, std::string_view fallback) const {
  return has(name) ? text(name) : std::string(fallback);
}

std::int64_t Parameters::integer_or(const char* name, std::int64_t fallback, std::int64_t least,
                                    std::int64_t most) const {
  const nlohmann::json* value = find(name);
  if (value == nullptr) return fallback;
  const std::string range =
      "must be a whole number from " + std::to_string(least) + " to " + std::to_string(most) + ".";
  if (!value->is_number_integer()) refuse(name, range);
  if (value->is_number_unsigned() && value->get<std::uint64_t>() > static_cast<std::uint64_t>(most))
    refuse(name, range);
  const auto number = value->get<std::int64_t>();
  if (number < least || number > most) refuse(name, range);
  return number;
}

nlohmann::json Parameters::object_or_empty(const char* name) const {
  const nlohmann::json* value = find(name);
  if (value == nullptr) return nlohmann::json::object();
  if (!value->is_object()) refuse(name, "must be an object.");
  return *value;
}

}  // namespace symphony::pit
