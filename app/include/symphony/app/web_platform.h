#pragma once
// What Qt WebEngine needs of the machine, and what it is told about it, before QApplication exists.

#include <filesystem>
#include <string>
#include <vector>

#include <symphony/app/user_directories.h>
#include <symphony/ipc/error.h>

namespace symphony::app {

inline constexpr std::uint64_t shared_memory_wanted = 32ULL * 1024 * 1024;

/// Whether a window could be shown; the reason when not. Looks at QT_QPA_PLATFORM, WAYLAND_DISPLAY, DISPLAY, and
/// knocks.
ipc::Result<void> find_display(const Environment& environment);
/// Bytes of /dev/shm; 0 when there is none.
std::uint64_t shared_memory_bytes();
bool has_graphics_device();
/// Whether the page could write a word: without a font its process dies. Once a QGuiApplication exists. Qt lists
/// families where there is no font at all (fontconfig's aliases), so one is loaded and looked into.
bool has_fonts();

/// Sets the environment of Qt WebEngine (sandbox, shared memory, software rendering). Returns sentences for the log.
std::vector<std::string> prepare_web_platform(bool offscreen, const std::filesystem::path& runtime_directory);

}  // namespace symphony::app
