// One walk over a schema, for two ways to read a value: a document, and MessagePack as it came.

#include <symphony/ipc/schema_check.h>

#include <algorithm>
#include <optional>

#include <symphony/ipc/detail/msgpack_cursor.h>
#include <symphony/ipc/limits.h>

#include "schema_data.h"

namespace symphony::ipc {
namespace {

using nlohmann::json;
using Kind = SchemaNode::Kind;

/// What is wrong first. Its path is put together on the way out: a value that is right costs no text.
struct Failure {
  std::vector<std::string> steps;  // innermost first
  std::string what;
  ErrorCode code = ErrorCode::invalid_params;
  std::size_t limit = 0;

  Error to_error(std::string_view place) const {
    std::string path(place);
    for (auto step = steps.rbegin(); step != steps.rend(); ++step) {
      path = pointer_to(path, *step);
    }
    Error error =
        invalid_params((path.empty() ? std::string("The body ") : "The field " + path + " ") + what + ".", path);
    error.code = code;
    if (code == ErrorCode::payload_too_large) {
      error.data["limit"] = limit;
    }
    return error;
  }
};

enum class Taken : std::uint8_t { all, another_type, stopped };

/// A whole number of 64 bits, with or without sign.
struct Integer {
  std::int64_t value = 0;
  bool above = false;  // more than `value` can hold
};

class DocumentSource {
 public:
  explicit DocumentSource(const json& value) : value_(&value) {}

  bool null() const { return value_->is_null(); }
  bool boolean() const { return value_->is_boolean(); }
  bool integer(Integer& out) const {
    if (!value_->is_number_integer()) {
      return false;
    }
    out.above = value_->is_number_unsigned() &&
                value_->get<std::uint64_t>() > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    out.value = out.above ? 0 : value_->get<std::int64_t>();
    return true;
  }
  bool number(double& out) const {
    if (!value_->is_number()) {
      return false;
    }
    out = value_->get<double>();
    return true;
  }
  bool text(std::string_view& out) const {
    if (!value_->is_string()) {
      return false;
    }
    out = value_->get_ref<const std::string&>();
    return true;
  }
  template <class Each>
  Taken array(std::size_t& count, const Each& each) const {
    if (!value_->is_array()) {
      return Taken::another_type;
    }
    count = value_->size();
    std::size_t index = 0;
    for (const json& item : value_->get_ref<const json::array_t&>()) {
      DocumentSource source(item);
      if (!each(index++, source)) {
        return Taken::stopped;
      }
    }
    return Taken::all;
  }
  template <class Each>
  Taken object(const Each& each) const {
    if (!value_->is_object()) {
      return Taken::another_type;
    }
    for (const auto& [name, member] : value_->get_ref<const json::object_t&>()) {
      DocumentSource source(member);
      if (!each(std::string_view(name), source)) {
        return Taken::stopped;
      }
    }
    return Taken::all;
  }
  /// Values nobody described; decoding has held them to the limits already.
  static bool skip(std::size_t) { return true; }

 private:
  const json* value_;
};

class MsgpackSource {
 public:
  explicit MsgpackSource(detail::MsgpackReader& in) : in_(in) {}

  bool null() { return in_.null(); }
  bool boolean() {
    bool ignored = false;
    return in_.boolean(ignored);
  }
  bool integer(Integer& out) {
    const detail::MsgpackReader before = in_;
    if (in_.signed_number(out.value)) {
      return true;
    }
    in_ = before;
    std::uint64_t wide = 0;
    out.above = in_.unsigned_number(wide);
    return out.above;
  }
  bool number(double& out) { return in_.number(out); }
  bool text(std::string_view& out) { return in_.text(out); }
  template <class Each>
  Taken array(std::size_t& count, const Each& each) {
    if (!in_.array(count)) {
      return Taken::another_type;
    }
    for (std::size_t index = 0; index < count; ++index) {
      if (!each(index, *this)) {
        return Taken::stopped;
      }
    }
    return Taken::all;
  }
  template <class Each>
  Taken object(const Each& each) {
    std::size_t count = 0;
    if (!in_.object(count)) {
      return Taken::another_type;
    }
    for (; count > 0; --count) {
      std::string_view name;
      if (!in_.text(name) || !each(name, *this)) {
        return Taken::stopped;
      }
    }
    return Taken::all;
  }
  bool skip(std::size_t depth) { return in_.skip(depth); }

 private:
  detail::MsgpackReader& in_;
};

std::size_t code_points(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

std::string listed(const std::vector<std::string>& choices) {
  std::string text;
  for (const std::string& choice : choices) {
    text += (text.empty() ? "" : ", ") + choice;
  }
  return text;
}

std::string range(const SchemaNode& node) {
  if (node.has_minimum && node.has_maximum) {
    return " from " + std::to_string(node.minimum) + " to " + std::to_string(node.maximum);
  }
  if (node.has_minimum) {
    return " from " + std::to_string(node.minimum);
  }
  return node.has_maximum ? " up to " + std::to_string(node.maximum) : std::string();
}

class Walk {
 public:
  explicit Walk(const std::vector<SchemaNode>& nodes) : nodes_(nodes) {}

  const Failure& failure() const noexcept { return failure_; }

  template <class Source>
  bool value(const SchemaNode& node, Source& source, std::size_t depth) {
    if (node.kind == Kind::any) {
      return source.skip(depth) || wrong("cannot be read");
    }
    if (node.nullable && source.null()) {
      return true;
    }
    switch (node.kind) {
      case Kind::object:
        return object(node, source, depth);
      case Kind::array:
        return array(node, source, depth);
      case Kind::text:
        return text(node, source);
      case Kind::integer:
        return integer(node, source);
      case Kind::number:
        return number(node, source);
      default:
        return source.boolean() || wrong_type(node, "true or false");
    }
  }

 private:
  bool wrong(std::string what) {
    failure_.what = std::move(what);
    return false;
  }
  bool wrong_type(const SchemaNode& node, std::string what) {
    return wrong("must be " + std::move(what) + (node.nullable ? " or null" : ""));
  }
  bool under(std::string_view step) {
    // A name that was received is not repeated at any length.
    constexpr std::size_t shown = 128;
    failure_.steps.emplace_back(step.substr(0, shown));
    return false;
  }

  template <class Source>
  bool object(const SchemaNode& node, Source& source, std::size_t depth) {
    std::uint64_t seen = 0;
    std::size_t expected = 0;
    const auto member = [&](std::string_view name, auto& part) {
      const std::size_t index = node.find(name, expected);
      if (index == SchemaNode::unknown) {
        return (!node.closed || wrong("is not known here")) && (part.skip(depth + 1) || wrong("cannot be read"))
                   ? true
                   : under(name);
      }
      expected = index + 1;
      seen |= std::uint64_t{1} << index;
      return value(nodes_[node.members[index].node], part, depth + 1) || under(name);
    };
    const Taken taken = source.object(member);
    if (taken != Taken::all) {
      return taken == Taken::stopped ? stopped() : wrong_type(node, "an object");
    }
    if ((node.required & ~seen) != 0) {
      const auto missing = std::find_if(node.required_in_order.begin(), node.required_in_order.end(),
                                        [&](std::uint8_t index) { return ((seen >> index) & 1U) == 0; });
      wrong("is missing");
      return under(node.members[*missing].name);
    }
    return true;
  }

  template <class Source>
  bool array(const SchemaNode& node, Source& source, std::size_t depth) {
    std::size_t count = 0;
    const auto item = [&](std::size_t index, auto& part) {
      if (count > node.most_items) {
        return false;
      }
      const bool good =
          node.items ? value(nodes_[*node.items], part, depth + 1) : part.skip(depth + 1) || wrong("cannot be read");
      return good || under(std::to_string(index));
    };
    const Taken taken = source.array(count, item);
    if (taken == Taken::another_type) {
      return wrong_type(node, "a list");
    }
    if (count > node.most_items) {
      return wrong("has more than " + std::to_string(node.most_items) + " items");
    }
    if (taken == Taken::stopped) {
      return stopped();
    }
    return count >= node.least_items || wrong("has fewer than " + std::to_string(node.least_items) + " items");
  }

  template <class Source>
  bool text(const SchemaNode& node, Source& source) {
    std::string_view read;
    if (!source.text(read)) {
      return wrong_type(node, node.choices.empty() ? "text" : "one of " + listed(node.choices));
    }
    if (read.size() > node.most_bytes) {
      failure_.code = ErrorCode::payload_too_large;
      failure_.limit = node.most_bytes;
      return wrong("is longer than " + std::to_string(node.most_bytes) + " bytes");
    }
    if (!node.choices.empty() && std::find(node.choices.begin(), node.choices.end(), read) == node.choices.end()) {
      return wrong_type(node, "one of " + listed(node.choices));
    }
    // A character has one to four bytes: most texts need not be counted.
    if (read.size() > node.most_length && code_points(read) > node.most_length) {
      return wrong("is longer than " + std::to_string(node.most_length) + " characters");
    }
    if (read.size() / 4 < node.least_length && code_points(read) < node.least_length) {
      return wrong(read.empty() ? std::string("must not be empty")
                                : "is shorter than " + std::to_string(node.least_length) + " characters");
    }
    return !node.format || node.format->holds(read) || wrong(node.format->otherwise);
  }

  template <class Source>
  bool integer(const SchemaNode& node, Source& source) {
    Integer read;
    const bool good = source.integer(read) &&
                      (read.above ? !node.has_maximum : read.value >= node.minimum && read.value <= node.maximum);
    return good || wrong_type(node, "a whole number" + range(node));
  }

  template <class Source>
  bool number(const SchemaNode& node, Source& source) {
    double read = 0;
    // Written so that NaN, which MessagePack can carry, is refused as well.
    const bool good = source.number(read) && (!node.has_minimum || read >= static_cast<double>(node.minimum)) &&
                      (!node.has_maximum || read <= static_cast<double>(node.maximum)) && read == read;
    return good || wrong_type(node, "a number" + range(node));
  }

  /// A part has failed and said why, or its name could not be read.
  bool stopped() { return failure_.what.empty() ? wrong("cannot be read") : false; }

  const std::vector<SchemaNode>& nodes_;
  Failure failure_;
};

}  // namespace

Result<void> Schema::check(const json& document, std::string_view place) const {
  Walk walk(data_->nodes);
  DocumentSource source(document);
  if (walk.value(data_->nodes[data_->root], source, 0)) {
    return {};
  }
  return walk.failure().to_error(place);
}

Result<void> Schema::check_msgpack(std::string_view bytes) const {
  if (bytes.size() > limits::shared_body_bytes) {
    return Error{
        ErrorCode::payload_too_large, "The body is larger than 64 MiB.", {{"limit", limits::shared_body_bytes}}};
  }
  Walk walk(data_->nodes);
  detail::MsgpackReader reader(bytes);
  MsgpackSource source(reader);
  if (walk.value(data_->nodes[data_->root], source, 0) && reader.at_end()) {
    return {};
  }
  // Is it a body at all? Whoever sent half of one is told that, not that a field is wrong.
  detail::MsgpackReader whole(bytes);
  if (!whole.skip()) {
    return Error{ErrorCode::parse_error,
                 std::string("The body is not MessagePack that is used here: ") + whole.why() + "."};
  }
  if (!whole.at_end()) {
    return Error{ErrorCode::parse_error, "Bytes follow the body."};
  }
  return walk.failure().to_error("");
}

}  // namespace symphony::ipc
