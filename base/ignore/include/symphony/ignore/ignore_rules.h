#pragma once
// Which paths a set of .gitignore files excludes, with git's own meaning (nested files, negation, `**`, classes).

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace symphony::ignore {

/// The rules of one folder. Reads no disk: the caller walks and hands in what it finds. Paths and contents are bytes,
/// `/`-separated, relative to the folder, without a leading or trailing `/`; matching is case-sensitive.
/// const members may be called from several threads while none of the others runs.
class IgnoreRules {
 public:
  /// What the rules say of one path by itself.
  enum class Verdict : std::uint8_t { undecided, ignored, included };

  IgnoreRules();
  ~IgnoreRules();
  IgnoreRules(IgnoreRules&&) noexcept;
  IgnoreRules& operator=(IgnoreRules&&) noexcept;
  IgnoreRules(const IgnoreRules&);
  IgnoreRules& operator=(const IgnoreRules&);

  /// The contents of the .gitignore in `directory` ("" is the root); replaces what was there.
  void add_file(std::string_view directory, std::string_view contents);
  /// The .gitignore of `directory` is gone.
  void remove_file(std::string_view directory);
  /// Rules that any .gitignore overrules, such as .git/info/exclude; a later call overrules an earlier one.
  void add_base(std::string_view contents);
  void clear();
  bool empty() const noexcept;

  /// Whether the rules exclude this path. Its parents are not asked: a walk that does not enter ignored directories has
  /// asked them already. A symbolic link is never a directory. About 100 ns for a dozen rules; allocates nothing.
  bool ignored(std::string_view path, bool is_directory) const {
    return verdict(path, is_directory) == Verdict::ignored;
  }
  /// The same for a path that was not reached by a walk: it is excluded when it or a directory above it is ignored.
  bool excluded(std::string_view path, bool is_directory) const;
  Verdict verdict(std::string_view path, bool is_directory) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace symphony::ignore
