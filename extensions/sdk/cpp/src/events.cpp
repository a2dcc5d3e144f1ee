#include <symphony/sdk/events.h>

#include <utility>

namespace symphony::sdk {
namespace {

using nlohmann::json;

/// Reads the fields of one event; once a field is missing or of another type, `ok` stays false.
class Fields {
 public:
  explicit Fields(const json& data) : data_(data), ok_(data.is_object()) {}

  std::uint64_t number(const char* name) {
    const json* field = find(name);
    if (field != nullptr && field->is_number_unsigned()) return field->get<std::uint64_t>();
    if (field != nullptr && field->is_number_integer() && field->get<std::int64_t>() >= 0)
      return field->get<std::uint64_t>();
    ok_ = false;
    return 0;
  }
  std::string text(const char* name) {
    const json* field = find(name);
    if (field != nullptr && field->is_string()) return field->get<std::string>();
    ok_ = false;
    return {};
  }
  std::optional<std::string> optional_text(const char* name) {
    const json* field = find(name);
    if (field == nullptr || field->is_null()) return std::nullopt;
    return text(name);
  }
  bool flag(const char* name) {
    const json* field = find(name);
    if (field != nullptr && field->is_boolean()) return field->get<bool>();
    ok_ = false;
    return false;
  }
  bool ok() const { return ok_; }

 private:
  const json* find(const char* name) const {
    if (!data_.is_object()) return nullptr;
    const auto found = data_.find(name);
    return found == data_.end() ? nullptr : &*found;
  }

  const json& data_;
  bool ok_;
};

template <class Handler, class Read>
EventHandler checked(Handler handler, Read read) {
  if (!handler) return {};
  return [handler = std::move(handler), read](const json& data) {
    Fields fields(data);
    const auto event = read(fields);
    if (fields.ok()) handler(event);
  };
}

}  // namespace

EventHandler handler_of(OnPress handler) {
  if (!handler) return {};
  return [handler = std::move(handler)](const json&) { handler(); };
}

EventHandler handler_of(OnTextEdit handler) {
  return checked(std::move(handler), [](Fields& f) { return TextEdit{f.text("value"), f.number("edit")}; });
}

EventHandler handler_of(OnCleared handler) {
  return checked(std::move(handler), [](Fields& f) { return Cleared{f.number("edit")}; });
}

EventHandler handler_of(OnRange handler) {
  return checked(std::move(handler), [](Fields& f) { return RangeWanted{f.number("start"), f.number("end")}; });
}

EventHandler handler_of(OnActivated handler) {
  return checked(std::move(handler), [](Fields& f) { return RowActivated{f.number("index"), f.text("key")}; });
}

EventHandler handler_of(OnFocused handler) {
  return checked(std::move(handler), [](Fields& f) {
    return RowFocused{f.number("index"), f.optional_text("key"), f.number("edit")};
  });
}

EventHandler handler_of(OnToggled handler) {
  return checked(std::move(handler), [](Fields& f) {
    return RowToggled{f.number("index"), f.text("key"), f.flag("expanded")};
  });
}

EventHandler handler_of(OnTypeahead handler) {
  return checked(std::move(handler), [](Fields& f) { return Typeahead{f.text("text"), f.number("index")}; });
}

}  // namespace symphony::sdk
