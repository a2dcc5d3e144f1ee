#include <symphony/ipc/trace.h>

#include <gtest/gtest.h>

#include <map>

#include <symphony/ipc/limits.h>

namespace symphony::ipc {
namespace {

TEST(TraceContext, SurvivesItsText) {
  const TraceContext context = TraceContext::start();
  EXPECT_EQ(TraceContext::from_traceparent(context.traceparent()), context);
  const std::string known = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  EXPECT_EQ(TraceContext::from_traceparent(known)->traceparent(), known);
}

TEST(TraceContext, AChildIsInTheSameTraceWithASpanOfItsOwn) {
  const TraceContext parent = TraceContext::start();
  const TraceContext child = parent.child();
  EXPECT_EQ(child.trace_id, parent.trace_id);
  EXPECT_NE(child.span_id, parent.span_id);
}

TEST(TraceContext, RefusesWhatIsNotATraceparent) {
  for (const char* text : {"", "00-", "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                           "00-00000000000000000000000000000000-b7ad6b7169203331-01",
                           "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
                           "00-0AF7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                           "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0"}) {
    EXPECT_EQ(TraceContext::from_traceparent(text), std::nullopt) << text;
  }
}

TEST(SpanRecorder, KeepsTheNewest) {
  SpanRecorder recorder;
  for (std::size_t index = 0; index < limits::spans_kept + 10; ++index) {
    recorder.record({"p", "n", TraceContext::start(), 0, static_cast<std::int64_t>(index), 0});
  }
  const auto spans = recorder.spans();
  ASSERT_EQ(spans.size(), limits::spans_kept);
  EXPECT_EQ(spans.front().start_us, 10);
}

TEST(SpanRecorder, FindsOneTraceAndShowsItAsChromeDoes) {
  SpanRecorder recorder;
  const TraceContext one = TraceContext::start();
  recorder.record({"symphony", "bus", one, 0, 5, 9});
  recorder.record({"symphony", "other", TraceContext::start(), 0, 1, 2});
  const auto spans = recorder.spans(one.trace_id);
  ASSERT_EQ(spans.size(), 1U);
  const nlohmann::json shown = SpanRecorder::chrome_trace(spans);
  ASSERT_EQ(shown["traceEvents"].size(), 3U);
  EXPECT_EQ(shown["traceEvents"][0]["name"], "process_name");
  EXPECT_EQ(shown["traceEvents"][1]["name"], "thread_name");
  EXPECT_EQ(shown["traceEvents"][2]["ts"], 5);
  EXPECT_EQ(shown["traceEvents"][2]["dur"], 4);
}

std::vector<nlohmann::json> events_of(const std::vector<Span>& spans, const std::string& phase) {
  std::vector<nlohmann::json> found;
  const nlohmann::json shown = SpanRecorder::chrome_trace(spans);
  for (const auto& event : shown["traceEvents"]) {
    if (event["ph"] == phase) {
      found.push_back(event);
    }
  }
  return found;
}

TEST(ChromeTrace, WhatOverlapsWithoutBeingNestedStandsSideBySide) {
  const TraceContext trace = TraceContext::start();
  const auto events = events_of({{"p", "outer", trace.child(), 0, 0, 10},
                                 {"p", "inner", trace.child(), 0, 2, 8},
                                 {"p", "crossing", trace.child(), 0, 5, 12},
                                 {"p", "after", trace.child(), 0, 10, 11},
                                 {"p", "elsewhere", trace.child(), 0, 5, 12, "other thread"}},
                                "X");
  std::map<std::string, int> thread;
  for (const auto& event : events) {
    thread[event["name"]] = event["tid"];
  }
  EXPECT_EQ(thread["outer"], thread["inner"]);
  EXPECT_EQ(thread["outer"], thread["after"]);
  EXPECT_NE(thread["outer"], thread["crossing"]);
  EXPECT_NE(thread["crossing"], thread["elsewhere"]);
}

TEST(ChromeTrace, AnArrowGoesFromAParentToItsChildInAnotherProcess) {
  const TraceContext root = TraceContext::start();
  const TraceContext near = root.child();
  const TraceContext far = root.child();
  const std::vector<Span> spans{{"one", "root", root, 0, 0, 10},
                                {"one", "near", near, root.span_id, 1, 2},
                                {"two", "far", far, root.span_id, 20, 30}};
  const auto begin = events_of(spans, "s");
  const auto end = events_of(spans, "f");
  ASSERT_EQ(begin.size(), 1U);
  ASSERT_EQ(end.size(), 1U);
  EXPECT_EQ(begin[0]["id"], end[0]["id"]);
  EXPECT_EQ(begin[0]["ts"], 10);  // inside its slice, although the far one began later
  EXPECT_EQ(end[0]["ts"], 20);
  EXPECT_EQ(end[0]["bp"], "e");
  EXPECT_NE(begin[0]["pid"], end[0]["pid"]);
}

TEST(SpanRecorder, APageGoesOnAfterWhatWasForgotten) {
  SpanRecorder recorder;
  for (std::size_t index = 0; index < limits::spans_kept + 10; ++index) {
    recorder.record({"p", "n", TraceContext::start(), 0, 0, static_cast<std::int64_t>(index)});
  }
  const SpanPage first = recorder.page(0, 0, 4);
  ASSERT_EQ(first.spans.size(), 4U);
  EXPECT_EQ(first.spans.front().end_us, 10);
  EXPECT_EQ(first.next, 14U);
  EXPECT_TRUE(first.more);
  const SpanPage last = recorder.page(limits::spans_kept + 9, 0, 4);
  EXPECT_EQ(last.spans.size(), 1U);
  EXPECT_FALSE(last.more);
  EXPECT_TRUE(recorder.page(~std::uint64_t{0}, 0, 4).spans.empty());
  EXPECT_EQ(recorder.page(0, static_cast<std::int64_t>(limits::spans_kept), 100).spans.size(), 10U);
}

TEST(Span, SurvivesItsDocument) {
  const TraceContext context = TraceContext::start();
  const Span span{"p", "n", context, 7, 1, 2, "t"};
  const auto read = Span::from_json(span.to_json(), "q");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->context, context);
  EXPECT_EQ(read->parent_id, 7U);
  EXPECT_EQ(read->process, "q");
  EXPECT_FALSE(Span::from_json({{"name", "n"}}, "q"));
}

}  // namespace
}  // namespace symphony::ipc
