#pragma once
// A known method's parameters or result as a C++ struct: straight to and from MessagePack, without a JSON document.
//
//   struct OpenFile {
//     std::string path;
//     std::uint32_t line = 1;
//     std::optional<std::string> mode;
//     static constexpr auto fields = symphony::ipc::describe(field("path", &OpenFile::path),
//                                                            field("line", &OpenFile::line), field("mode",
//                                                            &OpenFile::mode));
//   };
//   bus.send_request("me", {"workbench", "workbench.open", write(OpenFile{"a.txt"})}, {}, …);
//   Result<OpenFile> asked = read<OpenFile>(incoming.body);
//
// On the wire it is the same object a document would be (docs/protocol.md section 4): the far end need not know of it.

#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <symphony/ipc/detail/msgpack_cursor.h>
#include <symphony/ipc/error.h>
#include <symphony/ipc/limits.h>
#include <symphony/ipc/payload.h>

namespace symphony::ipc {

/// One member and its name in the object: at most 31 bytes, `a-z`, `A-Z`, `0-9`, `_`.
template <class Owner, class Member>
struct Field {
  std::string_view name;
  Member Owner::*member;
};

template <class Owner, class Member>
consteval Field<Owner, Member> field(std::string_view name, Member Owner::*member) {
  constexpr std::size_t longest = 31;
  if (name.empty() || name.size() > longest) {
    throw "a field's name has 1 to 31 bytes";
  }
  for (const char c : name) {
    if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_')) {
      throw "a field's name has a character that is not allowed";
    }
  }
  return {name, member};
}

template <class... Fields>
consteval std::tuple<Fields...> describe(Fields... fields) {
  return {fields...};
}

/// A struct with a `fields` list.
template <class T>
concept Described = requires {
  std::tuple_size<std::remove_cvref_t<decltype(T::fields)>>::value;
};

namespace detail {

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;
template <class T>
inline constexpr bool is_vector = false;
template <class T>
inline constexpr bool is_vector<std::vector<T>> = true;

template <class T>
consteval bool holds_views() {
  if constexpr (std::is_same_v<T, std::string_view>) {
    return true;
  } else if constexpr (is_optional<T> || is_vector<T>) {
    return holds_views<typename T::value_type>();
  } else if constexpr (Described<T>) {
    return std::apply(
        [](const auto&... fields) {
          return (holds_views<std::remove_cvref_t<decltype(std::declval<T&>().*fields.member)>>() || ...);
        },
        T::fields);
  } else {
    return false;
  }
}

template <class T>
void write_value(MsgpackWriter& out, const T& value) {
  if constexpr (std::is_same_v<T, bool>) {
    out.boolean(value);
  } else if constexpr (std::unsigned_integral<T>) {
    out.unsigned_number(value);
  } else if constexpr (std::signed_integral<T>) {
    out.signed_number(value);
  } else if constexpr (std::floating_point<T>) {
    out.number(value);
  } else if constexpr (std::is_same_v<T, nlohmann::json>) {
    out.document(value);
  } else if constexpr (std::is_convertible_v<const T&, std::string_view>) {
    out.text(value);
  } else if constexpr (is_optional<T>) {
    value ? write_value(out, *value) : out.null();
  } else if constexpr (is_vector<T>) {
    out.array(value.size());
    for (const auto& item : value) {
      write_value(out, static_cast<const typename T::value_type&>(item));
    }
  } else {
    static_assert(Described<T>, "a field is a bool, number, text, document, optional, vector, or described struct");
    // An empty optional is left out, so that the far end sees the same object as one that never knew the field.
    const auto present = [](const auto& member) {
      if constexpr (is_optional<std::remove_cvref_t<decltype(member)>>) {
        return member.has_value();
      } else {
        return true;
      }
    };
    std::apply(
        [&](const auto&... fields) {
          out.object((std::size_t{0} + ... + static_cast<std::size_t>(present(value.*fields.member))));
          ((present(value.*fields.member) ? (out.short_name(fields.name), write_value(out, value.*fields.member))
                                          : void()),
           ...);
        },
        T::fields);
  }
}

/// Where a value was wrong, innermost first; joined to a JSON Pointer when it is known.
struct FailedPath {
  std::vector<std::string> parts;
  bool at(std::string_view part) {
    parts.emplace_back(part);
    return false;
  }
  std::string pointer() const;
};

template <class T>
bool read_value(MsgpackReader& in, T& value, FailedPath& path, std::size_t depth);

template <class T>
bool read_object(MsgpackReader& in, T& value, FailedPath& path, std::size_t depth) {
  constexpr std::size_t field_count = std::tuple_size_v<std::remove_cvref_t<decltype(T::fields)>>;
  static_assert(field_count <= 64);
  std::size_t count = 0;
  if (depth >= limits::document_depth) {
    return in.refuse("it is nested deeper than 64");
  }
  if (!in.object(count)) {
    return false;
  }
  std::uint64_t seen = 0;
  const auto read_field = [&]<std::size_t index>(std::integral_constant<std::size_t, index>) {
    const auto& described = std::get<index>(T::fields);
    // Twice the same name: the last one counts, as in a document.
    seen |= std::uint64_t{1} << index;
    return read_value(in, value.*described.member, path, depth + 1) || path.at(described.name);
  };
  // Fields mostly come in the order they are described in: then no name is compared twice.
  std::size_t taken = 0;
  bool good = true;
  const auto in_order = [&]<std::size_t... index>(std::index_sequence<index...>) {
    (void)((good && taken < count && in.skip_name(std::get<index>(T::fields).name)
                ? (++taken, good = read_field(std::integral_constant<std::size_t, index>()))
                : good) &&
           ...);
  };
  in_order(std::make_index_sequence<field_count>());
  for (; good && taken < count; ++taken) {
    std::string_view name;
    if (!in.text(name)) {
      return false;
    }
    bool known = false;
    const auto by_name = [&]<std::size_t... index>(std::index_sequence<index...>) {
      (void)((name == std::get<index>(T::fields).name
                  ? (known = true, good = read_field(std::integral_constant<std::size_t, index>()), true)
                  : false) ||
             ...);
    };
    by_name(std::make_index_sequence<field_count>());
    if (!known && !in.skip(depth + 1)) {  // a newer sender may say more than is known here
      constexpr std::size_t shown = 128;
      return path.at(name.substr(0, shown));
    }
  }
  if (!good) {
    return false;
  }
  const auto check_missing = [&]<std::size_t... index>(std::index_sequence<index...>) {
    const auto present = [&]<std::size_t at>(std::integral_constant<std::size_t, at>) {
      using Member = std::remove_cvref_t<decltype(value.*std::get<at>(T::fields).member)>;
      return is_optional<Member> || ((seen >> at) & 1U) != 0 || in.refuse("it is missing") ||
             path.at(std::get<at>(T::fields).name);
    };
    return (present(std::integral_constant<std::size_t, index>()) && ...);
  };
  return check_missing(std::make_index_sequence<field_count>());
}

template <class T>
bool read_value(MsgpackReader& in, T& value, FailedPath& path, std::size_t depth) {
  if constexpr (std::is_same_v<T, bool>) {
    return in.boolean(value);
  } else if constexpr (std::unsigned_integral<T>) {
    std::uint64_t wide = 0;
    if (!in.unsigned_number(wide)) {
      return false;
    }
    value = static_cast<T>(wide);
    return wide <= std::numeric_limits<T>::max() || in.refuse("it is too large");
  } else if constexpr (std::signed_integral<T>) {
    std::int64_t wide = 0;
    if (!in.signed_number(wide)) {
      return false;
    }
    value = static_cast<T>(wide);
    return std::in_range<T>(wide) || in.refuse("it is out of range");
  } else if constexpr (std::floating_point<T>) {
    double wide = 0;
    if (!in.number(wide)) {
      return false;
    }
    value = static_cast<T>(wide);
    return true;
  } else if constexpr (std::is_same_v<T, nlohmann::json>) {
    return in.document(value);
  } else if constexpr (std::is_same_v<T, std::string> || std::is_same_v<T, std::string_view>) {
    std::string_view view;
    if (!in.text(view)) {
      return false;
    }
    value = view;
    return true;
  } else if constexpr (is_optional<T>) {
    if (in.null()) {
      value.reset();
      return true;
    }
    return read_value(in, value.emplace(), path, depth);
  } else if constexpr (is_vector<T>) {
    std::size_t count = 0;
    if (depth >= limits::document_depth) {
      return in.refuse("it is nested deeper than 64");
    }
    if (!in.array(count)) {
      return false;
    }
    value.clear();
    // Grows with the items that are really there: an item in memory is larger than the byte that announces it.
    for (std::size_t index = 0; index < count; ++index) {
      typename T::value_type item{};
      if (!read_value(in, item, path, depth + 1)) {
        return path.at(std::to_string(index));
      }
      value.push_back(std::move(item));
    }
    return true;
  } else {
    static_assert(Described<T>, "a field is a bool, number, text, document, optional, vector, or described struct");
    return read_object(in, value, path, depth);
  }
}

Error typed_error(const FailedPath& path, const MsgpackReader& in);
struct OwnedBytes {
  std::string_view view;
  std::shared_ptr<const void> owner;
};
/// The payload's bytes as MessagePack: its own where it holds them and nobody changes them. Errors: parse_error.
Result<OwnedBytes> msgpack_of(const Payload& payload);

/// Empty, and this thread's: small messages are written into it and then copied in one piece.
std::string& writing_room();
Payload written(std::string& room);

}  // namespace detail

/// `value` as an object in MessagePack, appended to `out`.
template <Described T>
void encode_typed(const T& value, std::string& out) {
  detail::MsgpackWriter writer(out);
  detail::write_value(writer, value);
}

/// Text fields of type std::string_view point into `bytes`. Errors: invalid_params, data.path names the field.
template <Described T>
Result<T> decode_typed(std::string_view bytes) {
  if (bytes.size() > limits::body_bytes) {
    return Error{ErrorCode::payload_too_large, "The body is too large.", {{"limit", limits::body_bytes}}};
  }
  detail::MsgpackReader reader(bytes);
  detail::FailedPath path;
  T value{};
  if (!detail::read_value(reader, value, path, 0) || (!reader.at_end() && !reader.refuse("bytes follow it"))) {
    return detail::typed_error(path, reader);
  }
  return value;
}

/// A body that is bytes from the start: it is decoded only by a receiver that asks for a document.
template <Described T>
Payload write(const T& value) {
  std::string& room = detail::writing_room();
  encode_typed(value, room);
  return detail::written(room);
}

/// Errors: parse_error, or invalid_params whose data.path names the field.
template <Described T>
requires(!detail::holds_views<T>()) Result<T> read(const Payload& payload) {
  const auto bytes = detail::msgpack_of(payload);
  if (!bytes) {
    return bytes.error();
  }
  return decode_typed<T>(bytes->view);
}

/// A value whose std::string_view fields point into bytes it keeps alive.
template <Described T>
struct Viewed {
  T value;
  std::shared_ptr<const void> owner;
  const T* operator->() const noexcept { return &value; }
};

/// Like read(), without a copy of the texts.
template <Described T>
Result<Viewed<T>> view(const Payload& payload) {
  auto bytes = detail::msgpack_of(payload);
  if (!bytes) {
    return bytes.error();
  }
  auto value = decode_typed<T>(bytes->view);
  if (!value) {
    return value.error();
  }
  return Viewed<T>{std::move(*value), std::move(bytes->owner)};
}

}  // namespace symphony::ipc
