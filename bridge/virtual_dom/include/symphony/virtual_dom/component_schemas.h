#pragma once
// The components an extension may use and what each prop may hold: ui/schemas/components.json, checked in C++ before
// anything reaches the page.

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include <symphony/ipc/error.h>

namespace symphony::virtual_dom {

/// Names that reach an object's prototype in JavaScript; refused as ids, types, props and events.
bool is_prototype_name(std::string_view name) noexcept;
/// 1–128 characters of `A-Z a-z 0-9 _ . : / -`, not a prototype name.
bool is_valid_id(std::string_view id) noexcept;
/// Adds one step to a JSON Pointer, escaping `~` and `/`.
std::string pointer_to(std::string_view parent, std::string_view step);
/// The same in place.
void append_to_pointer(std::string& pointer, std::string_view step);

/// Immutable once made; any thread.
class ComponentSchemas {
 public:
  /// The schemas this program was built with.
  static const ComponentSchemas& built_in();
  /// Errors: invalid_params naming the part of the schema document that makes no sense.
  static ipc::Result<ComponentSchemas> parse(const nlohmann::json& document);

  ComponentSchemas(ComponentSchemas&&) noexcept;
  ComponentSchemas& operator=(ComponentSchemas&&) noexcept;
  ~ComponentSchemas();

  bool knows(std::string_view type) const noexcept;
  /// Whether nodes of this type hold others. Unknown types may: the page shows a tile in their place.
  bool may_have_children(std::string_view type) const noexcept;

  /// Checks the whole props of a new node: each prop known and right, every required one there. An unknown type's
  /// props are only checked for what must never reach a page (prototype names, over-long strings).
  /// Errors: invalid_params or payload_too_large; `data.path` is `path` + "/<prop>/…".
  ipc::Result<void> check_props(std::string_view type, const nlohmann::json& props, std::string_view path) const;
  /// Checks the props of a `set` operation, where null removes and the others stay.
  ipc::Result<void> check_change(std::string_view type, const nlohmann::json& props, std::string_view path) const;
  /// Checks that `event` is one the component raises. For unknown types: that it is a harmless name.
  ipc::Result<void> check_event(std::string_view type, std::string_view event, std::string_view path) const;

 private:
  struct Data;
  explicit ComponentSchemas(std::unique_ptr<Data> data);
  std::unique_ptr<Data> data_;
};

}  // namespace symphony::virtual_dom
