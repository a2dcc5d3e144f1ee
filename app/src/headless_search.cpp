#include <symphony/app/headless_search.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include <symphony/app/catalogue.h>
#include <symphony/app/line_matches.h>

namespace symphony::app {
namespace {

using ipc::Error;
using ipc::ErrorCode;
using ipc::Result;
using nlohmann::json;

// The explorer's interface, by the ids it keeps for the life of its view.
constexpr char view[] = "explorer";
constexpr char explorer[] = "file_explorer";
constexpr char search_field[] = "search";
constexpr char result_list[] = "results";
constexpr char nothing_found[] = "no_results";
constexpr char search_problem[] = "search_problem";
constexpr char folder_problem[] = "folder_problem";
constexpr char summary_line[] = "summary";

constexpr std::size_t rows_a_window = 500;
constexpr std::chrono::milliseconds span_batch_patience{1000};
constexpr std::chrono::milliseconds look_again{5};

/// What a row of the list stands for: its key is "line:<number>:<path>" or "file:<path>".
struct RowPlace {
  std::string path;
  std::size_t line = 0;
};

std::optional<RowPlace> place_of(std::string_view key) {
  if (key.starts_with("file:")) return RowPlace{std::string(key.substr(5)), 0};
  if (!key.starts_with("line:")) return std::nullopt;
  key.remove_prefix(5);
  const std::size_t colon = key.find(':');
  RowPlace place;
  if (colon == std::string_view::npos) return std::nullopt;
  const auto [end, error] = std::from_chars(key.data(), key.data() + colon, place.line);
  if (error != std::errc() || end != key.data() + colon || place.line == 0) return std::nullopt;
  place.path = key.substr(colon + 1);
  return place;
}

void add_hits(const WorkspaceFiles& files, const std::string& query, const std::string& path,
              const std::map<std::size_t, std::string>& shown, json& hits) {
  std::map<std::size_t, std::string> lines;
  std::set<std::size_t> wanted;
  for (const auto& [line, label] : shown)
    wanted.insert(line);
  if (const auto file = files.open(path)) lines = read_lines(file->descriptor.get(), wanted);
  for (const auto& [number, label] : shown) {
    // A row shows its line for people: without the blanks before it and with signs in place of control characters.
    const auto read = lines.find(number);
    const std::string& line = read == lines.end() ? label : read->second;
    auto places = occurrences(line, query);
    if (places.empty()) places.push_back(0);
    for (const std::size_t place : places) {
      hits.push_back(
          {{"path", path}, {"line", number}, {"column", place + 1}, {"text", around(line, place, query.size())}});
    }
  }
}

/// Whether the explorer has reported its part: it does so in batches, and a span may come before its parent.
bool is_whole(const std::vector<ipc::Span>& spans) {
  std::set<std::uint64_t> known{0};
  for (const ipc::Span& span : spans)
    known.insert(span.context.span_id);
  return std::any_of(spans.begin(), spans.end(), [](const ipc::Span& span) { return span.process == explorer; }) &&
         std::all_of(spans.begin(), spans.end(), [&](const ipc::Span& span) { return known.contains(span.parent_id); });
}

}  // namespace

HeadlessSearch::HeadlessSearch(const std::string& workspace, virtual_dom::LogLine log)
    : relay_(*this, [&] {
        virtual_dom::RelayOptions options;
        options.log = std::move(log);
        return options;
      }()) {
  files_.set_folder(workspace);
  relay_.attach();
}

HeadlessSearch::~HeadlessSearch() = default;

void HeadlessSearch::join_bus(ipc::Bus& bus) {
  if (auto joined = relay_.connect(bus); !joined) give_up(joined.error());
  bus_.open(bus);
}

void HeadlessSearch::leave_bus() {
  bus_.close();
  relay_.disconnect();
  give_up(error_of(ErrorCode::endpoint_unavailable, Sentence::conductor_ended));
}

void HeadlessSearch::give_up(Error reason) {
  const std::lock_guard lock(mutex_);
  if (!failed_) failed_ = std::move(reason);
  ++changes_;
  changed_.notify_all();
}

void HeadlessSearch::deliver(const json& message) {
  const std::lock_guard lock(mutex_);
  const std::string type = message.value("type", "");
  if (type == "conductor") {
    conductor_state_ = message.value("state", "");
  } else if (type == "workspace" && message.contains("error") && message["error"].is_string() && !failed_) {
    failed_ = Error{ErrorCode::io_error, message["error"].get<std::string>(), nullptr};
  } else if (type == "extension" && message.value("id", "") == explorer && message.value("quarantined", false) &&
             !failed_) {
    failed_ = error_of(ErrorCode::endpoint_unavailable, Sentence::explorer_unstable,
                       {{"reason", message.value("message", "")}});
  }
  ++changes_;
  changed_.notify_all();
}

Result<void> HeadlessSearch::wait_until(const Condition& condition, std::string_view what) {
  for (;;) {
    std::uint64_t seen = 0;
    {
      const std::lock_guard lock(mutex_);
      seen = changes_;
      if (failed_) return *failed_;
    }
    acknowledge();
    if (condition()) return {};
    std::unique_lock lock(mutex_);
    if (!changed_.wait_until(lock, deadline_, [&] { return changes_ != seen || failed_; })) {
      return error_of(ErrorCode::deadline_exceeded, Sentence::answer_late, {{"what", what}});
    }
  }
}

void HeadlessSearch::acknowledge() {
  std::uint64_t newest = 0;
  relay_.read(view, [&](const virtual_dom::VirtualTree&, std::uint64_t revision) { newest = revision; });
  const auto statistics = relay_.statistics();
  const auto found = statistics.find(view);
  if (found != statistics.end() && found->second.unacknowledged > 0) relay_.acknowledge(view, newest);
}

bool HeadlessSearch::has_node(std::string_view node) const {
  bool found = false;
  relay_.read(view, [&](const virtual_dom::VirtualTree& tree, std::uint64_t) { found = tree.find(node) != nullptr; });
  return found;
}

std::string HeadlessSearch::text_of(std::string_view node) const {
  std::string text;
  relay_.read(view, [&](const virtual_dom::VirtualTree& tree, std::uint64_t) {
    const virtual_dom::Node* found = tree.find(node);
    if (found != nullptr) text = found->props.value("text", found->props.value("title", ""));
  });
  return text;
}

Result<json> HeadlessSearch::ask(const std::string& method, json params) {
  const auto outcome = std::make_shared<std::optional<Result<ipc::Payload>>>();
  bus_.ask({"conductor", method, std::move(params)}, [this, outcome](Result<ipc::Payload> answer) {
    const std::lock_guard lock(mutex_);
    *outcome = std::move(answer);
    ++changes_;
    changed_.notify_all();
  });
  auto waited = wait_until(
      [&] {
        const std::lock_guard lock(mutex_);
        return outcome->has_value();
      },
      method);
  if (!waited) return waited.error();
  if (!**outcome) return (**outcome).error();
  return (**outcome)->document();
}

Result<void> HeadlessSearch::explorer_was_started() {
  const auto status = ask("status.get", json::object());
  if (!status) return status.error();
  for (const json& process : status->value("processes", json::array())) {
    if (process.value("id", "") == explorer) return {};
  }
  std::string reason;
  const json health = status->value("health", json::object());
  for (const json& problem : health.value("problems", json::array())) {
    if (problem.is_string()) reason += (reason.empty() ? "" : ". ") + problem.get<std::string>();
  }
  return error_of(ErrorCode::endpoint_unavailable, Sentence::explorer_not_started, {{"reason", reason}});
}

Result<SearchOutcome> HeadlessSearch::search(const std::string& query, std::chrono::milliseconds patience) {
  deadline_ = std::chrono::steady_clock::now() + patience;
  auto started = wait_until(
      [&] {
        const std::lock_guard lock(mutex_);
        return conductor_state_ == "ready" || conductor_state_ == "degraded";
      },
      "the Conductor");
  if (!started) return started.error();
  if (auto running = explorer_was_started(); !running) return running.error();
  auto ready = wait_until(
      [&] {
        bool enabled = false;
        relay_.read(view, [&](const virtual_dom::VirtualTree& tree, std::uint64_t) {
          const virtual_dom::Node* field = tree.find(search_field);
          enabled = field != nullptr && !field->props.value("disabled", false);
        });
        return enabled || has_node(folder_problem);
      },
      "the File Explorer");
  if (!ready) return ready.error();
  if (has_node(folder_problem)) return Error{ErrorCode::io_error, text_of(folder_problem), nullptr};

  const std::int64_t start_us = ipc::monotonic_us();
  auto raised = relay_.raise(view, search_field, "change", {{"value", query}, {"edit", 1}});
  if (!raised) return raised.error();
  auto shown = wait_until([&] { return has_node(result_list) || has_node(nothing_found) || has_node(search_problem); },
                          "the results");
  if (!shown) return shown.error();
  const std::int64_t elapsed_us = ipc::monotonic_us() - start_us;
  if (has_node(search_problem))
    return error_of(ErrorCode::internal_error, Sentence::search_failed, {{"reason", text_of(search_problem)}});

  SearchOutcome outcome;
  outcome.trace = *raised;
  outcome.document = {{"query", query}, {"hits", json::array()}, {"files", json::array()}, {"elapsed_us", elapsed_us}};
  if (has_node(result_list)) {
    if (auto read = read_rows(query, outcome.document); !read) return read.error();
  }
  outcome.document["summary"] = text_of(summary_line);
  outcome.document["decision"] = decision();
  return outcome;
}

Result<void> HeadlessSearch::read_rows(const std::string& query, json& document) {
  // One entry a file in the list's order, with its lines.
  std::vector<std::pair<std::string, std::map<std::size_t, std::string>>> found;
  std::size_t count = 0;
  for (std::size_t next = 0; next == 0 || next < count;) {
    std::size_t read = 0;
    const auto take = [&] {
      relay_.read(view, [&](const virtual_dom::VirtualTree& tree, std::uint64_t) {
        const virtual_dom::Node* list = tree.find(result_list);
        if (list == nullptr) return;
        count = list->props.at("count").get<std::size_t>();
        const json& rows = list->props.at("rows");
        const std::size_t start = rows.at("start").get<std::size_t>();
        const json& items = rows.at("items");
        for (; next + read >= start && next + read < start + items.size(); ++read) {
          const json& row = items[next + read - start];
          const auto place = place_of(row.at("key").get_ref<const std::string&>());
          if (!place) continue;
          if (place->line == 0) {
            document["files"].push_back(place->path);
          } else {
            if (found.empty() || found.back().first != place->path)
              found.emplace_back(place->path, std::map<std::size_t, std::string>());
            found.back().second.emplace(place->line, row.at("label").get<std::string>());
          }
        }
      });
      return read > 0 || count == 0;
    };
    if (!take()) {
      if (auto asked = relay_.raise(view, result_list, "range",
                                    {{"start", next}, {"end", std::min(count, next + rows_a_window)}});
          !asked) {
        return asked.error();
      }
      if (auto waited = wait_until(take, "more results"); !waited) return waited.error();
    }
    next += read;
    if (count == 0) break;
  }
  for (const auto& [path, lines] : found)
    add_hits(files_, query, path, lines, document["hits"]);
  return {};
}

json HeadlessSearch::decision() {
  // This process made one search, so the newest decision is the one for it.
  const auto record = ask("explain.decision", json::object());
  return record ? *record : json(nullptr);
}

json HeadlessSearch::chrome_trace(const ipc::TraceContext& trace) {
  const auto give_up_at = std::chrono::steady_clock::now() + span_batch_patience;
  std::vector<ipc::Span> spans;
  for (;;) {
    bus_.with([&](ipc::Bus& bus) { spans = bus.spans().spans(trace.trace_id); });
    if (is_whole(spans)) return ipc::SpanRecorder::chrome_trace(spans);
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, look_again);
    if (std::chrono::steady_clock::now() > give_up_at) return ipc::SpanRecorder::chrome_trace(spans);
  }
}

}  // namespace symphony::app
