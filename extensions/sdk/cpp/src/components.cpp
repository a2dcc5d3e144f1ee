#include <symphony/sdk/components.h>

#include "names.h"

#include <string_view>
#include <type_traits>
#include <utility>

namespace symphony::sdk {
namespace {

using nlohmann::json;

template <class T>
json to_value(const T& value) {
  if constexpr (std::is_enum_v<T>) {
    return name_of(value);
  } else {
    return value;
  }
}

/// Collects props; what was not given is not sent.
class Props {
 public:
  template <class Common>
  explicit Props(const Common& common) {
    if constexpr (std::is_same_v<std::remove_cvref_t<decltype(common.label)>, std::string>) {
      set("label", common.label);
    } else {
      maybe("label", common.label);
    }
    flag("grow", common.grow);
    flag("hidden", common.hidden);
  }

  template <class T>
  Props& set(const char* name, const T& value) {
    object_[name] = to_value(value);
    return *this;
  }
  template <class T>
  Props& maybe(const char* name, const std::optional<T>& value) {
    if (value) set(name, *value);
    return *this;
  }
  Props& flag(const char* name, bool value) {
    if (value) object_[name] = true;
    return *this;
  }
  json take() { return std::move(object_); }

 private:
  json object_ = json::object();
};

/// Only events somebody handles are asked for.
template <class... Events>
Node::Handlers handlers(Events... events) {
  Node::Handlers list;
  const auto add = [&list](std::pair<const char*, EventHandler> event) {
    if (event.second) list.emplace_back(event.first, std::move(event.second));
  };
  (add(std::move(events)), ...);
  return list;
}

template <class Handler>
std::pair<const char*, EventHandler> on(const char* event, const Handler& handler) {
  return {event, handler_of(handler)};
}

json rows_of(const Rows<TreeRow>& rows) {
  json items = json::array();
  for (const TreeRow& row : rows.items) {
    json item = {{"key", row.key}, {"label", row.label}, {"level", row.level}, {"parent", row.parent}};
    if (row.expanded) item["expanded"] = *row.expanded;
    if (row.busy) item["busy"] = true;
    if (row.icon) item["icon"] = name_of(*row.icon);
    if (row.tone) item["tone"] = name_of(*row.tone);
    if (row.detail) item["detail"] = *row.detail;
    if (row.position != 0) item["position"] = row.position;
    if (row.siblings != 0) item["siblings"] = row.siblings;
    items.push_back(std::move(item));
  }
  return {{"start", rows.start}, {"items", std::move(items)}};
}

json rows_of(const Rows<ListRow>& rows) {
  json items = json::array();
  for (const ListRow& row : rows.items) {
    json item = {{"key", row.key}, {"label", row.label}};
    if (!row.matches.empty()) item["matches"] = row.matches;
    if (row.description) item["description"] = *row.description;
    if (row.icon) item["icon"] = name_of(*row.icon);
    if (row.group) item["group"] = *row.group;
    if (row.mono) item["mono"] = true;
    items.push_back(std::move(item));
  }
  return {{"start", rows.start}, {"items", std::move(items)}};
}

json keys_of(const std::vector<KeyRule>& rules) {
  json list = json::array();
  for (const KeyRule& rule : rules) {
    json item = {{"key", rule.key}, {"action", name_of(rule.action)}};
    if (rule.target) item["target"] = *rule.target;
    if (rule.event) item["event"] = name_of(*rule.event);
    list.push_back(std::move(item));
  }
  return list;
}

}  // namespace

Node column(std::string id, const ColumnProps& props, std::vector<Node> children) {
  return {std::move(id), "Column", Props(props).maybe("gap", props.gap).maybe("padding", props.padding).take(),
          std::move(children)};
}

Node row(std::string id, const RowProps& props, std::vector<Node> children) {
  return {std::move(id), "Row", Props(props).maybe("gap", props.gap).maybe("align", props.align).take(),
          std::move(children)};
}

Node scroll(std::string id, const PlainProps& props, std::vector<Node> children) {
  return {std::move(id), "Scroll", Props(props).take(), std::move(children)};
}

Node separator(std::string id, const PlainProps& props) { return {std::move(id), "Separator", Props(props).take()}; }

Node text(std::string id, const TextProps& props) {
  return {std::move(id), "Text",
          Props(props)
              .set("text", props.text)
              .maybe("tone", props.tone)
              .maybe("size", props.size)
              .maybe("live", props.live)
              .take()};
}

Node heading(std::string id, const HeadingProps& props) {
  return {std::move(id), "Heading", Props(props).set("text", props.text).maybe("level", props.level).take()};
}

Node badge(std::string id, const BadgeProps& props) {
  return {std::move(id), "Badge", Props(props).set("text", props.text).maybe("tone", props.tone).take()};
}

Node icon(std::string id, const IconProps& props) {
  return {std::move(id), "Icon", Props(props).set("name", props.name).take()};
}

Node link(std::string id, const LinkProps& props) {
  return {std::move(id), "Link", Props(props).set("text", props.text).set("href", props.href).take()};
}

Node button(std::string id, const ButtonProps& props) {
  return {std::move(id),
          "Button",
          Props(props)
              .set("text", props.text)
              .maybe("variant", props.variant)
              .flag("disabled", props.disabled)
              .maybe("icon", props.icon)
              .take(),
          {},
          handlers(on("press", props.on_press))};
}

Node icon_button(std::string id, const IconButtonProps& props) {
  return {std::move(id),
          "IconButton",
          Props(props).set("icon", props.icon).flag("disabled", props.disabled).maybe("pressed", props.pressed).take(),
          {},
          handlers(on("press", props.on_press))};
}

Node text_field(std::string id, const TextFieldProps& props) {
  Props collected(props);
  collected.maybe("value", props.value)
      .maybe("edit", props.edit)
      .maybe("placeholder", props.placeholder)
      .maybe("icon", props.icon)
      .flag("disabled", props.disabled)
      .maybe("maxLength", props.max_length)
      .flag("busy", props.busy);
  if (!props.keys.empty()) collected.set("keys", keys_of(props.keys));
  return {std::move(id),
          "TextField",
          collected.take(),
          {},
          handlers(on("change", props.on_change), on("submit", props.on_submit), on("clear", props.on_clear))};
}

Node tree(std::string id, const TreeProps& props) {
  Props collected(props);
  collected.set("count", props.count).set("rows", rows_of(props.rows));
  if (props.active) collected.set("active", json{{"index", props.active->index}, {"edit", props.active->edit}});
  return {std::move(id),
          "Tree",
          collected.take(),
          {},
          handlers(on("range", props.on_range), on("toggle", props.on_toggle), on("activate", props.on_activate),
                   on("focus", props.on_focus), on("typeahead", props.on_typeahead))};
}

Node list(std::string id, const ListProps& props) {
  return {std::move(id),
          "List",
          Props(props).set("count", props.count).set("rows", rows_of(props.rows)).take(),
          {},
          handlers(on("range", props.on_range), on("activate", props.on_activate), on("focus", props.on_focus))};
}

Node empty_state(std::string id, const EmptyStateProps& props, std::vector<Node> children) {
  return {std::move(id), "EmptyState",
          Props(props).set("title", props.title).maybe("icon", props.icon).maybe("text", props.text).take(),
          std::move(children)};
}

Node alert(std::string id, const AlertProps& props, std::vector<Node> children) {
  return {std::move(id), "Alert",
          Props(props).set("tone", props.tone).set("title", props.title).maybe("text", props.text).take(),
          std::move(children)};
}

Node progress(std::string id, const ProgressProps& props) {
  return {std::move(id), "Progress", Props(props).maybe("value", props.value).take()};
}

Node spinner(std::string id, const SpinnerProps& props) { return {std::move(id), "Spinner", Props(props).take()}; }

}  // namespace symphony::sdk
