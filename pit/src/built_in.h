#pragma once
// The modules this program is built with.

#include <array>
#include <memory>
#include <string_view>

#include <symphony/pit/module.h>

namespace symphony::pit {

/// In the order in which they start.
inline constexpr std::array<std::string_view, 3> built_in_ids = {"artifact_store", "pool_manager",
                                                                 "arbitration_engine"};

/// Not initialised; null when there is none with the id.
std::unique_ptr<Module> make_built_in(std::string_view id);

}  // namespace symphony::pit
