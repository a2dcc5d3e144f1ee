#include <symphony/ipc/payload.h>

#include <gtest/gtest.h>

#include <limits>

#include <symphony/ipc/limits.h>

namespace symphony::ipc {
namespace {

using nlohmann::json;

json every_kind() {
  return {{"null", nullptr},
          {"yes", true},
          {"no", false},
          {"numbers",
           {0,
            1,
            127,
            128,
            255,
            256,
            65535,
            65536,
            4294967295U,
            4294967296U,
            std::numeric_limits<std::uint64_t>::max(),
            -1,
            -32,
            -33,
            -128,
            -129,
            -32768,
            -32769,
            -2147483648LL,
            -2147483649LL,
            std::numeric_limits<std::int64_t>::min()}},
          {"floats", {0.0, -1.5, 1e300, 3.14}},
          {"texts",
           {"", "a", std::string(31, 'a'), std::string(32, 'b'), std::string(255, 'c'), std::string(256, 'd'),
            std::string(65535, 'e'), std::string(65536, 'f'), "\xC3\xA4\n\"\\"}},
          {"empty", {json::array(), json::object()}},
          {"array16", json::array_t(16, 1)},
          {"array65536", json::array_t(65536, 1)}};
}

class Codec : public ::testing::TestWithParam<BodyFormat> {};

TEST_P(Codec, KeepsEveryKindOfValue) {
  EXPECT_EQ(decode_document(GetParam(), encode_document(GetParam(), every_kind())).value(), every_kind());
}

TEST_P(Codec, RefusesEveryTruncation) {
  const std::string bytes = encode_document(GetParam(), json{{"a", {1, 2.5, "text", nullptr, {{"b", -70000}}}}});
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    const auto document = decode_document(GetParam(), std::string_view(bytes).substr(0, length));
    ASSERT_FALSE(document) << length;
    EXPECT_EQ(document.error().code, ErrorCode::parse_error);
  }
  EXPECT_FALSE(decode_document(GetParam(), bytes + bytes));
}

TEST_P(Codec, TakesDepth64AndNotDepth65) {
  json deep = json::array();
  for (std::size_t depth = 1; depth < limits::document_depth; ++depth) {
    deep = json::array({std::move(deep)});
  }
  EXPECT_TRUE(decode_document(GetParam(), encode_document(GetParam(), deep)));
  const json deeper = json::array({deep});
  const auto refused = decode_document(GetParam(), encode_document(GetParam(), deeper));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::parse_error);
}

TEST_P(Codec, ReplacesInvalidUtf8WhenEncoding) {
  const json document = decode_document(GetParam(), encode_document(GetParam(), json{{"name", "a\xFF"}})).value();
  EXPECT_EQ(document["name"], "a\xEF\xBF\xBD");
}

INSTANTIATE_TEST_SUITE_P(Formats, Codec, ::testing::Values(BodyFormat::msgpack, BodyFormat::json),
                         [](const auto& test) { return test.param == BodyFormat::json ? "json" : "msgpack"; });

TEST(MessagePack, HostileNestingDoesNotExhaustTheStack) {
  EXPECT_FALSE(decode_document(BodyFormat::msgpack, std::string(1'000'000, '\x91')));
  EXPECT_FALSE(decode_document(BodyFormat::json, std::string(1'000'000, '[')));
  std::string objects;
  for (int depth = 0; depth < 100'000; ++depth) {
    objects +=
        "\x81\xA1"
        "a";
  }
  EXPECT_FALSE(decode_document(BodyFormat::msgpack, objects));
}

TEST(MessagePack, LyingLengthsAllocateNothing) {
  for (const std::string& bytes : {std::string("\xDD\xFF\xFF\xFF\xFF", 5), std::string("\xDF\xFF\xFF\xFF\xFF", 5),
                                   std::string("\xDB\xFF\xFF\xFF\xFF", 5), std::string("\xDC\xFF\xFF\x01", 4),
                                   std::string("\xDE\xFF\xFF\xA1\x61", 5)}) {
    EXPECT_FALSE(decode_document(BodyFormat::msgpack, bytes));
  }
}

TEST(MessagePack, RefusesWhatIsNotPartOfADocument) {
  EXPECT_FALSE(decode_document(BodyFormat::msgpack, std::string("\xC4\x01\x00", 3)));      // bin
  EXPECT_FALSE(decode_document(BodyFormat::msgpack, std::string("\xD4\x01\x00", 3)));      // ext
  EXPECT_FALSE(decode_document(BodyFormat::msgpack, std::string("\xC1", 1)));              // never used
  EXPECT_FALSE(decode_document(BodyFormat::msgpack, std::string("\x81\x01\x01", 3)));      // number as key
  EXPECT_FALSE(decode_document(BodyFormat::msgpack, std::string("\xA1\xFF", 2)));          // invalid UTF-8
  EXPECT_FALSE(decode_document(BodyFormat::msgpack, std::string("\x81\xA1\xFF\x01", 4)));  // in a key
  EXPECT_FALSE(decode_document(BodyFormat::json, "\"\xFF\""));
}

TEST(Document, TooManyValuesAreRefused) {
  std::string bytes("\xDD\x00\x20\x00\x00", 5);
  bytes.append(0x200000, '\x90');
  EXPECT_FALSE(decode_document(BodyFormat::msgpack, bytes));
  std::string text = "[0";
  for (std::size_t value = 0; value < limits::document_values; ++value) {
    text += ",0";
  }
  EXPECT_FALSE(decode_document(BodyFormat::json, text + "]"));
}

TEST(Payload, IsNullByDefault) {
  EXPECT_EQ(Payload().document().value(), nullptr);
  EXPECT_NE(Payload().document_if_held(), nullptr);
  EXPECT_EQ(Payload().held_format(), BodyFormat::none);
}

TEST(Payload, BytesAreNotDecodedOrCopiedForTheirOwnFormat) {
  const Payload payload = Payload::from_bytes(BodyFormat::json, "not a document");
  EXPECT_EQ(*payload.bytes(BodyFormat::json), "not a document");
  EXPECT_EQ(payload.bytes(BodyFormat::json), payload.bytes(BodyFormat::json));
  EXPECT_EQ(payload.document_if_held(), nullptr);
  EXPECT_FALSE(payload.document());
}

TEST(Payload, ConvertsBetweenFormats) {
  const Payload text = Payload::from_bytes(BodyFormat::json, R"({"a":[1]})");
  const Payload packed = Payload::from_bytes(BodyFormat::msgpack, *text.bytes(BodyFormat::msgpack));
  EXPECT_EQ(packed.document().value(), (json{{"a", {1}}}));
  const Payload held(json{{"a", 1}});
  EXPECT_EQ(held.document_if_held()->at("a"), 1);
}

}  // namespace
}  // namespace symphony::ipc
