#include <symphony/ignore/ignore_rules.h>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "glob.h"

namespace symphony::ignore {
namespace {

struct BytesHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view bytes) const noexcept { return std::hash<std::string_view>{}(bytes); }
};
template <class Value>
using ByBytes = std::unordered_map<std::string, Value, BytesHash, std::equal_to<>>;

std::string_view without_trailing_spaces(std::string_view line) {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\\') {
      i += 1;
      kept = i + 1;
    } else if (line[i] != ' ') {
      kept = i + 1;
    }
  }
  return line.substr(0, kept);
}

bool is_special(char c) { return c == '*' || c == '?' || c == '[' || c == '\\'; }

std::size_t literal_length(std::string_view pattern) {
  std::size_t i = 0;
  while (i < pattern.size() && !is_special(pattern[i]))
    ++i;
  return i;
}

/// The rules of one file. The last rule that matches decides, so each rule carries its place in the file.
class RuleFile {
 public:
  void add(std::string_view contents) {
    if (contents.starts_with("\xEF\xBB\xBF")) contents.remove_prefix(3);
    while (!contents.empty()) {
      const std::size_t end = contents.find('\n');
      std::string_view line = contents.substr(0, end);
      contents = end == std::string_view::npos ? std::string_view{} : contents.substr(end + 1);
      if (end != std::string_view::npos && line.ends_with('\r')) line.remove_suffix(1);
      if (line.empty() || line.front() == '#') continue;
      add_rule(without_trailing_spaces(line));
    }
  }

  IgnoreRules::Verdict verdict(std::string_view path, std::string_view name, bool is_directory) const {
    std::uint32_t best = 0;  // places count from 1
    bool negated = false;
    const auto consider = [&](const Rules& rules, auto&& matches) {
      for (auto rule = rules.rbegin(); rule != rules.rend(); ++rule) {
        if (rule->place <= best) return;
        if ((rule->only_directories && !is_directory) || !matches(*rule)) continue;
        best = rule->place;
        negated = rule->negated;
        return;
      }
    };
    if (!names_.empty()) {
      if (const auto found = names_.find(name); found != names_.end()) {
        consider(found->second, [](const Rule&) { return true; });
      }
    }
    if (!extensions_.empty()) {
      if (const std::size_t dot = name.rfind('.'); dot != std::string_view::npos) {
        if (const auto found = extensions_.find(name.substr(dot)); found != extensions_.end()) {
          consider(found->second, [](const Rule&) { return true; });
        }
      }
    }
    consider(globs_, [&](const Rule& rule) {
      if (rule.by_name) return rule.glob.matches(name);
      if (!path.starts_with(rule.literal)) return false;
      return rule.whole ? path.size() == rule.literal.size() : rule.glob.matches(path.substr(rule.literal.size()));
    });
    if (best == 0) return IgnoreRules::Verdict::undecided;
    return negated ? IgnoreRules::Verdict::included : IgnoreRules::Verdict::ignored;
  }

 private:
  struct Rule {
    std::uint32_t place = 0;
    bool negated = false;
    bool only_directories = false;
    bool by_name = false;  // compares the last segment alone
    bool whole = false;    // no wildcard: `literal` is all of it
    std::string literal;   // what a path must begin with
    Glob glob;             // matches what follows `literal`
  };
  using Rules = std::vector<Rule>;

  void add_rule(std::string_view pattern) {
    Rule rule;
    rule.place = ++places_;
    if (pattern.starts_with('!')) {
      rule.negated = true;
      pattern.remove_prefix(1);
    }
    if (pattern.ends_with('/')) {
      rule.only_directories = true;
      pattern.remove_suffix(1);
    }
    if (pattern.empty()) return;
    rule.by_name = pattern.find('/') == std::string_view::npos;
    if (rule.by_name) {
      if (literal_length(pattern) == pattern.size()) {
        names_[std::string(pattern)].push_back(std::move(rule));
        return;
      }
      // "*.o" is the commonest rule of all: found by the name's extension instead of by trying each.
      const std::string_view rest = pattern.substr(1);
      if (pattern.front() == '*' && rest.starts_with('.') && rest.rfind('.') == 0 &&
          literal_length(rest) == rest.size()) {
        extensions_[std::string(rest)].push_back(std::move(rule));
        return;
      }
      rule.glob = Glob::compile(pattern, false);
    } else {
      if (pattern.front() == '/') pattern.remove_prefix(1);
      const std::size_t literal = literal_length(pattern);
      rule.literal = pattern.substr(0, literal);
      rule.whole = literal == pattern.size();
      rule.glob = Glob::compile(pattern.substr(literal), true);
    }
    globs_.push_back(std::move(rule));
  }

  std::uint32_t places_ = 0;
  ByBytes<Rules> names_;
  ByBytes<Rules> extensions_;
  Rules globs_;
};

}  // namespace

struct IgnoreRules::State {
  ByBytes<RuleFile> files;
  RuleFile base;
  bool has_base = false;
  /// The longest directory with a file: longer parents need no look-up.
  std::size_t longest = 0;
};

IgnoreRules::IgnoreRules() : state_(std::make_unique<State>()) {}
IgnoreRules::~IgnoreRules() = default;
IgnoreRules::IgnoreRules(IgnoreRules&&) noexcept = default;
IgnoreRules& IgnoreRules::operator=(IgnoreRules&&) noexcept = default;
IgnoreRules::IgnoreRules(const IgnoreRules& other) : state_(std::make_unique<State>(*other.state_)) {}
IgnoreRules& IgnoreRules::operator=(const IgnoreRules& other) {
  if (this != &other) state_ = std::make_unique<State>(*other.state_);
  return *this;
}

void IgnoreRules::add_file(std::string_view directory, std::string_view contents) {
  RuleFile file;
  file.add(contents);
  state_->files.insert_or_assign(std::string(directory), std::move(file));
  state_->longest = std::max(state_->longest, directory.size());
}

void IgnoreRules::remove_file(std::string_view directory) {
  if (const auto found = state_->files.find(directory); found != state_->files.end()) state_->files.erase(found);
}

void IgnoreRules::add_base(std::string_view contents) {
  state_->base.add(contents);
  state_->has_base = true;
}

void IgnoreRules::clear() { *state_ = State{}; }

bool IgnoreRules::empty() const noexcept { return state_->files.empty() && !state_->has_base; }

IgnoreRules::Verdict IgnoreRules::verdict(std::string_view path, bool is_directory) const {
  const std::size_t last_slash = path.rfind('/');
  const std::string_view name = last_slash == std::string_view::npos ? path : path.substr(last_slash + 1);
  if (!state_->files.empty()) {
    // From the nearest file up to the root's: the nearer decides.
    std::size_t end = last_slash;
    while (true) {
      const bool at_root = end == std::string_view::npos;
      const std::string_view directory = at_root ? std::string_view{} : path.substr(0, end);
      if (directory.size() <= state_->longest) {
        if (const auto found = state_->files.find(directory); found != state_->files.end()) {
          const Verdict verdict = found->second.verdict(at_root ? path : path.substr(end + 1), name, is_directory);
          if (verdict != Verdict::undecided) return verdict;
        }
      }
      if (at_root) break;
      end = end == 0 ? std::string_view::npos : path.rfind('/', end - 1);
    }
  }
  return state_->has_base ? state_->base.verdict(path, name, is_directory) : Verdict::undecided;
}

bool IgnoreRules::excluded(std::string_view path, bool is_directory) const {
  if (empty()) return false;
  for (std::size_t slash = path.find('/'); slash != std::string_view::npos; slash = path.find('/', slash + 1)) {
    if (ignored(path.substr(0, slash), true)) return true;
  }
  return ignored(path, is_directory);
}

}  // namespace symphony::ignore
