#include "instance_directory.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>

#include <symphony/ipc/limits.h>
#include <symphony/ipc/path_text.h>
#include <symphony/ipc/payload.h>

namespace symphony::ipc {
namespace {

constexpr const char* lock_name = "instance.lock";
constexpr const char* record_name = "instance.json";
constexpr const char* new_record_name = "instance.json.new";
constexpr const char* socket_name = "bus.socket";
constexpr std::chrono::seconds time_to_connect{2};

/// A path too long for sockaddr_un is reached through its directory's descriptor.
Result<sockaddr_un> address_of(const std::string& path, int directory, const char* name) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::string usable = path;
  if (usable.size() >= sizeof address.sun_path) {
    usable = "/proc/self/fd/" + std::to_string(directory) + "/" + name;
  }
  if (usable.size() >= sizeof address.sun_path) {
    return io_error("The socket's name is too long:", path, ENAMETOOLONG);
  }
  std::memcpy(address.sun_path, usable.c_str(), usable.size() + 1);
  return address;
}

Result<std::string> read_small_file(int directory, const char* name, const std::string& path) {
  const Descriptor file(::openat(directory, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!file) {
    return io_error("Cannot read", path, errno);
  }
  std::string text;
  std::array<char, 4096> part{};
  constexpr std::size_t longest = 65536;
  for (;;) {
    const ssize_t count = ::read(file.get(), part.data(), part.size());
    if (count < 0) {
      return io_error("Cannot read", path, errno);
    }
    if (count == 0 || text.size() > longest) {
      return text;
    }
    text.append(part.data(), static_cast<std::size_t>(count));
  }
}

Result<void> write_whole(int file, std::string_view text, const std::string& path) {
  while (!text.empty()) {
    const ssize_t count = ::write(file, text.data(), text.size());
    if (count < 0 && errno != EINTR) {
      return io_error("Cannot write", path, errno);
    }
    text.remove_prefix(count > 0 ? static_cast<std::size_t>(count) : 0);
  }
  return {};
}

}  // namespace

Result<InstanceDirectory> InstanceDirectory::acquire(std::string path) {
  while (path.size() > 1 && path.back() == '/') {
    path.pop_back();
  }
  if (::mkdir(path.c_str(), 0700) < 0 && errno != EEXIST) {
    return io_error("Cannot create the runtime directory", path, errno);
  }
  Descriptor directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!directory) {
    return io_error("Cannot open the runtime directory", path, errno);
  }
  struct stat status {};
  if (::fstat(directory.get(), &status) < 0) {
    return io_error("Cannot inspect the runtime directory", path, errno);
  }
  if (status.st_uid != ::geteuid() || (status.st_mode & 077U) != 0) {
    return Error{ErrorCode::io_error,
                 "The runtime directory " + display_path(escape_path(path)) +
                     " must belong to you and be closed to others: chmod 700.",
                 {{"errno", EPERM}, {"path", escape_path(path)}}};
  }
  Descriptor lock(::openat(directory.get(), lock_name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!lock) {
    return io_error("Cannot create the lock in", path, errno);
  }
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) < 0) {
    if (errno == EWOULDBLOCK) {
      return Error{ErrorCode::invalid_request,
                   "Another instance is running in " + display_path(escape_path(path)) + ".",
                   {{"path", escape_path(path)}}};
    }
    return io_error("Cannot lock", path, errno);
  }
  return InstanceDirectory(std::move(path), std::move(directory), std::move(lock));
}

Result<Descriptor> InstanceDirectory::bind_socket() const {
  const std::string path = path_ + "/" + socket_name;
  Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket) {
    return io_error("Cannot create a socket", path, errno);
  }
  const auto address = address_of(path, directory_.get(), socket_name);
  if (!address) {
    return address.error();
  }
  ::unlinkat(directory_.get(), socket_name, 0);
  // The mode before the name: at no instant can others connect.
  if (::fchmod(socket.get(), 0600) < 0 ||
      ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address) < 0 ||
      ::listen(socket.get(), static_cast<int>(limits::outside_connections)) < 0) {
    return io_error("Cannot listen on", path, errno);
  }
  return socket;
}

Result<void> InstanceDirectory::publish(const std::string& token) const {
  const std::string path = path_ + "/" + record_name;
  const nlohmann::json record = {
      {"pid", ::getpid()}, {"socket", escape_path(path_ + "/" + socket_name)}, {"token", token}};
  ::unlinkat(directory_.get(), new_record_name, 0);
  const Descriptor file(
      ::openat(directory_.get(), new_record_name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file) {
    return io_error("Cannot create", path, errno);
  }
  if (const auto written = write_whole(file.get(), encode_document(BodyFormat::json, record), path); !written) {
    return written.error();
  }
  if (::renameat(directory_.get(), new_record_name, directory_.get(), record_name) < 0) {
    return io_error("Cannot replace", path, errno);
  }
  return {};
}

void InstanceDirectory::clean_up() const {
  // The lock file stays: removing it would let two instances lock two files of one name.
  ::unlinkat(directory_.get(), record_name, 0);
  ::unlinkat(directory_.get(), socket_name, 0);
}

Result<std::string> random_token() {
  std::array<unsigned char, 32> bytes{};
  if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
    return io_error("Cannot draw a token", "", errno);
  }
  static constexpr std::string_view digits = "0123456789abcdef";
  std::string token;
  for (const unsigned char byte : bytes) {
    token += digits[byte >> 4U];
    token += digits[byte & 0xFU];
  }
  return token;
}

Result<InstanceRecord> read_instance_record(const std::string& directory) {
  const std::string path = directory + "/" + record_name;
  const Descriptor opened(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!opened) {
    return io_error("No instance is running: cannot open", directory, errno);
  }
  const auto text = read_small_file(opened.get(), record_name, path);
  if (!text) {
    return text.error();
  }
  const auto document = decode_document(BodyFormat::json, *text);
  const Error corrupted(ErrorCode::data_corrupted, "The instance record is not of the documented form.",
                        {{"path", escape_path(path)}});
  if (!document || !document->is_object() || !document->contains("pid") || !document->contains("socket") ||
      !document->contains("token") || !(*document)["pid"].is_number_integer() || !(*document)["socket"].is_string() ||
      !(*document)["token"].is_string()) {
    return corrupted;
  }
  const auto socket = unescape_path((*document)["socket"].get_ref<const std::string&>());
  if (!socket) {
    return corrupted;
  }
  return InstanceRecord{(*document)["pid"].get<int>(), *socket, (*document)["token"].get<std::string>()};
}

Result<Descriptor> connect_socket(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos || slash == 0) {
    return invalid_params("The socket's path is not absolute.", "/socket");
  }
  const Descriptor directory(::open(path.substr(0, slash).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory) {
    return io_error("Cannot open the directory of", path, errno);
  }
  const auto address = address_of(path, directory.get(), path.c_str() + slash + 1);
  if (!address) {
    return address.error();
  }
  Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket) {
    return io_error("Cannot create a socket", path, errno);
  }
  // An instance that accepts nobody any more has a full backlog; SO_SNDTIMEO bounds the wait for room in it, which for
  // a local socket poll() could not see.
  const timeval patience{time_to_connect.count(), 0};
  if (::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) < 0) {
    return io_error("Cannot prepare a socket", path, errno);
  }
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address) < 0) {
    if (errno == EAGAIN || errno == EWOULDBLOCK) {
      return Error{
          ErrorCode::deadline_exceeded, "The instance does not accept connections.", {{"path", escape_path(path)}}};
    }
    if (errno == ECONNREFUSED) {
      return Error{ErrorCode::not_found, "No instance is running: nobody listens.", {{"path", escape_path(path)}}};
    }
    return io_error("Cannot connect to", path, errno);
  }
  const timeval unlimited{};
  ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &unlimited, sizeof unlimited);
  return socket;
}

}  // namespace symphony::ipc
