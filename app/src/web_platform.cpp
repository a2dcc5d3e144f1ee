#include <symphony/app/web_platform.h>

#include <array>
#include <cstring>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/un.h>
#include <unistd.h>
#include <QFont>
#include <QRawFont>

#include <symphony/app/catalogue.h>
#include <symphony/app/workspace_files.h>

namespace symphony::app {
namespace {

namespace fs = std::filesystem;

bool answers(const std::string& path, bool abstract) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::size_t shift = abstract ? 1 : 0;
  if (path.size() + shift >= sizeof address.sun_path) return false;
  std::memcpy(address.sun_path + shift, path.data(), path.size());
  const Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const auto length =
      static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + shift + path.size() + (abstract ? 0 : 1));
  return socket && ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), length) == 0;
}

/// ":0", ":99.0", "unix:1"; other forms name another machine and are left to Qt.
std::optional<std::string> local_display_number(const std::string& display) {
  const std::size_t colon = display.rfind(':');
  if (colon == std::string::npos || (colon != 0 && display.substr(0, colon) != "unix")) return std::nullopt;
  return display.substr(colon + 1, display.find('.', colon) - colon - 1);
}

void add_flag(std::string_view flag) {
  std::string flags = environment_variable("QTWEBENGINE_CHROMIUM_FLAGS").value_or("");
  if (flags.find(flag) != std::string::npos) return;
  if (!flags.empty()) flags += ' ';
  flags += flag;
  ::setenv("QTWEBENGINE_CHROMIUM_FLAGS", flags.c_str(), 1);
}

}  // namespace

ipc::Result<void> find_display(const Environment& environment) {
  if (const auto platform = environment("QT_QPA_PLATFORM");
      platform && !platform->empty() && !platform->starts_with("xcb") && !platform->starts_with("wayland"))
    return {};
  if (const auto wayland = environment("WAYLAND_DISPLAY"); wayland && !wayland->empty()) {
    const fs::path socket = fs::path(environment("XDG_RUNTIME_DIR").value_or("")) / *wayland;
    if (answers(socket.string(), false)) return {};
  }
  const auto display = environment("DISPLAY");
  if (!display || display->empty()) return error_of(ipc::ErrorCode::not_found, Sentence::display_missing);
  const auto local = local_display_number(*display);
  if (!local || answers("/tmp/.X11-unix/X" + *local, false) || answers("/tmp/.X11-unix/X" + *local, true)) return {};
  return error_of(ipc::ErrorCode::not_found, Sentence::display_silent, {{"display", *display}});
}

std::uint64_t shared_memory_bytes() {
  struct statvfs status {};
  if (::statvfs("/dev/shm", &status) != 0) return 0;
  return static_cast<std::uint64_t>(status.f_blocks) * status.f_frsize;
}

bool has_graphics_device() {
  std::error_code error;
  for (fs::directory_iterator entry("/dev/dri", error), end; !error && entry != end; entry.increment(error)) {
    if (entry->path().filename().string().starts_with("renderD")) return true;
  }
  return false;
}

bool has_fonts() { return !QRawFont::fromFont(QFont()).fontTable("cmap").isEmpty(); }

std::vector<std::string> prepare_web_platform(bool offscreen, const fs::path& runtime_directory) {
  std::vector<std::string> notes;
  if (offscreen) ::setenv("QT_QPA_PLATFORM", "offscreen", 1);
  if (::geteuid() == 0) {
    ::setenv("QTWEBENGINE_DISABLE_SANDBOX", "1", 1);
    notes.push_back(text_of(Sentence::note_page_sandbox_off));
  }
  if (shared_memory_bytes() < shared_memory_wanted) {
    add_flag("--disable-dev-shm-usage");
    notes.push_back(
        text_of(Sentence::note_shared_memory_small, {{"wanted", std::to_string(shared_memory_wanted / 1024 / 1024)}}));
  }
  if (offscreen || environment_variable("QT_QPA_PLATFORM").value_or("").starts_with("offscreen") ||
      !has_graphics_device()) {
    ::setenv("QT_QUICK_BACKEND", "software", 0);
    add_flag("--disable-gpu");
    notes.push_back(text_of(Sentence::note_software_rendering));
  }
  struct stat status {};
  const auto runtime = environment_variable("XDG_RUNTIME_DIR");
  if (!runtime || ::stat(runtime->c_str(), &status) != 0 || !S_ISDIR(status.st_mode) ||
      (status.st_mode & 0777U) != 0700U) {
    ::setenv("XDG_RUNTIME_DIR", runtime_directory.c_str(), 1);
  }
  return notes;
}

}  // namespace symphony::app
