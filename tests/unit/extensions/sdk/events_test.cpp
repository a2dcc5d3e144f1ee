#include <symphony/sdk/events.h>

#include <gtest/gtest.h>

namespace {

using nlohmann::json;
using namespace symphony::sdk;  // NOLINT(google-build-using-namespace)

TEST(Events, DataIsReadIntoItsType) {
  int calls = 0;
  handler_of(OnToggled([&](const RowToggled& row) {
    ++calls;
    EXPECT_EQ(row.index, 3U);
    EXPECT_EQ(row.key, "src");
    EXPECT_TRUE(row.expanded);
  }))({{"index", 3}, {"key", "src"}, {"expanded", true}});
  handler_of(OnFocused([&](const RowFocused& row) {
    ++calls;
    EXPECT_FALSE(row.key);
  }))({{"index", 1}, {"edit", 2}});
  handler_of(OnPress([&] { ++calls; }))(nullptr);
  EXPECT_EQ(calls, 3);
}

TEST(Events, DataOfAnotherShapeIsDropped) {
  const EventHandler range = handler_of(OnRange([](const RangeWanted&) { FAIL() << "called with bad data"; }));
  for (const json& data : {json(nullptr), json::array(), json{{"start", 1}}, json{{"start", -1}, {"end", 2}},
                           json{{"start", "1"}, {"end", 2}}, json{{"start", 1.5}, {"end", 2}}}) {
    range(data);
  }
  const EventHandler focused = handler_of(OnFocused([](const RowFocused&) { FAIL() << "called with bad data"; }));
  focused({{"index", 1}, {"key", 7}, {"edit", 1}});
}

TEST(Events, WithoutAHandlerTheEventIsNotAskedFor) {
  EXPECT_FALSE(handler_of(OnPress()));
  EXPECT_FALSE(handler_of(OnTextEdit()));
}

}  // namespace
