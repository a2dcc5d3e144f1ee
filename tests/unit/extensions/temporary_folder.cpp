#include "temporary_folder.h"

#include <stdlib.h>

#include <fstream>
#include <stdexcept>

namespace symphony::testing {

namespace fs = std::filesystem;

TemporaryFolder::TemporaryFolder() {
  std::string name = (fs::temp_directory_path() / "symphony-test-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary directory");
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

void TemporaryFolder::file(std::string_view path, std::string_view contents) const {
  fs::create_directories((path_ / path).parent_path());
  std::ofstream out(path_ / path, std::ios::binary);
  out << contents;
  if (!out.flush()) throw std::runtime_error("cannot write " + std::string(path));
}

void TemporaryFolder::directory(std::string_view path) const { fs::create_directories(path_ / path); }

void TemporaryFolder::link(std::string_view path, std::string_view target) const {
  fs::create_symlink(target, path_ / path);
}

void TemporaryFolder::remove(std::string_view path) const { fs::remove_all(path_ / path); }

}  // namespace symphony::testing
