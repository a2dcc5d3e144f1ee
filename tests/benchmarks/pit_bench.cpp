// The Artifact Store's own part of the spine's numbers: first index, re-open, keystrokes, live scan.
// pit_bench [FOLDER]: prints one JSON object a line. FOLDER keeps the generated tree for the next run.

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include <symphony/ipc/path_text.h>

#include "artifact_store/artifact_store.h"
#include "source_tree.h"

namespace {

namespace fs = std::filesystem;
using SteadyClock = std::chrono::steady_clock;
using symphony::pit::ArtifactStore;

double ms_since(SteadyClock::time_point begun) {
  return std::chrono::duration<double, std::milli>(SteadyClock::now() - begun).count();
}

void print(const std::string& name, double value, const std::string& unit) {
  std::cout << nlohmann::json{{"name", name}, {"value", value}, {"unit", unit}}.dump() << std::endl;
}

double quantile(std::vector<double> values, double q) {
  std::sort(values.begin(), values.end());
  return values.empty() ? 0 : values[static_cast<std::size_t>(q * static_cast<double>(values.size() - 1))];
}

nlohmann::json ask(ArtifactStore& store, const char* method, const nlohmann::json& params) {
  auto result = store.handle_message({method, params, {}});
  if (result.has_error()) throw std::runtime_error(std::string(method) + ": " + result.error().message);
  return *result;
}

/// Proportional set size of this process: what it costs the machine.
double pss_mib() {
  std::ifstream in("/proc/self/smaps_rollup");
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("Pss:")) return std::stod(line.substr(4)) / 1024;
  }
  return 0;
}

void open_and_settle(ArtifactStore& store, const fs::path& folder) {
  ask(store, "index.open", {{"folder", folder.string()}});
  if (!store.index()->wait_settled(std::chrono::minutes(5))) throw std::runtime_error("the index did not settle");
}

void bench_queries(ArtifactStore& store, const std::string& label, const std::vector<std::string>& queries,
                   const char* method) {
  std::vector<double> times;
  std::pair<double, std::string> slowest;
  for (const std::string& query : queries) {
    const auto begun = SteadyClock::now();
    const nlohmann::json result = ask(store, method, {{"query", query}});
    times.push_back(ms_since(begun));
    slowest = std::max(slowest, {times.back(), query + " (" + std::to_string(result["hits"].size()) + " hits)"});
  }
  print(label + "_median", quantile(times, 0.5), "ms");
  print(label + "_p99", quantile(times, 0.99), "ms");
  std::cerr << label << ": " << times.size() << " queries, slowest " << slowest.first << " ms: " << slowest.second
            << '\n';
}

/// Everything on the screen while these are typed, a letter at a time.
std::vector<std::string> keystrokes(const std::vector<std::string>& typed) {
  std::vector<std::string> queries;
  for (const std::string& text : typed) {
    for (std::size_t length = 1; length <= text.size(); ++length)
      queries.push_back(text.substr(0, length));
  }
  return queries;
}

/// Literals from all over the tree: lines, words and middles of words, as anybody may search for.
std::vector<std::string> sampled(const fs::path& folder, std::size_t count) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  std::vector<std::string> queries;
  std::uint64_t random = 88172645463325252ULL;
  while (queries.size() < count) {
    random ^= random << 13;
    random ^= random >> 7;
    random ^= random << 17;
    std::ifstream in(files[random % files.size()], std::ios::binary);
    std::stringstream buffer;
    buffer << in.rdbuf();
    const std::string text = std::move(buffer).str();
    const std::size_t length = 3 + random / 7 % 14;
    if (text.size() <= length) continue;
    std::string query = text.substr(random / 3 % (text.size() - length), length);
    if (query.find('\n') == std::string::npos && symphony::ipc::is_valid_utf8(query))
      queries.push_back(std::move(query));
  }
  return queries;
}

}  // namespace

int main(int argc, char** argv) try {
  const fs::path work = fs::temp_directory_path() / ("symphony-pit-bench-" + std::to_string(::getpid()));
  const fs::path folder = argc > 1 ? fs::path(argv[1]) : work / "tree";
  if (!fs::exists(folder)) symphony::benchmarks::make_source_tree(folder, 10'000, 100'000'000);

  std::vector<double> ripgrep;
  if (std::system("command -v rg >/dev/null") == 0) {
    const std::string command = "rg -i -F --no-messages -c zqxjk_nowhere '" + folder.string() + "' >/dev/null";
    for (int i = 0; i < 3; ++i) {
      const auto begun = SteadyClock::now();
      if (std::system(command.c_str()) == -1) break;
      ripgrep.push_back(ms_since(begun));
    }
    print("ripgrep_pass", quantile(ripgrep, 0.5), "ms");
  }

  const double pss_before = pss_mib();
  {
    ArtifactStore store;
    if (store.init({{"data_directory", (work / "data").string()}}).has_error()) return 1;
    const auto begun = SteadyClock::now();
    open_and_settle(store, folder);
    print("first_index", ms_since(begun), "ms");
    const nlohmann::json status = ask(store, "index.status", nlohmann::json::object());
    print("indexed_files", status["indexed"], "files");
    print("indexed_text", status["text_bytes"].get<double>() / 1e6, "MB");
    const std::vector<std::string> typed =
        keystrokes({"include", "unsigned long", "def __init__", "static inline int", "zqxjk", "self.assertEqual",
                    "copyright", "std::vector<std::string>", "return nullptr", "TODO", "namespace boost"});
    bench_queries(store, "search_typed", typed, "index.search");
    bench_queries(store, "search_sampled", sampled(folder, 500), "index.search");
    bench_queries(store, "scan", {"zqxjk", "include", "std::vector<std::string>"}, "index.scan");
    print("memory_after_search", pss_mib() - pss_before, "MiB");
  }
  std::uintmax_t size = 0;
  for (const auto& entry : fs::recursive_directory_iterator(work / "data")) {
    if (entry.is_regular_file()) size += entry.file_size();
  }
  print("index_size", static_cast<double>(size) / 1e6, "MB");
  {
    ArtifactStore store;
    if (store.init({{"data_directory", (work / "data").string()}}).has_error()) return 1;
    const auto begun = SteadyClock::now();
    open_and_settle(store, folder);
    print("reopen", ms_since(begun), "ms");
    const auto changed = SteadyClock::now();
    std::ofstream(folder / "pit_bench_change.txt") << "a change " << ::getpid() << '\n';
    while (!store.index()->fresh())
      store.index()->wait_settled(std::chrono::seconds(1));
    print("change_indexed", ms_since(changed), "ms");
    fs::remove(folder / "pit_bench_change.txt");
    print("memory_idle", pss_mib() - pss_before, "MiB");
  }
  fs::remove_all(work);
  return 0;
} catch (const std::exception& error) {
  std::cerr << "pit_bench: " << error.what() << '\n';
  return 1;
}
