#pragma once
// How an entry of the folder is shown.

#include <cstddef>
#include <string>
#include <string_view>

#include <symphony/sdk/components.h>

#include "file_tree.h"

namespace symphony::explorer {

/// The row's identity: the escaped path, within the length of a key.
std::string key_of(std::string_view path);
/// By the name alone.
sdk::Icon icon_of_file(std::string_view name);
sdk::Rows<sdk::TreeRow> tree_rows(const FileTree& tree, std::size_t start, std::size_t end);
/// The first row whose name begins with `text` (letters without case), from row `start` on and round to it again.
std::optional<std::size_t> row_beginning_with(const FileTree& tree, std::string_view text, std::size_t start);

}  // namespace symphony::explorer
