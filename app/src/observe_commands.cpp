// `symphony metrics`, `symphony trace`, `symphony log`: what the running instance says about itself.

#include <fstream>
#include <iostream>

#include <symphony/app/catalogue.h>
#include <symphony/app/commands.h>
#include <symphony/ipc/limits.h>
#include <symphony/ipc/trace.h>
#include "with_instance.h"

namespace symphony::app {
namespace {

using ipc::Result;
using nlohmann::json;

std::string text(const json& document, int indent = -1) {
  return document.dump(indent, ' ', false, json::error_handler_t::replace);
}

/// Page by page: an answer is bounded.
Result<std::vector<ipc::Span>> collect_spans(ipc::ClientConnection& connection, std::uint32_t seconds) {
  // New spans may come as fast as they are read; the ring was full once at most when we began.
  constexpr std::size_t most_pages = ipc::limits::spans_kept / ipc::limits::spans_per_answer + 1;
  std::vector<ipc::Span> spans;
  json after = 0;
  for (std::size_t page = 0; page < most_pages; ++page) {
    const auto answer = ask(connection, "host", "trace.get", {{"seconds", seconds}, {"after", after}});
    if (!answer) return answer.error();
    for (const json& entry : answer->value("spans", json::array())) {
      auto span = ipc::Span::from_json(entry, entry.value("process", ""));
      if (!span) return span.error();
      span->thread = entry.value("thread", "");
      spans.push_back(std::move(*span));
    }
    if (!answer->value("more", false)) break;
    after = answer->at("next");
  }
  return spans;
}

}  // namespace

ExitCode run_metrics() {
  return with_instance([](ipc::ClientConnection& connection) -> Result<void> {
    const auto answer = ask(connection, "host", "metrics.get", json::object());
    if (!answer) return answer.error();
    std::cout << answer->value("text", "") << std::flush;
    return {};
  });
}

ExitCode run_trace(const CommandLine& line) {
  return with_instance([&](ipc::ClientConnection& connection) -> Result<void> {
    const auto spans = collect_spans(connection, line.seconds);
    if (!spans) return spans.error();
    std::ofstream file(line.trace, std::ios::trunc);
    file << text(ipc::SpanRecorder::chrome_trace(*spans)) << '\n';
    if (!file.flush()) return system_error_of(Sentence::trace_unwritable, line.trace, errno);
    say(words_of(Sentence::note_trace_written,
                 {{"count", std::to_string(spans->size())}, {"seconds", std::to_string(line.seconds)}}));
    return {};
  });
}

ExitCode run_log(const CommandLine& line) {
  return with_instance([&](ipc::ClientConnection& connection) -> Result<void> {
    const bool change = !line.component.empty();
    const auto answer =
        change ? ask(connection, "host", "log.level", {{"component", line.component}, {"level", line.level}})
               : ask(connection, "host", "log.levels", json::object());
    if (!answer) return answer.error();
    std::cout << text(*answer, 2) << '\n';
    return {};
  });
}

}  // namespace symphony::app
