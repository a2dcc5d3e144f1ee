#include <symphony/ipc/statistics.h>

#include <gtest/gtest.h>

namespace symphony::ipc {
namespace {

TEST(LatencyHistogram, IsEmptyAtFirst) {
  const LatencyHistogram histogram;
  EXPECT_EQ(histogram.count(), 0U);
  EXPECT_EQ(histogram.quantile_us(0.5), 0);
}

TEST(LatencyHistogram, AQuantileIsAtMostAQuarterTooHigh) {
  for (std::int64_t value : {0LL, 1LL, 3LL, 4LL, 5LL, 100LL, 1023LL, 1024LL, 123456LL, 60000000LL}) {
    LatencyHistogram histogram;
    histogram.record(value);
    const std::int64_t shown = histogram.quantile_us(0.5);
    EXPECT_GE(shown, value);
    EXPECT_LE(shown, value + value / 4);
  }
}

TEST(LatencyHistogram, TellsTheTailFromTheMiddle) {
  LatencyHistogram histogram;
  for (int index = 0; index < 98; ++index) {
    histogram.record(10);
  }
  histogram.record(5000);
  histogram.record(5000);
  EXPECT_LT(histogram.quantile_us(0.5), 13);
  EXPECT_LT(histogram.quantile_us(0.9), 13);
  EXPECT_GE(histogram.quantile_us(0.99), 5000);
  EXPECT_EQ(histogram.to_json()["max_us"], 5000);
}

TEST(LatencyHistogram, ItsDocumentHoldsTheBucketsThatHoldSomething) {
  LatencyHistogram histogram;
  histogram.record(2);
  histogram.record(2);
  histogram.record(100);
  const nlohmann::json shown = histogram.to_json();
  EXPECT_EQ(shown["buckets"], nlohmann::json::parse("[[2,2],[111,1]]"));
  EXPECT_EQ(shown["count"], 3);
  EXPECT_EQ(shown["sum_us"], 104);
  EXPECT_EQ(shown["p99_us"], 100);
}

TEST(ErrorCounters, CountEachCodeByItsName) {
  ErrorCounters counters;
  for (const ErrorCode code : error_codes) {
    counters.count(code);
    EXPECT_NE(name_of(code), "unknown");
  }
  counters.count(static_cast<ErrorCode>(7));
  EXPECT_EQ(counters.snapshot().size(), error_codes.size() + 1);
  EXPECT_EQ(counters.snapshot()["unknown"], 1U);
}

TEST(LatencyHistogram, TakesAbsurdValues) {
  LatencyHistogram histogram;
  histogram.record(-5);
  histogram.record(std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(histogram.count(), 2U);
}

}  // namespace
}  // namespace symphony::ipc
