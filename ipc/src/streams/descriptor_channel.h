#pragma once
// How the memory of a stream reaches a client: beside its connection, so that this stays a stream of bytes and is never
// read with room for descriptors. The platform's part is in descriptor_channel_linux.cpp.

#include <cstdint>
#include <optional>

#include <symphony/descriptor/descriptor.h>
#include <symphony/ipc/error.h>

namespace symphony::ipc {

/// The host's end. It only ever sends: nothing a client could write there is read. Thread-safe.
class DescriptorSender {
 public:
  DescriptorSender() = default;
  explicit DescriptorSender(Descriptor socket) : socket_(std::move(socket)) {}
  /// False: there is no channel, the client is gone, or it has not taken those before.
  bool send(std::uint64_t stream, int descriptor) const;

 private:
  Descriptor socket_;
};

struct DescriptorChannel {
  DescriptorSender sender;
  Descriptor receiver;
};
std::optional<DescriptorChannel> make_descriptor_channel();

/// The client's end: what was sent for `stream`; those sent for streams before it, which came to nothing, are closed.
/// Errors: invalid_request when nothing was sent for it.
Result<Descriptor> receive_descriptor(int channel, std::uint64_t stream);

}  // namespace symphony::ipc
