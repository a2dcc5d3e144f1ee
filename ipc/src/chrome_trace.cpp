// Spans as Chrome's trace viewer and Perfetto read them.

#include <symphony/ipc/trace.h>

#include <algorithm>
#include <map>
#include <unordered_map>
#include <utility>

namespace symphony::ipc {
namespace {

/// Where a span stands in the picture.
struct Place {
  int process = 0;
  int thread = 0;
};

/// The spans of one thread in rows such that each is inside, before or after its neighbours: all a row can show.
class Rows {
 public:
  /// In order of their start, the longer first. The row's number.
  std::size_t add(const Span& span) {
    for (std::size_t row = 0; row < open_.size(); ++row) {
      std::vector<std::int64_t>& ends = open_[row];
      while (!ends.empty() && ends.back() <= span.start_us) {
        ends.pop_back();
      }
      if (ends.empty() || ends.back() >= span.end_us) {
        ends.push_back(span.end_us);
        return row;
      }
    }
    open_.push_back({span.end_us});
    return open_.size() - 1;
  }

 private:
  std::vector<std::vector<std::int64_t>> open_;
};

nlohmann::json metadata(const char* what, Place place, const std::string& name) {
  return {{"name", what}, {"ph", "M"}, {"pid", place.process}, {"tid", place.thread}, {"args", {{"name", name}}}};
}

nlohmann::json arrow_end(const char* phase, Place place, std::int64_t at_us, const std::string& id) {
  nlohmann::json event = {{"name", "message"},    {"cat", "symphony"},   {"ph", phase}, {"id", id},
                          {"pid", place.process}, {"tid", place.thread}, {"ts", at_us}};
  if (*phase == 'f') {
    event["bp"] = "e";  // it belongs to the slice around it, not to the next one
  }
  return event;
}

/// Gives out numbers of processes and threads and says their names.
class Layout {
 public:
  explicit Layout(nlohmann::json& events) : events_(events) {}

  Place place(const Span& span) {
    const auto [process, fresh_process] = processes_.try_emplace(span.process, static_cast<int>(processes_.size()) + 1);
    if (fresh_process) {
      events_.push_back(metadata("process_name", {process->second, 0}, span.process));
    }
    const std::size_t row = rows_[{span.process, span.thread}].add(span);
    const auto [thread, fresh_thread] =
        threads_.try_emplace({span.process, span.thread, row}, static_cast<int>(threads_.size()) + 1);
    const Place place{process->second, thread->second};
    if (fresh_thread) {
      std::string name = span.thread.empty() ? span.process : span.thread;
      if (row > 0) {
        name += " (at the same time, " + std::to_string(row + 1) + ")";
      }
      events_.push_back(metadata("thread_name", place, name));
    }
    return place;
  }

 private:
  nlohmann::json& events_;
  std::map<std::string, int> processes_;
  std::map<std::pair<std::string, std::string>, Rows> rows_;
  std::map<std::tuple<std::string, std::string, std::size_t>, int> threads_;
};

}  // namespace

nlohmann::json SpanRecorder::chrome_trace(const std::vector<Span>& spans) {
  std::vector<const Span*> ordered;
  ordered.reserve(spans.size());
  for (const Span& span : spans) {
    ordered.push_back(&span);
  }
  std::stable_sort(ordered.begin(), ordered.end(), [](const Span* left, const Span* right) {
    return left->start_us != right->start_us ? left->start_us < right->start_us : left->end_us > right->end_us;
  });
  nlohmann::json events = nlohmann::json::array();
  Layout layout(events);
  std::unordered_map<std::uint64_t, std::pair<const Span*, Place>> by_id;
  for (const Span* span : ordered) {
    const Place place = layout.place(*span);
    by_id.try_emplace(span->context.span_id, span, place);
    const nlohmann::json shown = span->to_json();
    events.push_back({{"name", span->name},
                      {"cat", "symphony"},
                      {"ph", "X"},
                      {"pid", place.process},
                      {"tid", place.thread},
                      {"ts", span->start_us},
                      {"dur", span->end_us - span->start_us},
                      {"args", {{"trace", shown["trace"]}, {"span", shown["span"]}, {"parent", shown["parent"]}}}});
  }
  for (const Span* span : ordered) {
    const auto parent = by_id.find(span->parent_id);
    const auto own = by_id.find(span->context.span_id);
    if (parent == by_id.end() || own->second.first != span) {
      continue;
    }
    const auto& [above, from] = parent->second;
    const Place to = own->second.second;
    if (above->context.trace_id != span->context.trace_id || (from.process == to.process && from.thread == to.thread)) {
      continue;
    }
    // An arrow begins inside the slice it belongs to, also when the message was handled after its sender was done.
    const std::int64_t sent_us = std::clamp(span->start_us, above->start_us, above->end_us);
    const std::string id = span->context.traceparent().substr(36, 16);
    events.push_back(arrow_end("s", from, sent_us, id));
    events.push_back(arrow_end("f", to, std::max(span->start_us, sent_us), id));
  }
  return {{"traceEvents", std::move(events)}, {"displayTimeUnit", "ms"}};
}

}  // namespace symphony::ipc
