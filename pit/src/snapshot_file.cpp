#include "snapshot_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <utility>

#include <symphony/descriptor/descriptor.h>
#include <symphony/ipc/limits.h>

#include "artifact_store/encoding.h"

namespace symphony::pit {

namespace {

using ipc::Error;

// The file: a line "symphony-pit-snapshot FORMAT SHA256\n", then {"module","state"} in MessagePack, which the sum is
// of.
constexpr std::string_view magic = "symphony-pit-snapshot ";
constexpr std::size_t sum_digits = 64;

Error newer(const std::filesystem::path& file) {
  return {ipc::ErrorCode::version_mismatch,
          "The saved state was written by a newer Symphony. It is left as it is, and changes are not saved.",
          {{"path", file.string()}}};
}

std::int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

int open_retrying(const std::filesystem::path& path, int flags) {
  constexpr mode_t only_the_user = 0600;
  int descriptor = -1;
  do {
    descriptor = ::open(path.c_str(), flags | O_CLOEXEC, only_the_user);
  } while (descriptor < 0 && errno == EINTR);
  return descriptor;
}

/// The errno, or 0.
int write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(descriptor, bytes.data(), bytes.size());
    if (count < 0 && errno != EINTR) return errno;
    if (count > 0) bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return 0;
}

ipc::Result<std::string> read_all(const std::filesystem::path& path) {
  const Descriptor descriptor(open_retrying(path, O_RDONLY));
  if (!descriptor) return ipc::io_error("The saved state cannot be read", path.string(), errno);
  struct stat about {};
  if (::fstat(descriptor.get(), &about) != 0 || !S_ISREG(about.st_mode) ||
      static_cast<std::uintmax_t>(about.st_size) > SnapshotFile::largest_bytes) {
    return Error{ipc::ErrorCode::data_corrupted, "The saved state is no file of a sensible size.", nullptr};
  }
  std::string bytes;
  bytes.reserve(static_cast<std::size_t>(about.st_size));
  std::array<char, 65536> buffer{};
  while (true) {
    const ssize_t count = ::read(descriptor.get(), buffer.data(), buffer.size());
    if (count == 0) return bytes;
    if (count < 0 && errno != EINTR) return ipc::io_error("The saved state cannot be read", path.string(), errno);
    if (count > 0) bytes.append(buffer.data(), static_cast<std::size_t>(count));
  }
}

/// Deeper nesting is none of ours and would take the decoder's stack.
class DepthCheck final : public nlohmann::json_sax<nlohmann::json> {
 public:
  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool string(string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }
  bool key(string_t&) override { return true; }
  bool start_object(std::size_t) override { return deeper(); }
  bool start_array(std::size_t) override { return deeper(); }
  bool end_object() override { return --depth_, true; }
  bool end_array() override { return --depth_, true; }
  bool parse_error(std::size_t, const std::string&, const nlohmann::json::exception&) override { return false; }

 private:
  bool deeper() { return ++depth_ <= ipc::limits::document_depth; }
  std::size_t depth_ = 0;
};

/// Discarded when it is no document.
nlohmann::json decode(std::string_view body) {
  DepthCheck check;
  const bool good = nlohmann::json::sax_parse(body, &check, nlohmann::json::input_format_t::msgpack);
  return good ? nlohmann::json::from_msgpack(body, true, false) : nlohmann::json(nlohmann::json::value_t::discarded);
}

/// The format's number; nothing when it is no file of ours. `body` is what follows, once its sum is right.
std::optional<int> parse(std::string_view bytes, std::string_view& body, std::string_view& sum) {
  if (!bytes.starts_with(magic)) return std::nullopt;
  bytes.remove_prefix(magic.size());
  constexpr std::size_t longest_number = 6;
  int format = 0;
  std::size_t digits = 0;
  for (; digits < bytes.size() && digits < longest_number && bytes[digits] >= '0' && bytes[digits] <= '9'; ++digits)
    format = format * 10 + (bytes[digits] - '0');
  if (digits == 0) return std::nullopt;
  if (format > SnapshotFile::format_version) return format;
  bytes.remove_prefix(digits);
  if (format < 1 || bytes.size() < sum_digits + 2 || bytes[0] != ' ' || bytes[sum_digits + 1] != '\n')
    return std::nullopt;
  sum = bytes.substr(1, sum_digits);
  body = bytes.substr(sum_digits + 2);
  if (to_hex(view_of(sha256(body))) != sum) return std::nullopt;
  return format;
}

}  // namespace

SnapshotFile::SnapshotFile(std::filesystem::path file, std::string module)
    : file_(std::move(file)), module_(std::move(module)) {}

ipc::Result<std::optional<nlohmann::json>> SnapshotFile::read() {
  const auto bytes = read_all(file_);
  if (bytes.has_error()) {
    if (bytes.error().code == ipc::ErrorCode::not_found) return std::optional<nlohmann::json>{};
    if (bytes.error().code != ipc::ErrorCode::data_corrupted) return bytes.error();
  }
  if (bytes.has_value()) {
    std::string_view body;
    std::string_view sum;
    const std::optional<int> format = parse(*bytes, body, sum);
    if (format && *format > format_version) {
      untouchable_ = true;
      return newer(file_);
    }
    if (format) {
      nlohmann::json document = decode(body);
      if (document.is_object() && document.value("module", nlohmann::json()) == module_ && document.contains("state")) {
        written_ = sum;
        return std::optional<nlohmann::json>(std::move(document["state"]));
      }
    }
  }
  const std::filesystem::path aside = set_aside();
  return Error{ipc::ErrorCode::data_corrupted,
               "The saved state is damaged; it was set aside, and a new one begun.",
               {{"path", file_.string()}, {"set_aside", aside.string()}}};
}

ipc::Result<void> SnapshotFile::write(const nlohmann::json& state) {
  if (untouchable_) return newer(file_);
  std::string body;
  nlohmann::json::to_msgpack({{"module", module_}, {"state", state}}, body);
  const std::string sum = to_hex(view_of(sha256(body)));
  if (sum == written_) return {};

  std::error_code ignored;
  std::filesystem::create_directories(file_.parent_path(), ignored);  // what went wrong is said when opening
  std::filesystem::path next = file_;
  next += ".next";
  const auto failed = [&](const char* what, int error) {
    ::unlink(next.c_str());
    return ipc::io_error(what, next.string(), error);
  };
  {
    const Descriptor descriptor(open_retrying(next, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW));
    if (!descriptor) return ipc::io_error("The state cannot be saved", next.string(), errno);
    const std::string head = std::string(magic) + std::to_string(format_version) + " " + sum + "\n";
    int error = write_all(descriptor.get(), head);
    if (error == 0) error = write_all(descriptor.get(), body);
    if (error == 0 && ::fsync(descriptor.get()) != 0) error = errno;
    if (error != 0) return failed("The state cannot be saved", error);
  }
  if (::rename(next.c_str(), file_.c_str()) != 0) return failed("The state cannot be saved", errno);
  written_ = sum;
  // The new name must be durable as well; where a directory cannot be synchronised, the rename still is whole.
  const Descriptor directory(open_retrying(file_.parent_path(), O_RDONLY | O_DIRECTORY));
  if (directory) ::fsync(directory.get());
  return {};
}

std::filesystem::path SnapshotFile::set_aside() noexcept {
  written_.clear();
  try {
    std::filesystem::path aside = file_;
    aside += ".corrupted-" + std::to_string(now_ms());
    if (::rename(file_.c_str(), aside.c_str()) == 0) return aside;
  } catch (const std::exception&) {
    // Out of memory: the next write replaces the file.
  }
  return {};
}

}  // namespace symphony::pit
