#pragma once
// What the explorer says to people, in one place.

#include <cstddef>
#include <string>

#include <symphony/sdk/error.h>

namespace symphony::explorer {

struct Notice {
  std::string title;
  std::string text;
};

Notice folder_notice(int error_number, const std::string& root);
Notice watch_notice(int error_number);
Notice search_notice(const sdk::Error& error);
Notice open_notice(const sdk::Error& error, const std::string& path);
std::string items_text(std::size_t count);

}  // namespace symphony::explorer
