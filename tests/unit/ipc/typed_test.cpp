#include <symphony/ipc/typed.h>

#include <gtest/gtest.h>

#include <limits>

namespace symphony::ipc {
namespace {

using nlohmann::json;

struct Range {
  std::uint32_t from = 0;
  std::int16_t to = 0;
  static constexpr auto fields = describe(field("from", &Range::from), field("to", &Range::to));
};

struct Everything {
  std::string path;
  bool exact = false;
  double score = 0;
  std::uint8_t small = 0;
  std::optional<std::string> mode;
  std::vector<Range> ranges;
  json extra;
  static constexpr auto fields =
      describe(field("path", &Everything::path), field("exact", &Everything::exact), field("score", &Everything::score),
               field("small", &Everything::small), field("mode", &Everything::mode),
               field("ranges", &Everything::ranges), field("extra", &Everything::extra));
};

struct Words {
  std::string_view first;
  std::string_view second;
  static constexpr auto fields = describe(field("first", &Words::first), field("second", &Words::second));
};

struct Wide {
  std::uint64_t up = 0;
  std::int64_t down = 0;
  double real = 0;
  static constexpr auto fields =
      describe(field("up", &Wide::up), field("down", &Wide::down), field("real", &Wide::real));
};

json sample() {
  return {{"path", "a/ü.txt"},
          {"exact", true},
          {"score", 0.5},
          {"small", 200},
          {"ranges", {{{"from", 70000}, {"to", -300}}, {{"from", 0}, {"to", 1}}}},
          {"extra", {{"deep", {1, nullptr, "x"}}}}};
}

std::string failed_path(const json& document) {
  const auto outcome = read<Everything>(Payload(document));
  EXPECT_FALSE(outcome) << document;
  if (outcome) {
    return "no error";
  }
  EXPECT_EQ(outcome.error().code, ErrorCode::invalid_params);
  return outcome.error().data.at("path");
}

TEST(Typed, IsTheSameObjectOnTheWireAsADocument) {
  const auto value = read<Everything>(Payload(sample()));
  ASSERT_TRUE(value) << value.error().message;
  EXPECT_EQ(value->path, "a/ü.txt");
  EXPECT_TRUE(value->exact);
  EXPECT_EQ(value->small, 200);
  EXPECT_EQ(value->ranges.at(0).from, 70000U);
  EXPECT_EQ(value->ranges.at(0).to, -300);
  EXPECT_FALSE(value->mode);
  const Payload written = write(*value);
  EXPECT_EQ(written.held_format(), BodyFormat::msgpack);
  EXPECT_EQ(written.document().value(), sample());
  EXPECT_EQ(json::parse(*written.bytes(BodyFormat::json)), sample());
}

TEST(Typed, ReadsJsonText) {
  const auto value = read<Everything>(Payload::from_bytes(BodyFormat::json, sample().dump()));
  ASSERT_TRUE(value);
  EXPECT_EQ(value->extra, sample().at("extra"));
  EXPECT_EQ(read<Range>(Payload::from_bytes(BodyFormat::json, "{")).error().code, ErrorCode::parse_error);
}

TEST(Typed, TakesFieldsInAnyOrderAndMoreThanItKnows) {
  std::string bytes;
  detail::MsgpackWriter out(bytes);
  out.object(4);
  out.short_name("newer");
  out.document(json{{"a", {1, 2.5, "x", nullptr, -7, true}}});
  out.short_name("to");
  out.signed_number(-5);
  out.short_name("from");
  out.unsigned_number(std::numeric_limits<std::uint32_t>::max());
  out.short_name("to");
  out.signed_number(6);
  out.finish();
  const auto value = decode_typed<Range>(bytes);
  ASSERT_TRUE(value) << value.error().message;
  EXPECT_EQ(value->from, std::numeric_limits<std::uint32_t>::max());
  EXPECT_EQ(value->to, 6);
}

TEST(Typed, NamesThePathThatIsWrong) {
  json document = sample();
  document.erase("path");
  EXPECT_EQ(failed_path(document), "/path");
  document = sample();
  document["ranges"][1]["to"] = 40000;
  EXPECT_EQ(failed_path(document), "/ranges/1/to");
  document["ranges"][1]["to"] = "x";
  EXPECT_EQ(failed_path(document), "/ranges/1/to");
  document["ranges"][1].erase("to");
  EXPECT_EQ(failed_path(document), "/ranges/1/to");
  document = sample();
  document["small"] = 256;
  EXPECT_EQ(failed_path(document), "/small");
  document["small"] = -1;
  EXPECT_EQ(failed_path(document), "/small");
  document["small"] = 1.5;
  EXPECT_EQ(failed_path(document), "/small");
  document = sample();
  document["mode"] = 5;
  EXPECT_EQ(failed_path(document), "/mode");
  document["mode"] = nullptr;
  EXPECT_TRUE(read<Everything>(Payload(document)));
  EXPECT_EQ(failed_path(json::array()), "");
  EXPECT_EQ(failed_path(nullptr), "");
}

TEST(Typed, NumbersKeepTheirValueInEveryWidth) {
  for (const std::int64_t value : {0L, 1L, 127L, 128L, 255L, 256L, 32767L, -1L, -32L, -33L, -128L, -129L, -32768L}) {
    const Range range{7, static_cast<std::int16_t>(value)};
    const Payload written = write(range);
    EXPECT_EQ(written.document().value(), (json{{"from", 7}, {"to", value}}));
    EXPECT_EQ(read<Range>(written)->to, value);
  }
  const Wide extreme{std::numeric_limits<std::uint64_t>::max(), std::numeric_limits<std::int64_t>::min(), -0.1};
  const auto back = read<Wide>(write(extreme));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->up, extreme.up);
  EXPECT_EQ(back->down, extreme.down);
  EXPECT_EQ(back->real, extreme.real);
  EXPECT_EQ(read<Wide>(Payload(json{{"up", 1}, {"down", 2}, {"real", 3}}))->real, 3.0);
  EXPECT_FALSE(read<Wide>(Payload(json{{"up", 1}, {"down", extreme.up}, {"real", 3}})));
}

TEST(Typed, ViewsPointIntoTheBytesTheyKeep) {
  std::optional<Viewed<Words>> kept;
  {
    const Payload body(json{{"first", "one"}, {"second", std::string(300, 'z')}});
    kept = view<Words>(body).value();
  }
  EXPECT_EQ(kept->value.first, "one");
  EXPECT_EQ((*kept)->second, std::string(300, 'z'));
}

TEST(Typed, InvalidTextIsReplacedWhenWrittenAndRefusedWhenRead) {
  const auto back = view<Words>(write(Words{"a\xFF", "b"}));
  EXPECT_EQ((*back)->first, "a\xEF\xBF\xBD");
  std::string bytes;
  encode_typed(Words{"aa", "b"}, bytes);
  bytes[bytes.find("aa")] = '\xFF';
  const auto refused = decode_typed<Words>(bytes);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().data.at("path"), "/first");
}

TEST(Typed, EveryTruncationIsRefusedAndNothingIsReadTwice) {
  const Payload written = write(*read<Everything>(Payload(sample())));
  const std::string whole = *written.bytes(BodyFormat::msgpack);
  for (std::size_t length = 0; length < whole.size(); ++length) {
    // A copy of exactly that length, so that an address sanitizer sees a byte too many.
    const std::string cut(whole, 0, length);
    EXPECT_FALSE(decode_typed<Everything>(cut)) << length;
  }
  EXPECT_FALSE(decode_typed<Everything>(whole + '\0'));
}

TEST(Typed, CountsThatLieReserveNothing) {
  std::string bytes;
  detail::MsgpackWriter out(bytes);
  out.object(1);
  out.short_name("ranges");
  out.finish();
  bytes += std::string("\xDD\xFF\xFF\xFF\xFF", 5);
  const auto refused = decode_typed<Everything>(bytes);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().data.at("path"), "/ranges");
  bytes = std::string("\xDF\xFF\xFF\xFF\xFF", 5);
  EXPECT_FALSE(decode_typed<Everything>(bytes));
}

TEST(Typed, UnknownFieldsAreBoundedInDepth) {
  std::string bytes;
  detail::MsgpackWriter out(bytes);
  out.object(3);
  out.short_name("from");
  out.unsigned_number(1);
  out.short_name("to");
  out.unsigned_number(1);
  out.short_name("unknown");
  out.finish();
  bytes += std::string(100'000, '\x91');
  bytes += '\x01';
  const auto refused = decode_typed<Range>(bytes);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().data.at("path"), "/unknown");
}

}  // namespace
}  // namespace symphony::ipc
