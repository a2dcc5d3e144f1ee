#include <symphony/app/log.h>

#include <iostream>
#include <string>
#include <utility>

namespace symphony::app {
namespace {

/// One entry is one line, whatever a page or an extension put into it.
std::string one_line(std::string_view text) {
  std::string line(text.substr(0, ipc::limits::log_message_bytes));
  for (char& c : line) {
    if (static_cast<unsigned char>(c) < 0x20U || c == 0x7F) c = ' ';
  }
  return line;
}

}  // namespace

void Log::open(const std::filesystem::path& file) {
  std::error_code ignored;
  std::filesystem::create_directories(file.parent_path(), ignored);
  auto opened = ipc::LogFile::open(file);
  if (!opened) {
    warn(opened.error().message);
    return;
  }
  const std::lock_guard lock(mutex_);
  file_.emplace(std::move(*opened));
}

void Log::warn(std::string_view text) {
  const std::string line = one_line(text);
  const std::lock_guard lock(mutex_);
  std::cerr << "symphony: " + line + "\n";
  write(ipc::LogLevel::warning, line);
}

void Log::note(std::string_view text) {
  const std::string line = one_line(text);
  const std::lock_guard lock(mutex_);
  write(ipc::LogLevel::info, line);
}

void Log::write(ipc::LogLevel level, std::string_view line) {
  if (!file_ || level < level_.load()) return;
  ipc::LogEntry entry;
  entry.level = level;
  entry.component = "application";
  entry.message = line;
  file_->write(ipc::log_line(entry));
}

}  // namespace symphony::app
