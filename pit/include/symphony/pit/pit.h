#pragma once
// Puts the modules on the bus: an endpoint each, blocking methods on a small thread pool.

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <symphony/ipc/bus.h>
#include <symphony/pit/module.h>

namespace symphony::pit {

struct PitOptions {
  /// Where databases and blobs live; created when missing. Not writable: modules work in memory and say so in their
  /// status.
  std::filesystem::path data_directory;
  unsigned pool_threads = 2;
  /// How often the state of modules that live in memory is written, where it changed.
  std::chrono::milliseconds snapshot_interval{5000};
  /// Shared objects with modules (symphony/pit/plugin.h) that take the place of the built-in ones with their ids. They
  /// run with all rights of this program. One that is refused is in status(), and the built-in module stays.
  std::vector<std::filesystem::path> plugins = {};
  /// Development: modules that run in a process of their own, by their id, and the command that starts it
  /// (symphony/pit/serve.h, `symphony-pit-module ID`). The same holds for one that cannot be started.
  std::map<std::string, std::vector<std::string>> processes = {};
  /// For a module's init(), by its id.
  std::map<std::string, nlohmann::json> configuration = {};
};

/// A disk that does not answer holds the end of the program no longer than this; shorter than the application waits for
/// Python, so that the log still says why.
inline constexpr std::chrono::milliseconds longest_close{3000};

class Pit {
 public:
  /// Creates, initialises and registers every module. The bus must outlive it.
  static Result<std::unique_ptr<Pit>> open(ipc::Bus& bus, PitOptions options);
  /// close().
  ~Pit();
  Pit(const Pit&) = delete;
  Pit& operator=(const Pit&) = delete;

  /// Answers what is under way as cancelled, joins the threads, saves the state of the modules that live in memory,
  /// shuts down in reverse order. False when an operation on the disk did not return within `patience`: its thread
  /// cannot be ended, so it is left to the end of the process. Afterwards status() must not be called.
  bool close(std::chrono::milliseconds patience = longest_close) noexcept;

  /// Writes the state of modules that live in memory now, where it changed. Any thread, not after close(). What fails
  /// is in status().
  void save() noexcept;

  /// {"modules":[{"id","health","error","keeps","methods":{"name":{histogram, "errors"}}}],
  /// "elsewhere":{id: file or program}, "refused":[{"from","error"}]}
  nlohmann::json status() const;

 private:
  struct State;
  explicit Pit(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace symphony::pit
