#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>

#include "sandbox_probe.h"

namespace symphony::probe {
namespace {

/// What cannot be tried without a sandbox either proves nothing.
int make_socket(int family, int type, int protocol = 0) {
  const int reason = failed(::socket(family, type | SOCK_CLOEXEC, protocol));
  return reason == EAFNOSUPPORT || reason == EPROTONOSUPPORT || reason == ESOCKTNOSUPPORT ? not_here : reason;
}

sockaddr_un unix_address(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  ::memcpy(address.sun_path, path.data(), std::min(path.size(), sizeof(address.sun_path) - 1));
  return address;
}

int connect_unix(const std::string& path, bool abstract) {
  const int descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return errno;
  sockaddr_un address = unix_address(abstract ? "_" + path : path);
  if (abstract) address.sun_path[0] = '\0';
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() + 1);
  return failed(::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), length));
}

std::array<int, 2> pair_of(int type) {
  std::array<int, 2> pair{-1, -1};
  if (::socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, pair.data()) != 0) pair = {-1, -1};
  return pair;
}

int send_from_pair(const Scene& scene) {
  const auto pair = pair_of(SOCK_DGRAM);
  if (pair[0] < 0) return errno;
  const sockaddr_un address = unix_address(scene.folder + "/outside/datagrams");
  return failed(::sendto(pair[0], "x", 1, 0, reinterpret_cast<const sockaddr*>(&address), sizeof(address)));
}

int connect_tcp(const Scene& scene) {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return errno;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(scene.port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return failed(::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof(address)));
}

int talk_over_pair() {
  const auto pair = pair_of(SOCK_STREAM);
  if (pair[0] < 0) return errno;
  char byte = 'x';
  return failed(::write(pair[0], &byte, 1) == 1 && ::read(pair[1], &byte, 1) == 1 ? 0 : -1);
}

}  // namespace

const std::vector<Probe>& socket_probes() {
  using enum Expected;
  static const std::vector<Probe> probes{
      {"TCP socket", denied, [](const Scene&) { return make_socket(AF_INET, SOCK_STREAM); }},
      {"UDP socket", denied, [](const Scene&) { return make_socket(AF_INET, SOCK_DGRAM); }},
      {"IPv6 socket", denied, [](const Scene&) { return make_socket(AF_INET6, SOCK_STREAM); }},
      {"raw socket", denied, [](const Scene&) { return make_socket(AF_INET, SOCK_RAW, IPPROTO_ICMP); }},
      {"packet socket", denied, [](const Scene&) { return make_socket(AF_PACKET, SOCK_RAW); }},
      {"netlink socket", denied, [](const Scene&) { return make_socket(AF_NETLINK, SOCK_RAW); }},
      {"Unix socket", denied, [](const Scene&) { return make_socket(AF_UNIX, SOCK_STREAM); }},
      {"vsock socket", denied, [](const Scene&) { return make_socket(AF_VSOCK, SOCK_STREAM); }},
      {"kernel crypto socket", denied, [](const Scene&) { return make_socket(AF_ALG, SOCK_SEQPACKET); }},
      {"Bluetooth socket", denied, [](const Scene&) { return make_socket(AF_BLUETOOTH, SOCK_SEQPACKET); }},
      {"connect to a Unix socket by its path", denied,
       [](const Scene& s) { return connect_unix(s.folder + "/outside/stream", false); }},
      {"connect to an abstract Unix socket", denied,
       [](const Scene& s) { return connect_unix("symphony-probe-" + std::to_string(s.victim), true); }},
      {"datagram from a socket pair to a path", denied, send_from_pair},
      {"connect to the loopback interface", denied, connect_tcp},
  };
  return probes;
}

std::vector<Probe> allowed_socket_probes();
std::vector<Probe> allowed_socket_probes() {
  using enum Expected;
  return {{"allowed: socket pair", allowed, [](const Scene&) { return talk_over_pair(); }}};
}

}  // namespace symphony::probe
