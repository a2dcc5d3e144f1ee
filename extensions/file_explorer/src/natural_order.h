#pragma once
// The order people expect of file names: "file2" before "File10".

#include <string_view>

namespace symphony::explorer {

/// Runs of digits compare by value, letters without case (ASCII); names equal in that way compare by their bytes, so
/// that the order is total. Negative, zero or positive.
int natural_compare(std::string_view a, std::string_view b) noexcept;

}  // namespace symphony::explorer
