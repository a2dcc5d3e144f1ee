#include <symphony/ipc/sandbox.h>

#include <array>
#include <string_view>
#include <utility>

#include <symphony/ipc/path_text.h>
#include <symphony/sandbox/profile_reader.h>

namespace symphony::ipc {
namespace {

/// What the dynamic loader, the C library and a language's runtime read before any code of the extension runs. Nothing
/// here belongs to a person.
constexpr std::array programs{"/usr", "/lib", "/lib32", "/lib64", "/libx32", "/bin", "/sbin", "/nix/store"};
constexpr std::array readable{
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/localtime",
    "/etc/locale.alias",
    "/etc/ssl/certs",
    "/etc/alternatives",
    "/proc/self",
    "/proc/meminfo",
    "/proc/cpuinfo",
    "/dev/urandom",
    "/dev/random",
    "/dev/zero",
    "/dev/full",
    "/sys/devices/system/cpu",
    "/proc/sys/vm/overcommit_memory",
};
constexpr std::string_view null_device = "/dev/null";

class Writer {
 public:
  explicit Writer(std::string_view header) { field(header); }
  void pair(const char* key, std::string_view value) {
    field(key);
    field(value);
  }
  void flag(const char* key, bool value) { pair(key, value ? "yes" : "no"); }
  template <class Number>
  void number(const char* key, const std::optional<Number>& value) {
    if (value) {
      pair(key, std::to_string(*value));
    }
  }
  bool trees(const char* key, const std::vector<std::filesystem::path>& paths) {
    for (const auto& path : paths) {
      if (path.native().find('\0') != std::string::npos) {
        return false;
      }
      pair(key, path.native());
    }
    return true;
  }
  std::string finish() && {
    field(sandbox::profile_end);
    return std::move(text_);
  }

 private:
  void field(std::string_view value) {
    text_ += value;
    text_ += '\0';
  }
  std::string text_;
};

Error wrong(const std::string& field, const std::string& message) {
  return invalid_params("The sandbox profile's \"" + field + "\" " + message + ".", "/" + field);
}

/// Takes what it knows out of a document, so that what is left is what nobody knows.
class Reader {
 public:
  explicit Reader(nlohmann::json document) : document_(std::move(document)) {}

  bool trees(const char* key, std::vector<std::filesystem::path>& into) {
    return take(key, [&](const nlohmann::json& value) {
      if (!value.is_array()) return false;
      for (const auto& each : value) {
        const auto path = each.is_string() ? unescape_path(each.get_ref<const std::string&>()) : std::nullopt;
        if (!path) return false;
        into.emplace_back(*path);
      }
      return true;
    });
  }
  bool flag(const char* key, bool& into) {
    return take(key, [&](const nlohmann::json& value) {
      if (!value.is_boolean()) return false;
      into = value.get<bool>();
      return true;
    });
  }
  template <class Number>
  bool number(const char* key, std::optional<Number>& into, std::uint64_t lowest, std::uint64_t highest) {
    return take(key, [&](const nlohmann::json& value) {
      if (!value.is_number_integer() || (!value.is_number_unsigned() && value.get<std::int64_t>() < 0)) return false;
      const auto wanted = value.get<std::uint64_t>();
      if (wanted < lowest || wanted > highest) return false;
      into = static_cast<Number>(wanted);
      return true;
    });
  }
  Result<void> finish() const {
    if (!failed_.empty()) {
      return wrong(failed_, "has a value that is not allowed");
    }
    if (!document_.empty()) {
      return wrong(document_.begin().key(), "is not known");
    }
    return {};
  }

 private:
  template <class Read>
  bool take(const char* key, Read read) {
    const auto found = document_.find(key);
    if (found == document_.end()) return true;
    const bool good = read(*found);
    if (!good && failed_.empty()) failed_ = key;
    document_.erase(found);
    return good;
  }
  nlohmann::json document_;
  std::string failed_;
};

}  // namespace

Result<SandboxProfile> SandboxProfile::from_json(const nlohmann::json& document) {
  if (!document.is_object()) {
    return invalid_params("The sandbox profile is no object.", "");
  }
  constexpr std::uint64_t lowest_memory = 4U * 1024U * 1024U;
  constexpr std::uint32_t most = 1U << 20U;
  Reader reader(document);
  SandboxProfile profile;
  reader.trees("read", profile.read);
  reader.trees("execute", profile.execute);
  reader.trees("write", profile.write);
  reader.flag("start_programs", profile.start_programs);
  reader.flag("change_metadata", profile.change_metadata);
  reader.flag("raw_network", profile.raw_network);
  reader.flag("outer", profile.outer);
  reader.number("memory_bytes", profile.memory_bytes, lowest_memory, sandbox::number_max);
  reader.number("cpu_percent", profile.cpu_percent, 1, most);
  reader.number("processes", profile.processes, 0, most);
  reader.number("files", profile.files, 16, most);
  reader.number("file_bytes", profile.file_bytes, 0, sandbox::number_max);
  if (const auto finished = reader.finish(); !finished) {
    return finished.error();
  }
  return profile;
}

Result<std::string> encode_profile(const SandboxProfile& profile, const std::filesystem::path& executable,
                                   const std::filesystem::path& outer,
                                   const std::vector<std::filesystem::path>& joins) {
  Writer writer(sandbox::profile_header);
  for (const char* path : programs) {
    writer.pair(sandbox::key_execute, path);
  }
  for (const char* path : readable) {
    writer.pair(sandbox::key_read, path);
  }
  writer.pair(sandbox::key_write, null_device);
  const bool whole = writer.trees(sandbox::key_execute, {executable}) &&
                     writer.trees(sandbox::key_execute, profile.execute) &&
                     writer.trees(sandbox::key_read, profile.read) && writer.trees(sandbox::key_write, profile.write) &&
                     writer.trees(sandbox::key_join, joins);
  if (!whole) {
    return invalid_params("A path in the sandbox profile holds a zero byte.", "/read");
  }
  writer.flag(sandbox::key_start_programs, profile.start_programs);
  writer.flag(sandbox::key_change_metadata, profile.change_metadata);
  writer.flag(sandbox::key_raw_network, profile.raw_network);
  if (profile.outer && !outer.empty()) {
    writer.pair(sandbox::key_outer, outer.native());
  }
  writer.number(sandbox::key_memory, profile.memory_bytes);
  writer.number(sandbox::key_processes, profile.processes);
  writer.number(sandbox::key_files, profile.files);
  writer.number(sandbox::key_file_size, profile.file_bytes);
  std::string text = std::move(writer).finish();
  // The launcher's own reader has the last word: what it would refuse is not sent.
  sandbox::ProfileView view;
  if (const char* reason = sandbox::read_profile(text.data(), text.size(), view)) {
    return invalid_params("The sandbox profile cannot be used: " + std::string(reason) + ".", "");
  }
  return text;
}

}  // namespace symphony::ipc
