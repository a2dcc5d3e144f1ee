// Index, live scan and a naive reference give the same answer on random trees that change all the time.

#include <algorithm>
#include <random>

#include "artifact_store_fixture.h"

namespace symphony::pit::tests {
namespace {

namespace fs = std::filesystem;

/// The words of the contract again, as plainly as can be: ASCII trees only, no ignore rules.
nlohmann::json naive_search(const fs::path& folder, std::string query, std::size_t limit) {
  const auto lower = [](std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
  };
  query = lower(query);
  std::vector<std::string> paths;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_directory()) paths.push_back(fs::relative(entry.path(), folder).string());
  }
  std::sort(paths.begin(), paths.end());
  nlohmann::json hits = nlohmann::json::array();
  nlohmann::json files = nlohmann::json::array();
  bool truncated = false;
  for (const std::string& path : paths) {
    if (lower(fs::path(path).filename().string()).find(query) != std::string::npos) {
      if (files.size() < limit) {
        files.push_back(path);
      } else {
        truncated = true;
      }
    }
    std::ifstream in(folder / path, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    if (text.substr(0, 8192).find('\0') != std::string::npos) continue;
    const std::string folded = lower(text);
    for (std::size_t at = folded.find(query); at != std::string::npos; at = folded.find(query, at + query.size())) {
      if (hits.size() == limit) {
        truncated = true;
        break;
      }
      const std::size_t begin = at == 0 ? 0 : text.rfind('\n', at - 1) + 1;
      const std::size_t end = std::min(text.find('\n', at), text.size());
      const auto line = 1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n');
      hits.push_back({{"path", path},
                      {"line", line},
                      {"column", at - begin + 1},
                      {"length", query.size()},
                      {"text", text.substr(begin, end - begin)}});
    }
  }
  return {{"hits", hits}, {"files", files}, {"truncated", truncated}};
}

class SearchProperty : public ArtifactStoreTest {
 protected:
  std::size_t pick(std::size_t below) { return random_() % below; }
  template <class T>
  const T& any(const std::vector<T>& of) {
    return of[pick(of.size())];
  }

  std::string random_name() { return any<std::string>({"a", "b", "ab", "Ba", "c-d", "e.f", "a0", "needle"}); }
  std::string random_path() {
    std::string path = random_name();
    for (std::size_t depth = pick(3); depth > 0; --depth)
      path += "/" + random_name();
    return path;
  }
  std::string random_text() {
    std::string text;
    for (std::size_t words = pick(40); words > 0; --words) {
      text += any<std::string>(
          {"needle", "Needle", "nee", "dle", "aa", "aaa", " ", "\n", "x", "AND", "\"", "needleneedle", "\t"});
    }
    if (pick(20) == 0) text += '\0';
    return text;
  }
  void change() {
    const fs::path path = folder_ / random_path();
    std::error_code failed;
    switch (pick(8)) {
      case 0:
        fs::remove_all(path, failed);
        break;
      case 1:
        fs::rename(path, folder_ / random_path(), failed);
        break;
      default: {
        // A parent may be a file: then nothing happens, as for a user.
        fs::create_directories(path.parent_path(), failed);
        std::ofstream(path, std::ios::binary) << random_text();
      }
    }
  }

  std::mt19937 random_{20260};
};

TEST_F(SearchProperty, IndexScanAndReferenceAgree) {
  open();
  for (int round = 0; round < 60; ++round) {
    for (std::size_t changes = 1 + pick(25); changes > 0; --changes)
      change();
    const auto end = std::chrono::steady_clock::now() + patience;
    while (!store_->index()->fresh() && std::chrono::steady_clock::now() < end)
      store_->index()->wait_settled(patience);
    ASSERT_TRUE(store_->index()->fresh()) << status().dump();
    for (const std::string query : {"needle", "NEEDLE", "n", "aa", "dl", "a\"", "and", "le\nn", "e n", "zzz"}) {
      const std::size_t limit = any<std::size_t>({1, 7, 500});
      const nlohmann::json params = {{"query", query}, {"limit", limit}};
      const nlohmann::json expected = naive_search(folder_.path(), query, limit);
      for (const char* method : {"index.search", "index.scan"}) {
        const nlohmann::json found = ask(method, params);
        for (const char* key : {"hits", "files", "truncated"}) {
          ASSERT_EQ(found[key], expected[key])
              << "round " << round << " " << method << " " << query << " limit " << limit << " " << key;
        }
      }
    }
  }
  // Opened again, it says the same from what it kept.
  const nlohmann::json expected = naive_search(folder_.path(), "needle", 500);
  start();
  open();
  EXPECT_EQ(search("needle")["hits"], expected["hits"]);
}

}  // namespace
}  // namespace symphony::pit::tests
