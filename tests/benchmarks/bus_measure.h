#pragma once
// What the programs of `./dev bench bus` share: where a process runs, how a latency is taken, how a line is printed.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace symphony::bench {

std::uint64_t now_ns();

/// As BENCH_PIN says: "same" puts both processes on one processor, "split" on two, "none" leaves it to the scheduler.
void pin(int side);

/// Runs `other` in a process that ends with this one.
class OtherProcess {
 public:
  explicit OtherProcess(const std::function<void()>& other);
  ~OtherProcess();
  OtherProcess(const OtherProcess&) = delete;
  OtherProcess& operator=(const OtherProcess&) = delete;
  int id() const { return id_; }

 private:
  int id_;
};

/// Two connected stream sockets.
struct SocketPair {
  SocketPair();
  int ours = -1;
  int theirs = -1;
};

/// Repeats `once` for BENCH_SECS seconds after a fifth of that to warm up, and prints its quantiles as one line of
/// eight columns: group, name, bytes, count, median µs, p99 µs, least µs, a second.
void measure(const std::string& group, const std::string& name, std::size_t bytes, const std::function<void()>& once);

/// Counts what `more` did until it has run for BENCH_SECS seconds; one line as above, with µs of each as the median.
void measure_rate(const std::string& group, const std::string& name, std::size_t bytes,
                  const std::function<std::uint64_t()>& more);

void send_all(int descriptor, std::string_view bytes);
/// False: the other side has closed.
bool receive_all(int descriptor, char* bytes, std::size_t count);

/// Reads one number of every cache line: what a consumer at least does with bytes it was given.
std::uint64_t touch(std::string_view bytes);

[[noreturn]] void give_up(const char* what);

}  // namespace symphony::bench
