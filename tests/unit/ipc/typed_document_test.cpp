#include <symphony/ipc/typed_document.h>

#include <gtest/gtest.h>

using namespace symphony::ipc;
using nlohmann::json;

namespace {

struct Point {
  std::int32_t x = 0;
  std::uint8_t y = 0;
  static constexpr auto fields = describe(field("x", &Point::x), field("y", &Point::y));
};

struct Drawing {
  std::string name;
  std::vector<Point> points;
  std::optional<double> scale;
  std::optional<bool> open;
  json extra;
  static constexpr auto fields =
      describe(field("name", &Drawing::name), field("points", &Drawing::points), field("scale", &Drawing::scale),
               field("open", &Drawing::open), field("extra", &Drawing::extra));
};

const json drawing = {
    {"name", "d"}, {"points", {{{"x", -5}, {"y", 255}}}}, {"open", false}, {"extra", {1, nullptr}}, {"later", 1}};

}  // namespace

TEST(TypedDocument, GivesWhatTheBytesWouldGive) {
  const auto taken = from_document<Drawing>(drawing);
  ASSERT_TRUE(taken) << taken.error().message;
  const auto read_back = read<Drawing>(Payload(drawing));
  ASSERT_TRUE(read_back);
  EXPECT_EQ(*write(*taken).document(), *write(*read_back).document());
  EXPECT_EQ(taken->points.at(0).x, -5);
  EXPECT_EQ(taken->points.at(0).y, 255);
  EXPECT_FALSE(taken->scale);
  EXPECT_EQ(taken->open, false);
}

TEST(TypedDocument, RefusesWhatTheBytesWouldBeRefusedFor) {
  const auto both = [](const char* path, json value) {
    json wrong = drawing;
    const json::json_pointer place(path);
    if (value.is_discarded()) {
      wrong[place.parent_pointer()].erase(place.back());
    } else {
      wrong[place] = std::move(value);
    }
    const auto taken = from_document<Drawing>(wrong);
    const auto decoded = read<Drawing>(Payload(wrong));
    EXPECT_FALSE(taken) << path;
    EXPECT_FALSE(decoded) << path;
    if (!taken && !decoded) {
      EXPECT_EQ(taken.error().data, decoded.error().data);
      return taken.error().data["path"].get<std::string>();
    }
    return std::string("taken");
  };
  EXPECT_EQ(both("/name", 5), "/name");
  EXPECT_EQ(both("/name", json(json::value_t::discarded)), "/name");
  EXPECT_EQ(both("/points", json::object()), "/points");
  EXPECT_EQ(both("/points/0", 5), "/points/0");
  EXPECT_EQ(both("/points/0/x", 5'000'000'000), "/points/0/x");
  EXPECT_EQ(both("/points/0/y", -1), "/points/0/y");
  EXPECT_EQ(both("/points/0/y", 1.5), "/points/0/y");
  EXPECT_EQ(both("/scale", "1"), "/scale");
  EXPECT_EQ(both("/open", 1), "/open");
  EXPECT_EQ(both("", 5), "");
}
