#pragma once
// What extension processes print, kept within bounds however fast they print it.

#include <filesystem>
#include <memory>

#include <symphony/descriptor/descriptor.h>
#include <symphony/ipc/error.h>

namespace symphony::ipc {

/// One thread that reads the pipes and writes the files: a disk that is slow slows the one who prints, not the bus.
/// On any thread.
class OutputRecorder {
 public:
  /// Errors: resource_exhausted.
  static Result<std::unique_ptr<OutputRecorder>> create();
  /// Records what the pipes still hold.
  ~OutputRecorder();
  OutputRecorder(const OutputRecorder&) = delete;
  OutputRecorder& operator=(const OutputRecorder&) = delete;

  /// Until the pipe's last writer is gone. `pipe` is non-blocking. Several processes may share a log.
  void record(Descriptor pipe, std::filesystem::path log);
  /// Returns when what the pipes held is in the files.
  void flush();

 private:
  struct State;
  explicit OutputRecorder(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace symphony::ipc
