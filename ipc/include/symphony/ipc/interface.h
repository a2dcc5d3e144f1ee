#pragma once
// An interface definition, compiled: what the methods of a service take and give. docs/interfaces.md has them for
// people, symphony/interfaces/NAME.h as C++ types.

#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <symphony/ipc/error.h>
#include <symphony/ipc/payload.h>
#include <symphony/ipc/schema_check.h>

namespace symphony::ipc {

/// Immutable; any thread.
class Interface {
 public:
  /// One this program was built with (ipc/interfaces/NAME.json); null when there is none. Compiled at the first call.
  static std::shared_ptr<const Interface> built_in(std::string_view name);
  /// Errors: invalid_params, data.path names the place in the definition.
  static Result<Interface> compile(const nlohmann::json& definition);

  const std::string& name() const noexcept { return name_; }
  bool knows(std::string_view method) const noexcept { return methods_.find(method) != methods_.end(); }

  /// In alphabetical order.
  std::vector<std::string> methods() const;

  /// The body to hand on: the same, or `{}` where it was absent, or a copy of one in shared memory, whose sender could
  /// change it after the check. A body in MessagePack is checked where it lies, JSON text (for debugging) is decoded.
  /// What belongs to an unknown method is handed on unread. Errors: as of Schema::check_msgpack().
  Result<Payload> check_params(std::string_view method, Payload body) const;
  /// For tests of a service: that its results are what the definition promises. Nothing is wrong with the result of an
  /// unknown method.
  Result<void> check_result(std::string_view method, const Payload& body) const;

 private:
  struct Shapes {
    Schema params;
    std::optional<Schema> result;
  };

  Interface() = default;

  std::string name_;
  std::map<std::string, Shapes, std::less<>> methods_;
};

}  // namespace symphony::ipc
