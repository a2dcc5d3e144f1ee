#pragma once
// A real directory that is gone after the test.

#include <filesystem>
#include <string>
#include <string_view>

namespace symphony::testing {

class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::string text() const { return path_.string(); }
  /// Makes its directories, too.
  void file(std::string_view path, std::string_view contents = "x") const;
  void directory(std::string_view path) const;
  void link(std::string_view path, std::string_view target) const;
  void remove(std::string_view path) const;

 private:
  std::filesystem::path path_;
};

}  // namespace symphony::testing
