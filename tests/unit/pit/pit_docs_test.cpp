// Every example of docs/pit.md is run (docs_examples.h), and every method has one.

#include <gtest/gtest.h>
#include <symphony/ipc/interface.h>

#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include "docs_examples.h"
#include "fresh_module.h"

namespace symphony::pit::tests {
namespace {

TEST(PitDocs, EveryExampleIsAnsweredAsThePageSays) {
  std::ifstream page(SYMPHONY_PIT_PAGE);
  ASSERT_TRUE(page.is_open()) << SYMPHONY_PIT_PAGE;
  std::set<std::string> modules;
  for (const Example& example : read_examples(page)) {
    SCOPED_TRACE("the example at line " + std::to_string(example.number));
    ManualClock clock;
    Runner runner(fresh_module(example.module, clock), [&clock](std::int64_t ms) { clock.advance_ms(ms); });
    runner.run(example);
    modules.insert(example.module);
  }
  for (const std::string_view id : module_ids) {
    EXPECT_TRUE(modules.contains(std::string(id))) << id << " has no example";
  }
}

TEST(PitDocs, EveryMethodHasAnExample) {
  // The index needs a folder of the machine it runs on.
  const std::set<std::string> without = {"index.open", "index.close", "index.status", "index.search", "index.scan"};
  std::ifstream page(SYMPHONY_PIT_PAGE);
  const std::string text{std::istreambuf_iterator<char>(page), {}};
  for (const std::string_view id : module_ids) {
    for (const std::string& method : ipc::Interface::built_in(id)->methods()) {
      EXPECT_TRUE(without.contains(method) || text.find("> " + method + " {") != std::string::npos)
          << method << " has no example in docs/pit.md";
    }
  }
}

TEST(PitDocs, AWrongExampleIsFound) {
  using nlohmann::json;
  EXPECT_EQ(difference({{"a", 1}}, {{"a", 1}}), std::nullopt);
  EXPECT_EQ(difference({{"a", "…"}}, {{"a", {1, 2}}}), std::nullopt);
  EXPECT_EQ(difference({{"a", 1}}, {{"a", 2}}), "/a");
  EXPECT_EQ(difference({{"a", 1}}, json::object()), "/a");
  EXPECT_EQ(difference(json::object(), {{"b", 1}}), "/b");
  EXPECT_EQ(difference({{"a", {1, 2}}}, {{"a", {1}}}), "/a/1");
  std::istringstream page("text\n```pit m\nx> a.b {\"c\": \\\n    1}\n< {}\n```\n");
  const auto examples = read_examples(page);
  ASSERT_EQ(examples.size(), 1U);
  ASSERT_EQ(examples[0].lines.size(), 2U);
  EXPECT_EQ(examples[0].lines[0].text, "x> a.b {\"c\": 1}");
}

}  // namespace
}  // namespace symphony::pit::tests
