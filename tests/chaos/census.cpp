#include "census.h"

#include <unistd.h>

#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

namespace symphony::chaos {
namespace {

namespace fs = std::filesystem;

/// "socket:[1234]" is a socket like any other.
std::string kind_of(const fs::path& target) {
  const std::string text = target.native();
  return text.substr(0, text.find(":["));
}

bool is_process(const fs::path& entry) {
  const std::string name = entry.filename();
  return !name.empty() && std::isdigit(static_cast<unsigned char>(name.front())) != 0 &&
         name != std::to_string(::getpid());
}

}  // namespace

std::string command_line(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/cmdline", std::ios::binary);
  std::string words;
  std::getline(file, words, '\n');  // an iterator would throw when the process ends while it is read
  for (char& letter : words) {
    letter = letter == '\0' ? ' ' : letter;
  }
  return words;
}

Census Census::take(const std::string& marker) {
  Census census;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator("/proc/self/fd")) {
    const fs::path target = fs::read_symlink(entry.path(), ignored);
    if (!ignored) {
      ++census.descriptors[kind_of(target)];
    }
  }
  for ([[maybe_unused]] const auto& entry : fs::directory_iterator("/proc/self/task")) {
    ++census.threads;
  }
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    census.shared_maps += line.find("/memfd:") != std::string::npos ? 1 : 0;
  }
  for (const auto& entry : fs::directory_iterator("/proc")) {
    if (is_process(entry.path())) {
      const std::string words = command_line(static_cast<pid_t>(std::stol(entry.path().filename())));
      if (words.find(marker) != std::string::npos) {
        census.processes.push_back(entry.path().filename().string() + " " + words);
      }
    }
  }
  return census;
}

std::vector<std::string> Census::left_behind(const Census& after) const {
  std::vector<std::string> found;
  const auto compare = [&](const std::string& what, std::size_t before, std::size_t now) {
    if (now > before) {
      found.push_back(what + ": " + std::to_string(before) + " before, " + std::to_string(now) + " after");
    }
  };
  for (const auto& [kind, count] : after.descriptors) {
    const auto known = descriptors.find(kind);
    compare("descriptors of " + kind, known == descriptors.end() ? 0 : known->second, count);
  }
  compare("threads", threads, after.threads);
  compare("maps of shared memory", shared_maps, after.shared_maps);
  compare("processes", processes.size(), after.processes.size());
  if (after.processes.size() > processes.size()) {
    found.insert(found.end(), after.processes.begin(), after.processes.end());
  }
  return found;
}

std::size_t resident_bytes() {
  std::ifstream pages("/proc/self/statm");
  std::size_t total = 0;
  std::size_t resident = 0;
  return pages >> total >> resident ? resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)) : 0;
}

}  // namespace symphony::chaos
