#pragma once
// Files beside the database that hold chunks of large contents, many to a file: one durable write for all of them.
// Where in which file a chunk lies is in the database (chunks.h); a file it does not know belongs to nobody.

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <symphony/descriptor/descriptor.h>
#include <symphony/ipc/error.h>

namespace symphony::pit {

std::filesystem::path pack_file(const std::filesystem::path& packs, std::int64_t pack);

/// A new pack; removed again unless it is kept. Not thread-safe.
class PackWriter {
 public:
  /// Makes the directory as well. Errors: io_error, resource_exhausted (disk full).
  static ipc::Result<PackWriter> create(const std::filesystem::path& packs, std::int64_t pack);
  PackWriter(PackWriter&&) noexcept = default;
  PackWriter& operator=(PackWriter&&) = delete;
  ~PackWriter();

  std::int64_t pack() const noexcept { return pack_; }
  /// Where the bytes are now. Errors as create().
  ipc::Result<std::int64_t> append(std::string_view bytes);
  /// Durable, with its name, when it returns.
  ipc::Result<void> synchronise();
  void keep() noexcept { descriptor_.reset(); }

 private:
  PackWriter(std::filesystem::path file, std::int64_t pack, Descriptor descriptor)
      : file_(std::move(file)), pack_(pack), descriptor_(std::move(descriptor)) {}

  std::filesystem::path file_;
  std::int64_t pack_;
  /// While it is open, the file is to be removed.
  Descriptor descriptor_;
  std::int64_t size_ = 0;
  /// Up to here the kernel has been asked to write.
  std::int64_t written_ = 0;
};

/// Errors: not_found, io_error, data_corrupted when the file is shorter; each names the file.
ipc::Result<std::string> read_pack(const std::filesystem::path& file, std::int64_t at, std::size_t size);

/// Gives the disk back what lies between the ranges, which are in order and do not overlap: {at, size}. Where the file
/// system cannot, it comes back with the file.
void release_gaps(const std::filesystem::path& file,
                  const std::vector<std::pair<std::int64_t, std::int64_t>>& used) noexcept;

}  // namespace symphony::pit
