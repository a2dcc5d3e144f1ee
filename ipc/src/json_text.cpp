#include "json_text.h"

#include <string>
#include <vector>

#include <symphony/ipc/limits.h>

namespace symphony::ipc {
namespace {

using nlohmann::json;

/// Builds a document from the parser's events and stops it at the first one that passes a limit.
class BoundedBuilder {
 public:
  bool null() { return add(nullptr); }
  bool boolean(bool value) { return add(value); }
  bool number_integer(std::int64_t value) { return add(value); }
  bool number_unsigned(std::uint64_t value) { return add(value); }
  bool number_float(double value, const std::string&) { return add(value); }
  bool string(std::string& value) { return add(std::move(value)); }
  bool binary(json::binary_t&) { return refuse("binary values are not used"); }
  bool start_object(std::size_t) { return open(json::object()); }
  bool start_array(std::size_t) { return open(json::array()); }
  bool end_object() { return close(); }
  bool end_array() { return close(); }
  bool key(std::string& name) {
    member_ = &(*open_.back())[std::move(name)];
    return true;
  }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception& error) {
    return refuse(error.what());
  }

  json take() { return std::move(root_); }
  const std::string& reason() const noexcept { return reason_; }

 private:
  bool refuse(std::string reason) {
    reason_ = std::move(reason);
    return false;
  }

  json* place(json&& value) {
    if (++values_ > limits::document_values) {
      refuse("the document has too many values");
      return nullptr;
    }
    if (open_.empty()) {
      root_ = std::move(value);
      return &root_;
    }
    if (open_.back()->is_array()) {
      return &open_.back()->get_ref<json::array_t&>().emplace_back(std::move(value));
    }
    *member_ = std::move(value);
    return member_;
  }

  bool add(json value) { return place(std::move(value)) != nullptr; }

  bool open(json value) {
    if (open_.size() >= limits::document_depth) {
      return refuse("the document is nested deeper than 64");
    }
    json* placed = place(std::move(value));
    if (placed == nullptr) {
      return false;
    }
    open_.push_back(placed);
    return true;
  }

  bool close() {
    open_.pop_back();
    return true;
  }

  json root_;
  std::vector<json*> open_;
  json* member_ = nullptr;
  std::size_t values_ = 0;
  std::string reason_;
};

}  // namespace

Result<json> decode_json_text(std::string_view bytes) {
  BoundedBuilder builder;
  if (!json::sax_parse(bytes.begin(), bytes.end(), &builder)) {
    return Error{ErrorCode::parse_error, "The body is not a JSON document: " + builder.reason() + ".", nullptr};
  }
  return builder.take();
}

}  // namespace symphony::ipc
