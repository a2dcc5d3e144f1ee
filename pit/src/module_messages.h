#pragma once
// What a module needs between its messages and its engine: parameters as the generated structs, results as documents,
// and the border nothing thrown passes.

#include <functional>
#include <map>
#include <new>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>

#include <symphony/ipc/method.h>
#include <symphony/ipc/typed_document.h>
#include <symphony/pit/module.h>

namespace symphony::pit {

/// Methods by name. M is the module, which answers each with a member: Result<json> (const Params&, const Call&).
template <class M>
class MessageTable {
 public:
  /// Reads the parameters as P; what is wrong with them is answered without the module.
  template <class P, Result<nlohmann::json> (M::*answer)(const P&, const Call&)>
  MessageTable& add(const ipc::Method& method) {
    methods_[method.name] = [](M& module, const Call& call) -> Result<nlohmann::json> {
      const auto params = ipc::from_document<P>(call.params);
      if (params.has_error()) return params.error();
      return (module.*answer)(*params, call);
    };
    return *this;
  }
  /// For one without parameters.
  template <Result<nlohmann::json> (M::*answer)(const Call&)>
  MessageTable& add(const ipc::Method& method) {
    methods_[method.name] = [](M& module, const Call& call) { return (module.*answer)(call); };
    return *this;
  }

  Result<nlohmann::json> handle(M& module, const Call& call) const noexcept {
    try {
      const auto found = methods_.find(call.method);
      if (found != methods_.end()) return found->second(module, call);
      constexpr std::size_t shown = 128;
      return Error{
          ErrorCode::method_not_found,
          "\"" + std::string(module.id()) + "\" has no method \"" + std::string(call.method.substr(0, shown)) + "\".",
          nullptr};
    } catch (const std::bad_alloc&) {
      return Error{ErrorCode::resource_exhausted, "Out of memory.", nullptr};
    } catch (const std::exception& error) {
      return Error{ErrorCode::internal_error, error.what(), nullptr};
    }
  }

 private:
  using Answer = Result<nlohmann::json> (*)(M&, const Call&);
  std::map<std::string_view, Answer> methods_;
};

}  // namespace symphony::pit
