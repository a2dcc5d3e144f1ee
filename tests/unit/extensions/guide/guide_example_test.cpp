// The example of docs/extensions.md, compiled as it stands there, does what the page says.

#include <gtest/gtest.h>

#include "scripted_host.h"

namespace {

using nlohmann::json;

TEST(GuideExample, CountsPresses) {
  symphony::testing::ScriptedHost host(GUIDE_EXAMPLE);
  host.acknowledge_automatically(false);
  host.ask("contract.init", {{"workspace", nullptr}, {"config", json::object()}, {"generation", 1}});
  host.wait_for_node("more");
  EXPECT_EQ(host.prop("more", "text"), "Pressed 0");
  for (int i = 0; i < 3; ++i)
    host.event("counter", "more", "press", json::object());
  host.wait("the third press", [&] { return host.prop("more", "text") == "Pressed 3"; });
  EXPECT_EQ(host.renders(), 1U);
  EXPECT_EQ(host.ask("contract.shutdown", json::object()), json::object());
  EXPECT_EQ(host.wait_for_end(), 0);
}

}  // namespace
