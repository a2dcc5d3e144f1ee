#include "source_tree.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

namespace symphony::benchmarks {

namespace {

namespace fs = std::filesystem;

bool is_source(const fs::path& path) {
  static const std::vector<std::string> endings = {".h", ".hpp", ".py", ".c", ".cpp", ".hh", ".tcc", ".json", ".txt"};
  return std::find(endings.begin(), endings.end(), path.extension().string()) != endings.end();
}

std::vector<fs::path> sources() {
  std::vector<fs::path> found;
  for (const char* root : {"/usr/include", "/usr/lib/python3", "/usr/lib/python3.11"}) {
    if (!fs::is_directory(root)) continue;
    const auto options = fs::directory_options::skip_permission_denied;
    for (auto at = fs::recursive_directory_iterator(root, options); at != fs::recursive_directory_iterator(); ++at) {
      std::error_code failed;
      if (!at->is_symlink(failed) && at->is_regular_file(failed) && is_source(at->path()) &&
          at->file_size(failed) <= 200'000) {
        found.push_back(at->path());
      }
    }
  }
  std::sort(found.begin(), found.end());
  return found;
}

std::string read_all(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

SourceTree make_source_tree(const fs::path& folder, std::size_t files, std::size_t bytes) {
  const std::vector<fs::path> all = sources();
  if (all.empty()) throw std::runtime_error("no source files below /usr/include or /usr/lib/python3");
  SourceTree tree{folder, 0, 0};
  // Every so-manyth, so that each part of the machine's sources has its share; around again, made distinct, when too
  // few.
  const std::size_t stride = std::max<std::size_t>(all.size() / files, 1);
  for (std::size_t i = 0; tree.files < files; ++i) {
    const std::size_t at = i * stride;
    const fs::path& source = all[at % all.size()];
    const std::size_t round = at / all.size();
    std::string text = read_all(source);
    // Steers the mean to the wanted size: long files are cut, short ones repeated, while the tree is off course.
    const std::size_t wanted = (bytes - std::min(bytes, tree.bytes)) / (files - tree.files);
    if (text.size() > 4 * wanted) text.resize(4 * wanted);
    if (tree.bytes < tree.files * (bytes / files) && text.size() < wanted) {
      const std::string again = text + "\n";
      while (text.size() < wanted)
        text += again;
    }
    text += "\n// copy " + std::to_string(round) + " number " + std::to_string(tree.files) + "\n";
    const fs::path target = folder / ("copy" + std::to_string(round)) / source.relative_path();
    fs::create_directories(target.parent_path());
    std::ofstream(target, std::ios::binary) << text;
    ++tree.files;
    tree.bytes += text.size();
  }
  return tree;
}

}  // namespace symphony::benchmarks
