#pragma once
// Where a query stands in the lines of a file.

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace symphony::app {

/// The bytes before each occurrence; case of A–Z does not matter, occurrences do not overlap.
std::vector<std::size_t> occurrences(std::string_view line, std::string_view query);
/// The line, or 400 bytes of it around the hit, cut at characters.
std::string around(std::string_view line, std::size_t hit, std::size_t length);
/// The wanted lines (counted from 1) of a file, read once; without their line ends.
std::map<std::size_t, std::string> read_lines(int descriptor, const std::set<std::size_t>& wanted);

}  // namespace symphony::app
