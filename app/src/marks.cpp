#include <symphony/app/marks.h>

#include <algorithm>
#include <ctime>
#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>

#include <unistd.h>

#include <symphony/ipc/trace.h>

namespace symphony::app {
namespace {

/// Enough for every start; a page that marks without end must not grow us.
constexpr std::size_t marks_kept = 256;

std::int64_t started_us() {
  std::ifstream file("/proc/self/stat");
  std::stringstream text;
  text << file.rdbuf();
  const std::string all = text.str();
  // The second field, the program's name in parentheses, may hold anything; field 22 is the start in ticks since boot.
  std::istringstream rest(all.substr(std::min(all.rfind(')'), all.size() - 1) + 1));
  std::string skipped;
  for (int field = 3; field < 22; ++field)
    rest >> skipped;
  std::int64_t ticks = 0;
  rest >> ticks;
  timespec boot{};
  timespec monotonic{};
  ::clock_gettime(CLOCK_BOOTTIME, &boot);
  ::clock_gettime(CLOCK_MONOTONIC, &monotonic);
  const std::int64_t slept_us =
      (boot.tv_sec - monotonic.tv_sec) * 1'000'000 + (boot.tv_nsec - monotonic.tv_nsec) / 1000;
  return ticks * (1'000'000 / ::sysconf(_SC_CLK_TCK)) - slept_us;
}

}  // namespace

Marks::Marks(const std::string& file, std::optional<std::int64_t> exec_ns)
    : exec_us_(exec_ns ? *exec_ns / 1000 : started_us()) {
  if (!file.empty()) file_.open(file, std::ios::trunc);
}

void Marks::set(std::string_view name, std::string_view view, std::uint64_t revision, std::uint64_t ago_us) {
  const std::int64_t since_us = ipc::monotonic_us() - exec_us_;
  const auto ago = static_cast<std::int64_t>(std::min<std::uint64_t>(ago_us, std::numeric_limits<std::int64_t>::max()));
  const std::int64_t at_us = std::max<std::int64_t>(since_us - ago, 0);
  const std::lock_guard lock(mutex_);
  if (marks_.size() >= marks_kept) return;
  marks_.push_back({std::string(name), at_us});
  if (!file_.is_open()) return;
  nlohmann::json line = {{"name", name}, {"us_since_exec", at_us}};
  if (!view.empty()) line.update({{"view", view}, {"revision", revision}});
  file_ << line.dump() << std::endl;
}

std::vector<Mark> Marks::all() const {
  const std::lock_guard lock(mutex_);
  return marks_;
}

}  // namespace symphony::app
