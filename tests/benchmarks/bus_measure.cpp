#include "bus_measure.h"

#include <sched.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace symphony::bench {
namespace {

double seconds() {
  const char* text = std::getenv("BENCH_SECS");
  return text != nullptr ? std::strtod(text, nullptr) : 0.5;
}

std::uint64_t nanoseconds(double count) { return static_cast<std::uint64_t>(count * 1e9); }

}  // namespace

std::uint64_t now_ns() {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
          .count());
}

void pin(int side) {
  const char* text = std::getenv("BENCH_PIN");
  const std::string_view wanted = text != nullptr ? text : "none";
  if (wanted == "none") {
    return;
  }
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<std::size_t>(wanted == "same" ? 1 : side), &set);
  ::sched_setaffinity(0, sizeof set, &set);
}

OtherProcess::OtherProcess(const std::function<void()>& other) {
  std::fflush(stdout);
  id_ = ::fork();
  if (id_ < 0) {
    give_up("fork");
  }
  if (id_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    pin(1);
    other();
    std::fflush(stdout);
    ::_exit(0);
  }
}

OtherProcess::~OtherProcess() {
  ::kill(id_, SIGKILL);
  ::waitpid(id_, nullptr, 0);
}

SocketPair::SocketPair() {
  std::array<int, 2> pair{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()) != 0) {
    give_up("socketpair");
  }
  ours = pair[0];
  theirs = pair[1];
}

void measure(const std::string& group, const std::string& name, std::size_t bytes, const std::function<void()>& once) {
  constexpr std::size_t most = std::size_t{1} << 18U;
  std::vector<std::uint64_t> samples;
  samples.reserve(most);
  const std::uint64_t start = now_ns();
  const std::uint64_t warm = start + nanoseconds(seconds() * 0.2);
  const std::uint64_t end = start + nanoseconds(seconds() * 1.2);
  for (std::uint64_t before = start; before < end || samples.size() < 3;) {
    once();
    const std::uint64_t after = now_ns();
    if (after > warm && samples.size() < most) {
      samples.push_back(after - before);
    }
    before = after;
  }
  std::sort(samples.begin(), samples.end());
  const auto quantile = [&](double q) {
    const auto index = static_cast<std::size_t>(q * static_cast<double>(samples.size()));
    return static_cast<double>(samples[std::min(index, samples.size() - 1)]) / 1000.0;
  };
  double sum = 0;
  for (const std::uint64_t sample : samples) {
    sum += static_cast<double>(sample);
  }
  std::printf("%s\t%s\t%zu\t%zu\t%.3f\t%.3f\t%.3f\t%.0f\n", group.c_str(), name.c_str(), bytes, samples.size(),
              quantile(0.5), quantile(0.99), quantile(0), 1e9 * static_cast<double>(samples.size()) / sum);
  std::fflush(stdout);
}

void measure_rate(const std::string& group, const std::string& name, std::size_t bytes,
                  const std::function<std::uint64_t()>& more) {
  const std::uint64_t warm = now_ns() + nanoseconds(seconds() * 0.2);
  while (now_ns() < warm) {
    more();
  }
  const std::uint64_t start = now_ns();
  const std::uint64_t end = start + nanoseconds(seconds());
  std::uint64_t done = 0;
  std::uint64_t now = start;
  while (now < end) {
    done += more();
    now = now_ns();
  }
  const double rate = static_cast<double>(done) * 1e9 / static_cast<double>(now - start);
  std::printf("%s\t%s\t%zu\t%llu\t%.3f\t0\t0\t%.0f\n", group.c_str(), name.c_str(), bytes,
              static_cast<unsigned long long>(done), 1e6 / rate, rate);
  std::fflush(stdout);
}

void send_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(descriptor, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno != EINTR) {
      give_up("send");
    }
    bytes.remove_prefix(sent > 0 ? static_cast<std::size_t>(sent) : 0);
  }
}

bool receive_all(int descriptor, char* bytes, std::size_t count) {
  while (count > 0) {
    const ssize_t got = ::recv(descriptor, bytes, count, 0);
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got <= 0) {
      return false;
    }
    bytes += got;
    count -= static_cast<std::size_t>(got);
  }
  return true;
}

std::uint64_t touch(std::string_view bytes) {
  constexpr std::size_t cache_line = 64;
  std::uint64_t sum = 0;
  for (std::size_t at = 0; at + sizeof sum <= bytes.size(); at += cache_line) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + at, sizeof word);
    sum += word;
  }
  return sum;
}

void give_up(const char* what) {
  std::fprintf(stderr, "%s: %s\n", what, std::strerror(errno));
  std::_Exit(2);
}

}  // namespace symphony::bench
