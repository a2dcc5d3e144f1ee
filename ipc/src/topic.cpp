#include <symphony/ipc/topic.h>

#include "route.h"

namespace symphony::ipc {
namespace {

constexpr std::string_view policy_names[] = {"drop_oldest", "latest_wins", "disconnect"};

}  // namespace

Result<void> check_topic_pattern(std::string_view pattern) {
  std::string_view fixed = pattern;
  if (fixed == "*") {
    return {};
  }
  if (fixed.ends_with(".*")) {
    fixed.remove_suffix(2);
  }
  if (!is_address(fixed, limits::method_bytes - 2)) {
    return invalid_params("A topic is 1 to 126 of a-z 0-9 _ . : - and may end in .*; * alone is every topic.",
                          "/topic");
  }
  return {};
}

bool topic_matches(std::string_view pattern, std::string_view topic) noexcept {
  if (!pattern.ends_with('*')) {
    return pattern == topic;
  }
  pattern.remove_suffix(1);
  return topic.starts_with(pattern);
}

Result<TopicSubscription> read_subscription(const nlohmann::json& params) {
  TopicSubscription subscription;
  const auto topic = params.is_object() ? params.find("topic") : params.end();
  if (!params.is_object() || topic == params.end() || !topic->is_string()) {
    return invalid_params("The topic is missing.", "/topic");
  }
  subscription.pattern = topic->get<std::string>();
  if (const auto valid = check_topic_pattern(subscription.pattern); !valid) {
    return valid.error();
  }
  if (const auto when_full = params.find("when_full"); when_full != params.end()) {
    std::size_t at = 0;
    while (at < std::size(policy_names) && *when_full != policy_names[at]) {
      ++at;
    }
    if (at == std::size(policy_names)) {
      return invalid_params("when_full is drop_oldest, latest_wins or disconnect.", "/when_full");
    }
    subscription.policy.when_full = static_cast<TopicPolicy::WhenFull>(at);
  }
  if (const auto bytes = params.find("queue_bytes"); bytes != params.end()) {
    const bool fits = bytes->is_number_integer() &&
                      bytes->get<std::int64_t>() >= static_cast<std::int64_t>(limits::smallest_topic_queue_bytes) &&
                      bytes->get<std::int64_t>() <= static_cast<std::int64_t>(limits::queued_bytes_per_peer);
    if (!fits) {
      return invalid_params("queue_bytes is from 1,024 to 8,388,608.", "/queue_bytes");
    }
    subscription.policy.queue_bytes = bytes->get<std::size_t>();
  }
  return subscription;
}

nlohmann::json subscription_document(const TopicSubscription& subscription) {
  return {{"topic", subscription.pattern},
          {"when_full", policy_names[static_cast<std::size_t>(subscription.policy.when_full)]},
          {"queue_bytes", subscription.policy.queue_bytes}};
}

}  // namespace symphony::ipc
