#pragma once
// Admits outside programs of the same user.

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <string>
#include <vector>

#include "instance_directory.h"
#include "router.h"

namespace symphony::ipc {

class Listener : public std::enable_shared_from_this<Listener> {
 public:
  static Result<std::shared_ptr<Listener>> open(Router& router, std::string directory, std::vector<std::string> grants);
  Listener(Router& router, InstanceDirectory directory, int socket, std::string token, std::vector<std::string> grants);

  /// Removes the record and the socket. On the bus thread.
  void close();

 private:
  void wait();
  void accept_waiting();
  void admit(Descriptor socket);
  Result<void> authenticate(const Hello& hello);

  Router& router_;
  InstanceDirectory directory_;
  boost::asio::posix::stream_descriptor socket_;
  boost::asio::steady_timer pause_;
  std::string token_;
  const std::vector<std::string> grants_;
  std::uint64_t admitted_ = 0;
};

}  // namespace symphony::ipc
