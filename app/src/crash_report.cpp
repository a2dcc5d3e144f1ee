#include <symphony/app/crash_report.h>

#include <array>
#include <atomic>
#include <charconv>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <string>
#include <utility>

#include <execinfo.h>
#include <fcntl.h>
#include <sys/file.h>
#include <ucontext.h>
#include <unistd.h>

namespace symphony::app {
namespace {

constexpr std::array<int, 5> signals = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
constexpr std::size_t alternate_stack_bytes = 64U * 1024U;

int report_descriptor = -1;
std::atomic<bool> reporting = false;
std::array<char, alternate_stack_bytes> alternate_stack;

void write_text(const char* text, std::size_t length) {
  while (length > 0) {
    const ssize_t count = ::write(report_descriptor, text, length);
    if (count <= 0) return;
    text += count;
    length -= static_cast<std::size_t>(count);
  }
}

void write_line(const char* name, std::uint64_t value) {
  std::array<char, 64> line{};
  std::size_t length = 0;
  for (; name[length] != 0 && length < 24; ++length)
    line[length] = name[length];
  line[length++] = ' ';
  line[length++] = '0';
  line[length++] = 'x';
  const auto [end, error] = std::to_chars(line.data() + length, line.data() + line.size() - 1, value, 16);
  if (error != std::errc()) return;
  *end = '\n';
  write_text(line.data(), static_cast<std::size_t>(end - line.data()) + 1);
}

/// Only system calls and backtrace(), which was loaded beforehand: nothing here allocates or locks.
void on_signal(int number, siginfo_t* information, void* context) {
  if (!reporting.exchange(true) && report_descriptor >= 0) {
    write_line("signal", static_cast<std::uint64_t>(number));
    write_line("code", static_cast<std::uint64_t>(information->si_code));
    write_line("address", reinterpret_cast<std::uint64_t>(information->si_addr));
    write_line("thread", static_cast<std::uint64_t>(::gettid()));
#if defined(__x86_64__)
    static constexpr std::array<const char*, NGREG> names = {
        "r8",  "r9",  "r10", "r11", "r12", "r13", "r14",    "r15", "rdi",    "rsi",     "rbp", "rbx",
        "rdx", "rax", "rcx", "rsp", "rip", "efl", "csgsfs", "err", "trapno", "oldmask", "cr2"};
    const auto* machine = static_cast<const ucontext_t*>(context);
    for (std::size_t index = 0; index < names.size(); ++index)
      write_line(names[index], static_cast<std::uint64_t>(machine->uc_mcontext.gregs[index]));
#else
    static_cast<void>(context);
#endif
    std::array<void*, 64> counters{};
    const int count = ::backtrace(counters.data(), static_cast<int>(counters.size()));
    for (int index = 0; index < count; ++index)
      write_line("pc", reinterpret_cast<std::uint64_t>(counters[static_cast<std::size_t>(index)]));
    const int maps = ::open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
    std::array<char, 4096> buffer;
    for (ssize_t got = 0; maps >= 0 && (got = ::read(maps, buffer.data(), buffer.size())) > 0;)
      write_text(buffer.data(), static_cast<std::size_t>(got));
    ::fsync(report_descriptor);
  }
  // The usual end, so that whoever started us sees the signal. The handler was reset when it was entered.
  ::raise(number);
}

}  // namespace

CrashReport::CrashReport(const std::filesystem::path& directory) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  const auto file =
      directory / ("crash-" + std::to_string(::time(nullptr)) + "-" + std::to_string(::getpid()) + ".txt");
  report_descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (report_descriptor < 0) return;
  // Tells a report still being kept open by a living instance from one left behind.
  ::flock(report_descriptor, LOCK_EX | LOCK_NB);
  file_ = file;
  std::array<void*, 1> first{};
  ::backtrace(first.data(), 1);
  stack_t stack{};
  stack.ss_sp = alternate_stack.data();
  stack.ss_size = alternate_stack.size();
  ::sigaltstack(&stack, nullptr);
  struct sigaction action {};
  action.sa_sigaction = on_signal;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | static_cast<int>(SA_RESETHAND);
  for (const int number : signals)
    ::sigaction(number, &action, nullptr);
}

CrashReport::~CrashReport() {
  if (report_descriptor < 0) return;
  for (const int number : signals)
    std::signal(number, SIG_DFL);
  stack_t none{};
  none.ss_flags = SS_DISABLE;
  ::sigaltstack(&none, nullptr);
  ::close(std::exchange(report_descriptor, -1));
  std::error_code error;
  std::filesystem::remove(file_, error);
}

std::vector<std::filesystem::path> CrashReport::take_unseen(const std::filesystem::path& directory) {
  std::vector<std::filesystem::path> found;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(directory, error), end; !error && entry != end;
       entry.increment(error)) {
    const std::filesystem::path file = entry->path();
    if (file.extension() != ".txt") continue;
    const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (descriptor < 0) continue;
    const bool abandoned = ::flock(descriptor, LOCK_EX | LOCK_NB) == 0;
    const bool empty = ::lseek(descriptor, 0, SEEK_END) == 0;
    ::close(descriptor);
    if (!abandoned) continue;
    std::error_code ignored;
    if (empty) {
      std::filesystem::remove(file, ignored);  // killed, not crashed
      continue;
    }
    const std::filesystem::path seen = file.string() + ".seen";
    std::filesystem::rename(file, seen, ignored);
    found.push_back(ignored ? file : seen);
  }
  return found;
}

}  // namespace symphony::app
