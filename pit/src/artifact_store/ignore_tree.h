#pragma once
// The ignore rules of one folder, read from it as a walk comes by.

#include <symphony/ignore/ignore_rules.h>
#include <string>
#include <string_view>

namespace symphony::pit {

/// Not thread-safe.
class IgnoreTree {
 public:
  /// Reads .git/info/exclude.
  explicit IgnoreTree(std::string root);
  /// Reads the .gitignore of a directory again; a walk calls it before it lists the directory.
  void enter(const std::string& directory);
  /// The entry itself; its parents are taken to be listed.
  bool ignores_entry(std::string_view path, bool is_directory) const;
  /// The entry or any of its parents.
  bool ignores(std::string_view path, bool is_directory) const;

 private:
  std::string root_;
  ignore::IgnoreRules rules_;
};

/// A change to this file changes what is listed in its directory.
bool is_ignore_file(std::string_view path);
std::string_view parent_of(std::string_view path);

}  // namespace symphony::pit
