#include <symphony/ipc/metrics_text.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace symphony::ipc {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

BusStatistics one_endpoint(const std::string& id, const std::string& kind = "process") {
  EndpointStatistics endpoint;
  endpoint.id = id;
  endpoint.kind = kind;
  endpoint.requests = 3;
  endpoint.errors_by_code = {{"deadline_exceeded", 2}};
  endpoint.health = Health::busy;
  LatencyHistogram latency;
  latency.record(3);
  latency.record(100);
  endpoint.latency = latency.snapshot();
  BusStatistics statistics;
  statistics.endpoints.push_back(endpoint);
  return statistics;
}

TEST(MetricsText, SaysWhatTheEndpointCounts) {
  const std::string text = metrics_text(one_endpoint("file_explorer"), {"1.2", {}, {}});
  EXPECT_THAT(text, HasSubstr("# TYPE symphony_endpoint_requests_total counter\n"
                              "symphony_endpoint_requests_total{endpoint=\"file_explorer\"} 3\n"));
  EXPECT_THAT(text,
              HasSubstr("symphony_endpoint_errors_total{endpoint=\"file_explorer\",code=\"deadline_exceeded\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("symphony_endpoint_health{endpoint=\"file_explorer\",health=\"busy\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("symphony_endpoint_health{endpoint=\"file_explorer\",health=\"ok\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("symphony_build_info{version=\"1.2\"} 1\n"));
  EXPECT_EQ(text.back(), '\n');
}

TEST(MetricsText, BucketsAreCumulativeAndInSeconds) {
  const std::string text = metrics_text(one_endpoint("e"), {});
  const std::string name = "symphony_endpoint_request_duration_seconds";
  EXPECT_THAT(text, HasSubstr(name + "_bucket{endpoint=\"e\",le=\"2e-06\"} 0\n"));
  EXPECT_THAT(text, HasSubstr(name + "_bucket{endpoint=\"e\",le=\"4e-06\"} 1\n"));
  EXPECT_THAT(text, HasSubstr(name + "_bucket{endpoint=\"e\",le=\"0.000128\"} 2\n"));
  EXPECT_THAT(text, HasSubstr(name + "_bucket{endpoint=\"e\",le=\"+Inf\"} 2\n"));
  EXPECT_THAT(text, HasSubstr(name + "_sum{endpoint=\"e\"} 0.000103\n"));
  EXPECT_THAT(text, HasSubstr(name + "_count{endpoint=\"e\"} 2\n"));
}

TEST(MetricsText, WhatIsLongerThanEveryBucketIsOnlyInTheLast) {
  BusStatistics statistics = one_endpoint("e");
  LatencyHistogram latency;
  latency.record(600'000'000);
  statistics.endpoints[0].latency = latency.snapshot();
  const std::string text = metrics_text(statistics, {});
  EXPECT_THAT(text, HasSubstr("_bucket{endpoint=\"e\",le=\"67.108864\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("_bucket{endpoint=\"e\",le=\"+Inf\"} 1\n"));
}

TEST(MetricsText, EscapesLabels) {
  BusStatistics statistics = one_endpoint("e");
  InstanceStatistics instance;
  instance.version = "a\"b\\c\nd";
  statistics.endpoints[0].instances.push_back(instance);
  EXPECT_THAT(metrics_text(statistics, {}), HasSubstr("version=\"a\\\"b\\\\c\\nd\""));
}

TEST(MetricsText, OutsideProgramsAreCountedAndNotNamed) {
  const std::string text = metrics_text(one_endpoint("outside.7", "outside"), {});
  EXPECT_THAT(text, Not(HasSubstr("outside.7")));
  EXPECT_THAT(text, HasSubstr("symphony_outside_connections 1\n"));
}

}  // namespace
}  // namespace symphony::ipc
