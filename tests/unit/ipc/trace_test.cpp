#include <symphony/ipc/trace.h>

#include <gtest/gtest.h>

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
  ASSERT_EQ(shown["traceEvents"].size(), 2U);
  EXPECT_EQ(shown["traceEvents"][0]["ph"], "M");
  EXPECT_EQ(shown["traceEvents"][1]["ts"], 5);
  EXPECT_EQ(shown["traceEvents"][1]["dur"], 4);
}

}  // namespace
}  // namespace symphony::ipc
