// Random rules and random trees: what git says is right.

#include <symphony/ignore/ignore_rules.h>

#include <gtest/gtest.h>
#include <stdlib.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <sstream>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;
using symphony::ignore::IgnoreRules;

class Folder {
 public:
  Folder() {
    std::string name = (fs::temp_directory_path() / "symphony-ignore-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary directory");
    path_ = name;
  }
  ~Folder() { fs::remove_all(path_); }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

int run(const std::string& command) { return std::system(command.c_str()); }

bool git_is_installed() { return run("git --version >/dev/null 2>&1") == 0; }

class Generator {
 public:
  explicit Generator(unsigned seed) : random_(seed) {}

  std::size_t below(std::size_t limit) { return std::uniform_int_distribution<std::size_t>(0, limit - 1)(random_); }
  bool chance(std::size_t percent) { return below(100) < percent; }
  template <class Range>
  const auto& pick(const Range& range) {
    return range[below(range.size())];
  }

  std::string name() {
    static const std::array<std::string, 12> names{"a",   "b",   "ab", "abc", "a.o", "b.log",
                                                   "a b", "x-y", "A",  "[a]", "#c",  "!d"};
    return pick(names);
  }

  std::string segment() {
    static const std::array<std::string, 22> parts{
        "a",   "b",   "c",    "*",           "?",  "[ab]", "[!a]",  "[^b]", "[a-c]", ".o",      ".log",
        "\\a", "\\*", "[]a]", "[[:alpha:]]", "[a", "**",   "[\\]]", " ",    "\\ ",   "[[:x:]]", "[a-]"};
    if (chance(15)) return "**";
    if (chance(40)) return name();
    std::string text;
    for (std::size_t i = 0, n = 1 + below(3); i < n; ++i)
      text += pick(parts);
    return text;
  }

  std::string line() {
    if (chance(4)) return "# comment";
    std::string text = chance(25) ? "!" : "";
    if (chance(20)) text += '/';
    for (std::size_t i = 0, n = 1 + below(3); i < n; ++i)
      text += (i == 0 ? "" : "/") + segment();
    if (chance(25)) text += '/';
    if (chance(5)) text += "  ";
    if (chance(3)) text += "\r";
    return text;
  }

  std::string file() {
    std::string text;
    for (std::size_t i = 0, n = 1 + below(6); i < n; ++i)
      text += line() + "\n";
    if (chance(10)) text.pop_back();
    return text;
  }

 private:
  std::mt19937 random_;
};

TEST(GitOracle, RandomRulesAgreeWithGit) {
  if (!git_is_installed()) GTEST_SKIP() << "git is not installed";
  std::size_t compared = 0;
  std::size_t ignored = 0;
  for (unsigned seed = 1; seed <= 150; ++seed) {
    Generator generator(seed);
    const Folder folder;
    const std::string quoted = "'" + folder.path().string() + "'";
    ASSERT_EQ(run("git -c init.defaultBranch=main init -q " + quoted), 0);
    fs::remove(folder.path() / ".git/info/exclude");

    std::map<std::string, bool> entries;  // path → is a directory
    for (int i = 0; i < 40; ++i) {
      std::string path;
      for (std::size_t level = 0, depth = 1 + generator.below(4); level < depth; ++level) {
        if (!path.empty()) {
          const auto [known, fresh] = entries.emplace(path, true);
          if (!fresh && !known->second) break;
          path += '/';
        }
        path += generator.name();
      }
      entries.emplace(path, generator.chance(30));
    }
    IgnoreRules rules;
    const auto write = [&](const std::string& directory) {
      const std::string contents = generator.file();
      std::ofstream(folder.path() / directory / ".gitignore", std::ios::binary) << contents;
      rules.add_file(directory, contents);
    };
    for (const auto& [path, directory] : entries) {
      if (directory) {
        fs::create_directories(folder.path() / path);
      } else {
        std::ofstream(folder.path() / path) << "x";
      }
    }
    write("");
    for (const auto& [path, directory] : entries) {
      // git reads no .gitignore of a directory that is itself excluded; nor would a walk.
      if (directory && generator.chance(20) && !rules.excluded(path, true)) write(path);
    }

    std::ofstream list(folder.path() / ".git/paths", std::ios::binary);
    for (const auto& [path, directory] : entries)
      list << path << '\0';
    list.close();
    const std::string git =
        "cd " + quoted + " && git -c core.excludesFile=/dev/null check-ignore --no-index -z --stdin";
    const int status = run(git + " < .git/paths > .git/answer");
    ASSERT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) <= 1);
    std::ifstream answer(folder.path() / ".git/answer", std::ios::binary);
    std::map<std::string, bool> expected;
    for (std::string path; std::getline(answer, path, '\0');)
      expected[path] = true;

    for (const auto& [path, directory] : entries) {
      ++compared;
      if (expected.contains(path)) ++ignored;
      if (rules.excluded(path, directory) == expected.contains(path)) continue;
      std::ostringstream files;
      for (const auto& entry : fs::recursive_directory_iterator(folder.path())) {
        if (entry.path().filename() != ".gitignore") continue;
        files << entry.path().lexically_relative(folder.path()) << ":\n" << std::ifstream(entry.path()).rdbuf() << "\n";
      }
      ADD_FAILURE() << "seed " << seed << ": " << path << (directory ? "/" : "") << " git says "
                    << (expected.contains(path) ? "ignored" : "kept") << "\n"
                    << files.str();
    }
    if (HasFailure()) break;
  }
  // The test is worth nothing if nearly all is on one side.
  if (!HasFailure()) {
    EXPECT_GT(ignored, compared / 10);
    EXPECT_LT(ignored, compared * 9 / 10);
  }
}

}  // namespace
