#include <symphony/ipc/log.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <condition_variable>
#include <ctime>
#include <deque>
#include <map>
#include <mutex>
#include <set>
#include <system_error>
#include <thread>
#include <utility>

namespace symphony::ipc {
namespace {

constexpr std::array<std::string_view, 4> level_names{"debug", "info", "warning", "error"};
constexpr std::string_view blanked = "…";

std::string time_text(std::chrono::system_clock::time_point time) {
  const auto since = time.time_since_epoch();
  const auto seconds = std::chrono::floor<std::chrono::seconds>(since);
  const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(since - seconds).count();
  const auto stamp = static_cast<std::time_t>(seconds.count());
  std::tm parts{};
  ::gmtime_r(&stamp, &parts);
  std::array<char, 48> text{};
  const std::size_t length = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  std::string shown(text.data(), length);
  shown += '.';
  for (const int divisor : {100, 10, 1}) {
    shown += static_cast<char>('0' + milliseconds / divisor % 10);
  }
  return shown + 'Z';
}

/// Cuts at a character's border.
std::string bounded(std::string_view text, std::size_t limit) {
  if (text.size() <= limit) {
    return std::string(text);
  }
  std::size_t end = limit;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) {
    --end;
  }
  return std::string(text.substr(0, end)) + std::string(blanked);
}

bool sounds_secret(std::string_view key) {
  std::string lower(key);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char character) { return static_cast<char>(std::tolower(character)); });
  static constexpr std::array<std::string_view, 7> words{"token",         "password", "passphrase", "secret",
                                                         "authorization", "cookie",   "credential"};
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view word) { return lower.find(word) != std::string::npos; });
}

}  // namespace

std::string_view name_of(LogLevel level) noexcept { return level_names[static_cast<std::size_t>(level)]; }

std::optional<LogLevel> log_level_from(std::string_view name) noexcept {
  const auto found = std::find(level_names.begin(), level_names.end(), name);
  if (found == level_names.end()) {
    return std::nullopt;
  }
  return static_cast<LogLevel>(found - level_names.begin());
}

std::string log_line(const LogEntry& entry) {
  // Ordered: what a person looks for stands first.
  nlohmann::ordered_json line = {{"time", time_text(entry.time)},
                                 {"level", name_of(entry.level)},
                                 {"component", entry.component},
                                 {"message", bounded(entry.message, limits::log_message_bytes)}};
  if (entry.fields.is_object()) {
    std::size_t taken = 0;
    for (const auto& [key, value] : entry.fields.items()) {
      if (!value.is_primitive() || value.is_binary() || line.contains(key) ||
          key.size() > limits::log_field_name_bytes) {
        continue;
      }
      if (++taken > limits::log_fields) {
        break;
      }
      if (sounds_secret(key)) {
        line[key] = blanked;
      } else if (value.is_string()) {
        line[key] = bounded(value.get_ref<const std::string&>(), limits::log_field_bytes);
      } else {
        line[key] = value;
      }
    }
  }
  return line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

Result<LogFile> LogFile::open(std::filesystem::path path, std::size_t limit) {
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY, 0600);
  if (descriptor < 0) {
    return io_error("The log cannot be written:", path.native(), errno);
  }
  struct stat status {};
  const std::size_t size = ::fstat(descriptor, &status) == 0 ? static_cast<std::size_t>(status.st_size) : 0;
  return LogFile(std::move(path), descriptor, limit, size);
}

LogFile::LogFile(std::filesystem::path path, int descriptor, std::size_t limit, std::size_t size)
    : path_(std::move(path)), descriptor_(descriptor), limit_(limit), size_(size) {}

LogFile::LogFile(LogFile&& other) noexcept
    : path_(std::move(other.path_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      limit_(other.limit_),
      size_(other.size_) {}

LogFile& LogFile::operator=(LogFile&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(descriptor_, other.descriptor_);
  std::swap(limit_, other.limit_);
  std::swap(size_, other.size_);
  return *this;
}

LogFile::~LogFile() {
  if (descriptor_ >= 0) {
    ::close(descriptor_);
  }
}

bool LogFile::write(std::string_view line) {
  if (size_ > 0 && size_ + line.size() + 1 > limit_) {
    rotate();
  }
  // One call: lines of two programs that share a file do not mix.
  const std::string text = std::string(line) + '\n';
  for (std::size_t done = 0; done < text.size();) {
    const ssize_t count = ::write(descriptor_, text.data() + done, text.size() - done);
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count <= 0) {
      return false;
    }
    done += static_cast<std::size_t>(count);
    size_ += static_cast<std::size_t>(count);
  }
  return true;
}

void LogFile::rotate() {
  std::filesystem::path old = path_;
  old += ".1";
  std::error_code ignored;
  std::filesystem::rename(path_, old, ignored);
  if (auto fresh = open(path_, limit_)) {
    *this = std::move(*fresh);
  }
  // Where it could not be renamed the limit would be met by every line: it grows until it can be.
  if (ignored) {
    size_ = 0;
  }
}

struct LogBook::State {
  std::filesystem::path directory;
  std::mutex mutex;
  std::condition_variable_any changed;
  std::deque<LogEntry> waiting;
  std::map<std::string, std::optional<LogFile>, std::less<>> files;  // of the writer's thread
  std::set<std::string, std::less<>> known;                          // components, under the mutex
  std::jthread writer;

  void run(const std::stop_token& stop) {
    for (;;) {
      std::deque<LogEntry> batch;
      {
        std::unique_lock lock(mutex);
        changed.wait(lock, stop, [this] { return !waiting.empty(); });
        if (waiting.empty()) {
          return;
        }
        batch.swap(waiting);
      }
      for (const LogEntry& entry : batch) {
        put(entry);
      }
    }
  }

  void put(const LogEntry& entry) {
    std::optional<LogFile>& file = files[entry.component];
    if (!file) {
      if (auto opened = LogFile::open(directory / (entry.component + ".log"))) {
        file.emplace(std::move(*opened));
      }
    }
    if (file && !file->write(log_line(entry))) {
      file.reset();  // a disk that was full may have room for the next
    }
  }
};

Result<std::unique_ptr<LogBook>> LogBook::open(std::filesystem::path directory) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error) {
    return io_error("No directory for logs can be made:", directory.native(), error.value());
  }
  ::chmod(directory.c_str(), 0700);
  if (::access(directory.c_str(), W_OK | X_OK) != 0) {
    return io_error("Logs cannot be written to", directory.native(), errno);
  }
  auto state = std::make_unique<State>();
  state->directory = std::move(directory);
  try {
    state->writer = std::jthread([raw = state.get()](const std::stop_token& stop) { raw->run(stop); });
  } catch (const std::system_error& failure) {
    return Error{ErrorCode::resource_exhausted, std::string("The log's thread cannot be started: ") + failure.what()};
  }
  return std::unique_ptr<LogBook>(new LogBook(std::move(state)));
}

LogBook::LogBook(std::unique_ptr<State> state) : state_(std::move(state)) {}

LogBook::~LogBook() {
  state_->writer.request_stop();
  state_->writer.join();
}

bool LogBook::write(LogEntry entry) {
  {
    const std::lock_guard lock(state_->mutex);
    if (state_->waiting.size() >= limits::log_entries_queued) {
      return false;
    }
    if (!state_->known.contains(entry.component)) {
      if (state_->known.size() >= limits::log_components) {
        return false;
      }
      state_->known.insert(entry.component);
    }
    state_->waiting.push_back(std::move(entry));
  }
  state_->changed.notify_one();
  return true;
}

const std::filesystem::path& LogBook::directory() const noexcept { return state_->directory; }

}  // namespace symphony::ipc
