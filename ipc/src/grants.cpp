#include "grants.h"

#include <algorithm>

namespace symphony::ipc {

Grants::Grants(const std::vector<std::string>& texts) {
  for (const std::string& text : texts) {
    const std::size_t colon = text.find(':');
    if (colon == std::string::npos || colon == 0 || colon + 1 == text.size()) {
      continue;  // grants nothing
    }
    Grant grant{text.substr(0, colon), text.substr(colon + 1), false};
    const bool whole = grant.method == "*";
    if (whole || (grant.method.size() > 2 && grant.method.ends_with(".*"))) {
      grant.method.pop_back();
      grant.prefix = true;
    }
    grants_.push_back(std::move(grant));
  }
}

bool Grants::allow(std::string_view target, std::string_view method) const noexcept {
  return std::any_of(grants_.begin(), grants_.end(), [&](const Grant& grant) {
    return grant.target == target && (grant.prefix ? method.starts_with(grant.method) : method == grant.method);
  });
}

}  // namespace symphony::ipc
