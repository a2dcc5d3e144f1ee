#include <symphony/ipc/metrics_text.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <vector>

namespace symphony::ipc {
namespace {

using Labels = std::vector<std::pair<std::string_view, std::string_view>>;

std::string number_text(double value) {
  std::array<char, 32> text{};
  const int length = std::snprintf(text.data(), text.size(), "%.9g", value);
  return {text.data(), static_cast<std::size_t>(length)};
}

class MetricsWriter {
 public:
  /// Begins a family; `help` has neither backslash nor line feed.
  void family(std::string_view name, std::string_view type, std::string_view help) {
    name_ = name;
    text_.append("# HELP ").append(name).append(" ").append(help).append("\n");
    text_.append("# TYPE ").append(name).append(" ").append(type).append("\n");
  }

  void sample(const Labels& labels, std::uint64_t value) { line("", labels, std::to_string(value)); }
  void sample(const Labels& labels, double value) { line("", labels, number_text(value)); }

  void histogram(const Labels& labels, const LatencySnapshot& latency) {
    // The last bucket also holds what is longer than its bound: only +Inf can hold it here.
    constexpr unsigned largest_power = 26;
    std::uint64_t below = 0;
    std::size_t bucket = 0;
    for (unsigned power = 0; power <= largest_power; ++power) {
      const std::int64_t bound_us = std::int64_t{1} << power;
      while (LatencySnapshot::upper_bound_us(bucket) < bound_us) {
        below += latency.buckets[bucket];
        ++bucket;
      }
      bucket_line(labels, number_text(static_cast<double>(bound_us) / 1e6), below);
    }
    bucket_line(labels, "+Inf", latency.count);
    line("_sum", labels, number_text(static_cast<double>(latency.sum_us) / 1e6));
    line("_count", labels, std::to_string(latency.count));
  }

  std::string take() { return std::move(text_); }

 private:
  void bucket_line(const Labels& labels, std::string_view bound, std::uint64_t count) {
    Labels bounded = labels;
    bounded.emplace_back("le", bound);
    line("_bucket", bounded, std::to_string(count));
  }

  void line(std::string_view suffix, const Labels& labels, std::string_view value) {
    text_.append(name_).append(suffix);
    char separator = '{';
    for (const auto& [name, content] : labels) {
      text_ += separator;
      text_.append(name).append("=\"");
      for (const char character : content) {
        if (character == '\n') {
          text_ += "\\n";
          continue;
        }
        if (character == '\\' || character == '"') {
          text_ += '\\';
        }
        text_ += character;
      }
      text_ += '"';
      separator = ',';
    }
    text_.append(labels.empty() ? " " : "} ").append(value).append("\n");
  }

  std::string text_;
  std::string_view name_;
};

struct EndpointFamily {
  std::string_view name;
  std::string_view type;
  std::string_view help;
  std::uint64_t EndpointStatistics::*value;
};

constexpr std::array endpoint_families{
    EndpointFamily{"symphony_endpoint_requests_total", "counter", "Requests sent to the endpoint.",
                   &EndpointStatistics::requests},
    EndpointFamily{"symphony_endpoint_answers_total", "counter", "Requests answered with a result.",
                   &EndpointStatistics::answers},
    EndpointFamily{"symphony_endpoint_cancelled_total", "counter", "Requests their sender took back.",
                   &EndpointStatistics::cancelled},
    EndpointFamily{"symphony_endpoint_deadlines_exceeded_total", "counter", "Requests not answered in time.",
                   &EndpointStatistics::deadlines},
    EndpointFamily{"symphony_endpoint_refused_total", "counter",
                   "Messages of this endpoint that it may not send, and notifications to it that found no room.",
                   &EndpointStatistics::refused},
    EndpointFamily{"symphony_endpoint_notifications_total", "counter", "Notifications delivered to the endpoint.",
                   &EndpointStatistics::notifications},
    EndpointFamily{"symphony_endpoint_received_bytes_total", "counter", "Bytes read from its processes.",
                   &EndpointStatistics::bytes_in},
    EndpointFamily{"symphony_endpoint_sent_bytes_total", "counter", "Bytes written to its processes.",
                   &EndpointStatistics::bytes_out},
    EndpointFamily{"symphony_endpoint_queued_bytes", "gauge", "Bytes its processes have not read yet.",
                   &EndpointStatistics::queued_bytes},
    EndpointFamily{"symphony_endpoint_queued_frames", "gauge", "Messages its processes have not read yet.",
                   &EndpointStatistics::queued_frames},
    EndpointFamily{"symphony_endpoint_read_pauses_total", "counter",
                   "How often a process was not read for a while, because its targets did not read what it sent.",
                   &EndpointStatistics::read_pauses},
    EndpointFamily{"symphony_endpoint_pending_requests", "gauge", "Requests it owes an answer.",
                   &EndpointStatistics::pending},
    EndpointFamily{"symphony_endpoint_parked_messages", "gauge", "Messages that wait while its process is changed.",
                   &EndpointStatistics::parked},
};

struct InstanceFamily {
  std::string_view name;
  std::string_view type;
  std::string_view help;
  std::uint64_t InstanceStatistics::*value;
};

constexpr std::array instance_families{
    InstanceFamily{"symphony_instance_requests_total", "counter", "Requests sent to the process.",
                   &InstanceStatistics::requests},
    InstanceFamily{"symphony_instance_answers_total", "counter", "Requests the process answered with a result.",
                   &InstanceStatistics::answers},
    InstanceFamily{"symphony_instance_errors_total", "counter", "Requests to the process that failed.",
                   &InstanceStatistics::errors},
    InstanceFamily{"symphony_instance_outstanding_requests", "gauge", "Requests the process owes an answer.",
                   &InstanceStatistics::outstanding},
    InstanceFamily{"symphony_instance_queued_bytes", "gauge", "Bytes the process has not read yet.",
                   &InstanceStatistics::queued_bytes},
    InstanceFamily{"symphony_instance_queued_frames", "gauge", "Messages the process has not read yet.",
                   &InstanceStatistics::queued_frames},
    InstanceFamily{"symphony_instance_read_pauses_total", "counter",
                   "How often the process was not read for a while, because its targets did not read what it sent.",
                   &InstanceStatistics::read_pauses},
};

using Endpoints = std::vector<const EndpointStatistics*>;

void write_health(MetricsWriter& writer, Labels labels, Health health) {
  labels.emplace_back("health", "");
  for (const Health each : {Health::ok, Health::busy, Health::unresponsive, Health::down}) {
    labels.back().second = name_of(each);
    writer.sample(labels, std::uint64_t{each == health ? 1U : 0U});
  }
}

void write_endpoints(MetricsWriter& writer, const Endpoints& endpoints) {
  for (const EndpointFamily& family : endpoint_families) {
    writer.family(family.name, family.type, family.help);
    for (const EndpointStatistics* endpoint : endpoints) {
      writer.sample({{"endpoint", endpoint->id}}, endpoint->*family.value);
    }
  }
  writer.family("symphony_endpoint_errors_total", "counter", "Requests that failed, by the error's code.");
  for (const EndpointStatistics* endpoint : endpoints) {
    for (const auto& [code, count] : endpoint->errors_by_code) {
      writer.sample({{"endpoint", endpoint->id}, {"code", code}}, count);
    }
  }
  writer.family("symphony_endpoint_oldest_request_seconds", "gauge", "How long its oldest unanswered request waits.");
  for (const EndpointStatistics* endpoint : endpoints) {
    writer.sample({{"endpoint", endpoint->id}}, static_cast<double>(endpoint->oldest_ms) / 1e3);
  }
  writer.family("symphony_endpoint_health", "gauge", "1 for the state the endpoint is in, 0 for the others.");
  for (const EndpointStatistics* endpoint : endpoints) {
    write_health(writer, {{"endpoint", endpoint->id}}, endpoint->health);
  }
  writer.family("symphony_endpoint_request_duration_seconds", "histogram",
                "From a request's arrival at the bus to its answer.");
  for (const EndpointStatistics* endpoint : endpoints) {
    writer.histogram({{"endpoint", endpoint->id}}, endpoint->latency);
  }
}

template <class Write>
void each_instance(const Endpoints& endpoints, const Write& write) {
  for (const EndpointStatistics* endpoint : endpoints) {
    for (const InstanceStatistics& instance : endpoint->instances) {
      write(Labels{{"endpoint", endpoint->id}, {"instance", instance.instance}, {"version", instance.version}},
            instance);
    }
  }
}

void write_instances(MetricsWriter& writer, const Endpoints& endpoints) {
  for (const InstanceFamily& family : instance_families) {
    writer.family(family.name, family.type, family.help);
    each_instance(endpoints, [&](const Labels& labels, const InstanceStatistics& instance) {
      writer.sample(labels, instance.*family.value);
    });
  }
  writer.family("symphony_instance_weight", "gauge", "The process' share of new traffic.");
  each_instance(endpoints, [&](const Labels& labels, const InstanceStatistics& instance) {
    writer.sample(labels, std::uint64_t{instance.weight});
  });
  writer.family("symphony_instance_health", "gauge", "1 for the state the process is in, 0 for the others.");
  each_instance(endpoints, [&](const Labels& labels, const InstanceStatistics& instance) {
    write_health(writer, labels, instance.health);
  });
  writer.family("symphony_instance_request_duration_seconds", "histogram",
                "From a request's arrival at the bus to the process' answer.");
  each_instance(endpoints, [&](const Labels& labels, const InstanceStatistics& instance) {
    writer.histogram(labels, instance.latency);
  });
}

void write_topics(MetricsWriter& writer, const BusStatistics& statistics, const Endpoints& endpoints) {
  struct Count {
    std::uint64_t delivered = 0;
    std::uint64_t dropped = 0;
  };
  std::map<std::pair<std::string, std::string>, Count> by_subscriber;
  for (const SubscriptionStatistics& subscription : statistics.subscriptions) {
    if (std::any_of(endpoints.begin(), endpoints.end(),
                    [&](const EndpointStatistics* endpoint) { return endpoint->id == subscription.subscriber; })) {
      Count& count = by_subscriber[{subscription.subscriber, subscription.topic}];
      count.delivered += subscription.delivered;
      count.dropped += subscription.dropped;
    }
  }
  writer.family("symphony_publications_total", "counter", "Messages published to topics.");
  writer.sample({}, statistics.published);
  writer.family("symphony_publications_refused_total", "counter", "Messages to topics that were not allowed.");
  writer.sample({}, statistics.publications_refused);
  writer.family("symphony_subscription_delivered_total", "counter", "Publications the subscriber got.");
  for (const auto& [key, count] : by_subscriber) {
    writer.sample({{"endpoint", key.first}, {"pattern", key.second}}, count.delivered);
  }
  writer.family("symphony_subscription_dropped_total", "counter", "Publications it lost by its own policy.");
  for (const auto& [key, count] : by_subscriber) {
    writer.sample({{"endpoint", key.first}, {"pattern", key.second}}, count.dropped);
  }
}

}  // namespace

std::string metrics_text(const BusStatistics& statistics, const HostFigures& host) {
  Endpoints endpoints;
  std::uint64_t outside = 0;
  for (const EndpointStatistics& endpoint : statistics.endpoints) {
    if (endpoint.kind == "outside") {
      ++outside;
    } else {
      endpoints.push_back(&endpoint);
    }
  }
  MetricsWriter writer;
  writer.family("symphony_build_info", "gauge", "Always 1; the label says which version runs.");
  writer.sample({{"version", host.version}}, std::uint64_t{1});
  writer.family("symphony_outside_connections", "gauge", "Outside programs that are connected.");
  writer.sample({}, outside);
  write_endpoints(writer, endpoints);
  write_instances(writer, endpoints);
  write_topics(writer, statistics, endpoints);
  writer.family("symphony_log_messages_total", "counter", "Messages written to the component's log.");
  for (const auto& [key, count] : host.log_messages) {
    writer.sample({{"component", key.first}, {"level", key.second}}, count);
  }
  writer.family("symphony_log_dropped_total", "counter", "Messages of the component that found no room.");
  for (const auto& [component, count] : host.log_dropped) {
    writer.sample({{"component", component}}, count);
  }
  return writer.take();
}

}  // namespace symphony::ipc
