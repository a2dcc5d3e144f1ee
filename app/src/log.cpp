#include <symphony/app/log.h>

#include <array>
#include <ctime>
#include <iostream>
#include <string>

namespace symphony::app {
namespace {

constexpr std::uintmax_t file_bytes = 1U << 20U;

/// One entry is one line, whatever a page or an extension put into it.
std::string one_line(std::string_view text) {
  std::string line(text.substr(0, 4096));
  for (char& c : line) {
    if (static_cast<unsigned char>(c) < 0x20U || c == 0x7F) c = ' ';
  }
  return line;
}

}  // namespace

void Log::open(const std::filesystem::path& file) {
  const std::lock_guard lock(mutex_);
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(file, error);
  const bool full = !error && size > file_bytes;
  path_ = file;
  written_ = error || full ? 0 : size;
  file_.open(file, full ? std::ios::trunc : std::ios::app);
}

void Log::warn(std::string_view text) {
  const std::string line = one_line(text);
  const std::lock_guard lock(mutex_);
  std::cerr << "symphony: " + line + "\n";
  write(line);
}

void Log::note(std::string_view text) {
  const std::string line = one_line(text);
  const std::lock_guard lock(mutex_);
  write(line);
}

void Log::write(std::string_view line) {
  if (!file_.is_open()) return;
  if (written_ > file_bytes) {
    file_.close();
    file_.open(path_, std::ios::trunc);
    written_ = 0;
  }
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  std::array<char, 32> stamp{};
  std::strftime(stamp.data(), stamp.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  file_ << stamp.data() << ' ' << line << std::endl;
  written_ += std::string_view(stamp.data()).size() + line.size() + 2;
}

}  // namespace symphony::app
