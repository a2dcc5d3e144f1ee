#include <symphony/virtual_dom/component_schemas.h>

#include <gtest/gtest.h>

#include <limits>
#include <string>

#include <symphony/virtual_dom/limits.h>

namespace symphony::virtual_dom {
namespace {

using nlohmann::json;

const ComponentSchemas& schemas() { return ComponentSchemas::built_in(); }

std::string refused_at(std::string_view type, const json& props) {
  const auto result = schemas().check_props(type, props, "/root/props");
  return result ? "accepted" : result.error().data.at("path").get<std::string>();
}

TEST(ComponentSchemas, KnowsTheComponentsOfTheDocument) {
  for (const char* type : {"Column", "Row", "Text", "TextField", "Tree", "List", "Alert"})
    EXPECT_TRUE(schemas().knows(type)) << type;
  EXPECT_FALSE(schemas().knows("Marquee"));
  EXPECT_TRUE(schemas().may_have_children("Column"));
  EXPECT_FALSE(schemas().may_have_children("Text"));
}

TEST(ComponentSchemas, AcceptsGoodProps) {
  EXPECT_EQ(refused_at("Text", {{"text", "hello"}, {"tone", "muted"}, {"hidden", false}}), "accepted");
  EXPECT_EQ(refused_at("TextField", {{"label", "Search"},
                                     {"value", ""},
                                     {"edit", 3},
                                     {"keys", {{{"key", "ArrowDown"}, {"action", "focus"}, {"target", "results"}}}}}),
            "accepted");
  EXPECT_EQ(
      refused_at("List",
                 {{"label", "Results"},
                  {"count", 1},
                  {"rows", {{"start", 0}, {"items", {{{"key", "a:1"}, {"label", "x"}, {"matches", {{0, 1}}}}}}}}}),
      "accepted");
}

TEST(ComponentSchemas, NamesTheFailingPath) {
  EXPECT_EQ(refused_at("Text", json::object()), "/root/props/text");
  EXPECT_EQ(refused_at("Text", {{"text", 7}}), "/root/props/text");
  EXPECT_EQ(refused_at("Text", {{"text", "a"}, {"tone", "loud"}}), "/root/props/tone");
  EXPECT_EQ(refused_at("Text", {{"text", "a"}, {"style", "color:red"}}), "/root/props/style");
  EXPECT_EQ(refused_at("Heading", {{"text", "a"}, {"level", 7}}), "/root/props/level");
  EXPECT_EQ(refused_at("Heading", {{"text", "a"}, {"level", 1.5}}), "/root/props/level");
  EXPECT_EQ(refused_at("Icon", {{"name", "skull"}}), "/root/props/name");
  EXPECT_EQ(refused_at("List", {{"label", "R"}, {"count", 1}, {"rows", {{"start", 0}, {"items", {{{"key", "a"}}}}}}}),
            "/root/props/rows/items/0/label");
  EXPECT_EQ(refused_at("Progress", {{"label", "p"}, {"value", std::numeric_limits<double>::quiet_NaN()}}),
            "/root/props/value");
  EXPECT_EQ(refused_at("Text", json::array()), "/root/props");
}

TEST(ComponentSchemas, RefusesScriptAddressesHoweverTheyAreWritten) {
  EXPECT_EQ(refused_at("Link", {{"text", "t"}, {"href", "https://example.org/a?b#c"}}), "accepted");
  EXPECT_EQ(refused_at("Link", {{"text", "t"}, {"href", "HTTPS://example.org"}}), "accepted");
  for (const char* href :
       {"javascript:alert(1)", "JavaScript:alert(1)", " javascript:alert(1)", "java\tscript:alert(1)",
        "java\nscript:alert(1)", "\x01javascript:alert(1)", "data:text/html,x", "vbscript:x", "symphony://app/",
        "file:///etc/passwd", "//example.org", "plain", ""}) {
    EXPECT_EQ(refused_at("Link", {{"text", "t"}, {"href", href}}), "/root/props/href") << href;
  }
}

TEST(ComponentSchemas, RefusesPrototypeNamesAnywhereEvenInUnknownComponents) {
  EXPECT_EQ(refused_at("Text", {{"text", "a"}, {"__proto__", json::object()}}), "/root/props/__proto__");
  EXPECT_EQ(refused_at("Marquee", {{"a", {{"constructor", 1}}}}), "/root/props/a/constructor");
  EXPECT_EQ(refused_at("Marquee", {{"list", {{{"prototype", 1}}}}}), "/root/props/list/0/prototype");
  EXPECT_EQ(refused_at("Marquee", {{"anything", {1, "two", nullptr}}}), "accepted");
}

TEST(ComponentSchemas, BoundsStringsAndNesting) {
  const std::string long_text(limits::string_bytes + 1, 'x');
  for (const char* type : {"Text", "Marquee"}) {
    const auto result = schemas().check_props(type, {{"text", long_text}}, "/root/props");
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, ipc::ErrorCode::payload_too_large);
    EXPECT_EQ(result.error().data.at("limit"), limits::string_bytes);
  }
  json deep = 1;
  for (std::size_t level = 0; level < limits::prop_depth + 2; ++level)
    deep = json{{"a", deep}};
  EXPECT_NE(refused_at("Marquee", deep), "accepted");
}

TEST(ComponentSchemas, CountsCharactersNotBytes) {
  std::string umlauts;
  for (int i = 0; i < 1000; ++i)
    umlauts += "ä";
  EXPECT_EQ(refused_at("Spinner", {{"label", umlauts}}), "accepted");
  EXPECT_EQ(refused_at("Spinner", {{"label", umlauts + "ä"}}), "/root/props/label");
}

TEST(ComponentSchemas, AChangeMayRemoveOnlyWhatIsNotRequired) {
  EXPECT_TRUE(schemas().check_change("Text", {{"tone", nullptr}}, "/t/props"));
  EXPECT_TRUE(schemas().check_change("TextField", {{"value", "only this"}}, "/t/props"));
  EXPECT_FALSE(schemas().check_change("Text", {{"text", nullptr}}, "/t/props"));
  EXPECT_FALSE(schemas().check_change("Text", {{"unknown", nullptr}}, "/t/props"));
}

TEST(ComponentSchemas, RefusesADocumentThatMakesNoSense) {
  EXPECT_FALSE(ComponentSchemas::parse(json::object()));
  EXPECT_FALSE(ComponentSchemas::parse(json::array()));
  EXPECT_FALSE(ComponentSchemas::parse(
      json::parse(R"({"common":{"a":{"type":"colour"}},"components":{},"icons":[],"urlSchemes":[]})")));
}

TEST(NodeIds, AreShortPlainAndNoPrototypeNames) {
  EXPECT_TRUE(is_valid_id("search"));
  EXPECT_TRUE(is_valid_id("a/b:c.d-e_f"));
  EXPECT_TRUE(is_valid_id(std::string(128, 'a')));
  for (const std::string& bad : {std::string(), std::string(129, 'a'), std::string("a b"), std::string("ä"),
                                 std::string("__proto__"), std::string("a\0b", 3)}) {
    EXPECT_FALSE(is_valid_id(bad)) << bad;
  }
}

}  // namespace
}  // namespace symphony::virtual_dom
