#pragma once
// Puts the modules on the bus: an endpoint each, blocking methods on a small thread pool.

#include <filesystem>
#include <memory>
#include <string>

#include <symphony/ipc/bus.h>
#include <symphony/pit/module.h>

namespace symphony::pit {

struct PitOptions {
  /// Where databases and blobs live; created when missing. Not writable: modules work in memory and say so in their
  /// status.
  std::filesystem::path data_directory;
  unsigned pool_threads = 2;
};

class Pit {
 public:
  /// Creates, initialises and registers every module. The bus must outlive it.
  static Result<std::unique_ptr<Pit>> open(ipc::Bus& bus, PitOptions options);
  /// Answers what is under way as cancelled, joins the pool, shuts down in reverse order. There is nothing to save:
  /// what a module acknowledged is durable already.
  ~Pit();
  Pit(const Pit&) = delete;
  Pit& operator=(const Pit&) = delete;

  /// {"modules":[{"id","health","methods":{"name":{histogram}}}]}
  nlohmann::json status() const;

 private:
  struct State;
  explicit Pit(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace symphony::pit
