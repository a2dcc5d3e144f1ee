#pragma once
// What a peer may send where: "target:method", "target:prefix.*" or "target:*".

#include <string>
#include <string_view>
#include <vector>

namespace symphony::ipc {

class Grants {
 public:
  explicit Grants(const std::vector<std::string>& texts);
  bool allow(std::string_view target, std::string_view method) const noexcept;

 private:
  struct Grant {
    std::string target;
    std::string method;
    bool prefix = false;
  };
  std::vector<Grant> grants_;
};

}  // namespace symphony::ipc
