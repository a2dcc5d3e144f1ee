#pragma once
// What the probes go for, and a way to run one of them with and without a sandbox.

#include <sys/types.h>

#include <filesystem>
#include <memory>
#include <string>

#include <symphony/ipc/sandbox.h>

#include "sandbox_probe.h"

namespace symphony::probe {

enum class Outcome : std::uint8_t { worked, refused, not_here, broken };

struct Attempted {
  Outcome outcome = Outcome::broken;
  std::string detail;
};

/// Folders, sockets and a victim process below a temporary folder, all of this process' user. `programs`: where the
/// probe and the launcher were copied to, so that any user can start them.
class ScenePlace {
 public:
  /// Exits with a message when it cannot be made: there is nothing to test then.
  explicit ScenePlace(const std::filesystem::path& programs);
  ~ScenePlace();
  ScenePlace(const ScenePlace&) = delete;
  ScenePlace& operator=(const ScenePlace&) = delete;

  Attempted free(const Probe& probe) const;
  Attempted sandboxed(const Probe& probe, bool outer) const;
  ipc::SandboxProfile profile(With with, bool outer) const;
  const std::filesystem::path& folder() const { return folder_; }

 private:
  std::vector<std::string> words(const Probe& probe) const;
  Attempted outcome_of(pid_t process, bool outer, int output) const;

  std::filesystem::path folder_;
  std::filesystem::path probe_;
  std::filesystem::path launcher_;
  int stream_ = -1;
  int datagrams_ = -1;
  int abstract_ = -1;
  int tcp_ = -1;
  int port_ = 0;
  pid_t victim_ = 0;
};

}  // namespace symphony::probe
