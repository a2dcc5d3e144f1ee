#pragma once
// A described struct (typed.h) from a document that is held already: in process no bytes were ever made of it.

#include <concepts>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include <symphony/ipc/error.h>
#include <symphony/ipc/typed.h>

namespace symphony::ipc {

namespace detail {

/// False with the path filled in, and `why` when it was not the innermost that knew.
template <class T>
bool take_value(const nlohmann::json& source, T& value, FailedPath& path, const char*& why, std::size_t depth) {
  const auto refuse = [&](const char* reason) {
    why = reason;
    return false;
  };
  if (depth > limits::document_depth) {
    return refuse("it is nested deeper than 64");
  }
  if constexpr (std::is_same_v<T, bool>) {
    value = source.is_boolean() && source.get<bool>();
    return source.is_boolean() || refuse("it is not true or false");
  } else if constexpr (std::integral<T>) {
    if (!source.is_number_integer()) {
      return refuse("it is not an integer");
    }
    const bool good = source.is_number_unsigned() ? std::in_range<T>(source.get<std::uint64_t>())
                                                  : std::in_range<T>(source.get<std::int64_t>());
    value = good ? source.get<T>() : T{};
    return good || refuse("it is out of range");
  } else if constexpr (std::floating_point<T>) {
    value = source.is_number() ? source.get<T>() : T{};
    return source.is_number() || refuse("it is not a number");
  } else if constexpr (std::is_same_v<T, nlohmann::json>) {
    value = source;
    return true;
  } else if constexpr (std::is_same_v<T, std::string>) {
    if (!source.is_string()) {
      return refuse("it is not a text");
    }
    value = source.get_ref<const std::string&>();
    return true;
  } else if constexpr (is_optional<T>) {
    if (source.is_null()) {
      value.reset();
      return true;
    }
    return take_value(source, value.emplace(), path, why, depth);
  } else if constexpr (is_vector<T>) {
    if (!source.is_array()) {
      return refuse("it is not an array");
    }
    value.clear();
    for (std::size_t index = 0; index < source.size(); ++index) {
      typename T::value_type item{};
      if (!take_value(source[index], item, path, why, depth + 1)) {
        return path.at(std::to_string(index));
      }
      value.push_back(std::move(item));
    }
    return true;
  } else {
    static_assert(Described<T>, "a field is a bool, number, text, document, optional, vector, or described struct");
    if (!source.is_object()) {
      return refuse("it is not an object");
    }
    const auto take_field = [&](const auto& described) {
      auto& member = value.*described.member;
      const auto found = source.find(described.name);
      if (found == source.end()) {
        return is_optional<std::remove_cvref_t<decltype(member)>> || refuse("it is missing") || path.at(described.name);
      }
      return take_value(*found, member, path, why, depth + 1) || path.at(described.name);
    };
    return std::apply([&](const auto&... fields) { return (take_field(fields) && ...); }, T::fields);
  }
}

Error typed_error(const FailedPath& path, const char* why);

}  // namespace detail

/// The same struct decode_typed() would give for the document's bytes. Errors: invalid_params, data.path names the
/// field.
template <Described T>
requires(!detail::holds_views<T>()) Result<T> from_document(const nlohmann::json& document) {
  T value{};
  detail::FailedPath path;
  const char* why = "";
  if (!detail::take_value(document, value, path, why, 0)) {
    return detail::typed_error(path, why);
  }
  return value;
}

}  // namespace symphony::ipc
