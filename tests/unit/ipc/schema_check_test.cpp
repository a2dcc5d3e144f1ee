#include <symphony/ipc/schema_check.h>

#include <gtest/gtest.h>
#include <cmath>
#include <limits>

#include <symphony/ipc/limits.h>
#include <symphony/ipc/payload.h>

using namespace symphony::ipc;
using nlohmann::json;

namespace {

Schema compiled(const json& definition, const SchemaContext& context = {}) {
  auto schema = Schema::compile(definition, context);
  if (!schema) {
    throw std::runtime_error(schema.error().message);
  }
  return *schema;
}

std::string packed(const json& document) { return encode_document(BodyFormat::msgpack, document); }

/// What both ways of reading say of a document: "" when it is right, else the path of what is wrong.
std::string verdict(const Schema& schema, const json& document) {
  const auto first = schema.check(document);
  const auto second = schema.check_msgpack(packed(document));
  EXPECT_EQ(first.has_value(), second.has_value()) << document.dump();
  if (first || second) {
    return first && second ? "" : "the two disagree";
  }
  EXPECT_EQ(first.error().to_json(), second.error().to_json());
  EXPECT_EQ(first.error().code, ErrorCode::invalid_params);
  const std::string path = first.error().data["path"].get<std::string>();
  return path.empty() ? "/" : path;
}

struct Case {
  json schema;
  json document;
  std::string path;  // "" when it is right
};

const json open_file = {{"type", "object"},
                        {"required", {"path"}},
                        {"properties",
                         {{"path", {{"type", "string"}, {"minLength", 1}}},
                          {"line", {{"type", "integer"}, {"minimum", 1}, {"maximum", 100}}},
                          {"marks", {{"type", "array"}, {"items", {{"type", "string"}}}, {"maxItems", 2}}}}}};

}  // namespace

TEST(SchemaCheck, EachTypeTakesItsOwnValues) {
  const json largest = std::numeric_limits<std::uint64_t>::max();
  const std::vector<Case> cases = {
      {json::object(), nullptr, ""},
      {json::object(), {{"a", {1, 2}}}, ""},
      {{{"type", "boolean"}}, true, ""},
      {{{"type", "boolean"}}, 1, "/"},
      {{{"type", "integer"}}, -5, ""},
      {{{"type", "integer"}}, largest, ""},
      {{{"type", "integer"}, {"minimum", 0}}, largest, ""},
      {{{"type", "integer"}, {"maximum", 5}}, largest, "/"},
      {{{"type", "integer"}, {"maximum", std::numeric_limits<std::int64_t>::max()}},
       std::numeric_limits<std::int64_t>::max(),
       ""},
      {{{"type", "integer"}, {"minimum", std::numeric_limits<std::int64_t>::min()}},
       std::numeric_limits<std::int64_t>::min(),
       ""},
      {{{"type", "integer"}}, 2.0, "/"},
      {{{"type", "integer"}}, "2", "/"},
      {{{"type", "integer"}, {"minimum", -1}, {"maximum", 1}}, -1, ""},
      {{{"type", "integer"}, {"minimum", -1}, {"maximum", 1}}, -2, "/"},
      {{{"type", "integer"}, {"minimum", -1}, {"maximum", 1}}, 2, "/"},
      {{{"type", "number"}}, 2, ""},
      {{{"type", "number"}}, 2.5, ""},
      {{{"type", "number"}}, largest, ""},
      {{{"type", "number"}}, true, "/"},
      {{{"type", "number"}, {"minimum", 2}, {"maximum", 3}}, 1.99, "/"},
      {{{"type", "number"}, {"minimum", 2}, {"maximum", 3}}, 3.01, "/"},
      {{{"type", "string"}}, "", ""},
      {{{"type", "string"}}, nullptr, "/"},
      {{{"type", {"string", "null"}}}, nullptr, ""},
      {{{"type", {"string", "null"}}}, 5, "/"},
      {{{"type", "string"}, {"minLength", 2}, {"maxLength", 3}}, "ää", ""},
      {{{"type", "string"}, {"minLength", 2}, {"maxLength", 3}}, "ä", "/"},
      {{{"type", "string"}, {"minLength", 2}, {"maxLength", 3}}, "äöü", ""},
      {{{"type", "string"}, {"minLength", 2}, {"maxLength", 3}}, "aöü\xF0\x9F\x98\x80", "/"},
      {{{"type", "string"}, {"enum", {"a", "b"}}}, "b", ""},
      {{{"type", "string"}, {"enum", {"a", "b"}}}, "c", "/"},
      {{{"type", "string"}, {"enum", {"a", "b"}}}, 5, "/"},
      {{{"type", "array"}}, json::array(), ""},
      {{{"type", "array"}}, {1, "a", nullptr}, ""},
      {{{"type", "array"}}, json::object(), "/"},
      {{{"type", "array"}, {"items", {{"type", "integer"}}}}, {1, 2, "x"}, "/2"},
      {{{"type", "array"}, {"minItems", 1}, {"maxItems", 2}}, json::array(), "/"},
      {{{"type", "array"}, {"minItems", 1}, {"maxItems", 2}}, {1, 2}, ""},
      {{{"type", "array"}, {"minItems", 1}, {"maxItems", 2}}, {1, 2, 3}, "/"},
      {{{"type", "object"}}, {{"anything", 1}}, ""},
      {{{"type", "object"}}, json::array(), "/"},
      {{{"type", "object"}, {"additionalProperties", false}}, {{"anything", 1}}, "/anything"},
  };
  for (const Case& each : cases) {
    EXPECT_EQ(verdict(compiled(each.schema), each.document), each.path) << each.schema << " " << each.document;
  }
}

TEST(SchemaCheck, NamesTheFirstFieldThatIsWrong) {
  const Schema schema = compiled(open_file);
  EXPECT_EQ(verdict(schema, {{"path", "a"}}), "");
  EXPECT_EQ(verdict(schema, {{"path", "a"}, {"line", 5}, {"marks", {"x"}}, {"more", {{"later", 1}}}}), "");
  EXPECT_EQ(verdict(schema, json::object()), "/path");
  EXPECT_EQ(verdict(schema, {{"path", ""}}), "/path");
  EXPECT_EQ(verdict(schema, {{"path", nullptr}}), "/path");
  EXPECT_EQ(verdict(schema, {{"path", "a"}, {"line", 101}}), "/line");
  EXPECT_EQ(verdict(schema, {{"path", "a"}, {"line", nullptr}}), "/line");
  EXPECT_EQ(verdict(schema, {{"path", "a"}, {"marks", {"x", 5}}}), "/marks/1");
  EXPECT_EQ(verdict(schema, {{"path", "a"}, {"marks", {"x", "y", "z"}}}), "/marks");
}

TEST(SchemaCheck, NamesTheFirstThatIsMissingInTheOrderOfTheDefinition) {
  const json text = {{"type", "string"}};
  const Schema schema =
      compiled({{"type", "object"}, {"required", {"b", "a"}}, {"properties", {{"a", text}, {"b", text}}}});
  EXPECT_EQ(verdict(schema, json::object()), "/b");
  EXPECT_EQ(verdict(schema, {{"b", "x"}}), "/a");
}

TEST(SchemaCheck, SaysItInASentence) {
  const Schema schema = compiled(open_file);
  EXPECT_EQ(schema.check({{"path", "a"}, {"line", 0}}).error().message,
            "The field /line must be a whole number from 1 to 100.");
  EXPECT_EQ(schema.check(json::object()).error().message, "The field /path is missing.");
  EXPECT_EQ(schema.check({{"path", ""}}).error().message, "The field /path must not be empty.");
  EXPECT_EQ(schema.check(5).error().message, "The body must be an object.");
  const Error placed = schema.check({{"path", 1}}, "/nodes/7").error();
  EXPECT_EQ(placed.message, "The field /nodes/7/path must be text.");
  EXPECT_EQ(placed.data["path"], "/nodes/7/path");
}

TEST(SchemaCheck, EscapesNamesInThePathAndCutsLongOnes) {
  const Schema schema = compiled({{"type", "object"}, {"additionalProperties", false}});
  EXPECT_EQ(verdict(schema, {{"a/b~c", 1}}), "/a~1b~0c");
  EXPECT_EQ(verdict(schema, {{std::string(5000, 'x'), 1}}), "/" + std::string(128, 'x'));
}

TEST(SchemaCheck, TooManyBytesAreTooLargeAndNotMerelyWrong) {
  const Schema schema = compiled({{"type", "string"}, {"maxBytes", 4}});
  EXPECT_TRUE(schema.check("ääa").has_error());
  EXPECT_TRUE(schema.check("ää").has_value());
  const Error error = schema.check_msgpack(packed("12345")).error();
  EXPECT_EQ(error.code, ErrorCode::payload_too_large);
  EXPECT_EQ(error.data, json({{"path", ""}, {"limit", 4}}));
}

TEST(SchemaCheck, NotANumberIsInNoRange) {
  const Schema schema = compiled({{"type", "number"}});
  EXPECT_TRUE(schema.check(std::nan("")).has_error());
  EXPECT_TRUE(schema.check_msgpack(std::string("\xCB\x7F\xF8\0\0\0\0\0\0", 9)).has_error());
}

TEST(SchemaCheck, TypesAreReferredTo) {
  SchemaContext context;
  context.types = {{"point", {{"type", "object"}, {"required", {"x"}}, {"properties", {{"x", {{"type", "number"}}}}}}},
                   {"line", {{"type", "array"}, {"items", {{"$ref", "#/types/point"}}}}}};
  const Schema schema =
      compiled({{"type", "object"},
                {"properties",
                 {{"from", {{"$ref", "#/types/point"}, {"description", "x"}}}, {"way", {{"$ref", "#/types/line"}}}}}},
               context);
  EXPECT_EQ(verdict(schema, {{"from", {{"x", 1}}}, {"way", {{{"x", 1}}, {{"x", 2}}}}}), "");
  EXPECT_EQ(verdict(schema, {{"way", {{{"x", 1}}, {{"y", 2}}}}}), "/way/1/x");
}

TEST(SchemaCheck, FormatsAreTheCallers) {
  SchemaContext context;
  context.formats["even"] = {[](std::string_view text) { return text.size() % 2 == 0; }, "must be even"};
  const Schema schema = compiled({{"type", "string"}, {"format", "even"}}, context);
  EXPECT_TRUE(schema.check("ab").has_value());
  EXPECT_EQ(schema.check("a").error().message, "The body must be even.");
  EXPECT_FALSE(Schema::compile({{"type", "string"}, {"format", "odd"}}, context));
}

TEST(SchemaCheck, ADefinitionThatMakesNoSenseIsRefusedWithItsPlace) {
  const std::vector<std::pair<json, std::string>> cases = {
      {5, ""},
      {{{"type", "text"}}, "/type"},
      {{{"type", "any"}}, "/type"},
      {{{"type", {"string", "integer"}}}, "/type"},
      {{{"type", {"string", "null", "null"}}}, "/type"},
      {{{"type", {5, "null"}}}, "/type"},
      {{{"type", 5}}, "/type"},
      {{{"type", "string"}, {"pattern", "a"}}, "/pattern"},
      {{{"type", "string"}, {"minimum", 1}}, "/minimum"},
      {{{"type", "string"}, {"maxLength", -1}}, "/maxLength"},
      {{{"type", "string"}, {"maxLength", "1"}}, "/maxLength"},
      {{{"type", "string"}, {"enum", json::array()}}, "/enum"},
      {{{"type", "string"}, {"enum", {1}}}, "/enum"},
      {{{"type", "integer"}, {"minimum", 0.5}}, "/minimum"},
      {{{"type", "integer"}, {"maximum", std::numeric_limits<std::uint64_t>::max()}}, "/maximum"},
      {{{"type", "array"}, {"items", {{"type", "?"}}}}, "/items/type"},
      {{{"type", "object"}, {"properties", 5}}, "/properties"},
      {{{"type", "object"}, {"properties", {{"a/b", {{"type", 1}}}}}}, "/properties/a~1b/type"},
      {{{"type", "object"}, {"required", {"a"}}}, "/required"},
      {{{"type", "object"}, {"required", "a"}}, "/required"},
      {{{"type", "object"}, {"additionalProperties", json::object()}}, "/additionalProperties"},
      {{{"$ref", "#/types/nobody"}}, "/$ref"},
      {{{"$ref", 5}}, "/$ref"},
      {{{"$ref", "#/types/nobody"}, {"type", "string"}}, "/type"}};
  for (const auto& [definition, path] : cases) {
    const auto schema = Schema::compile(definition);
    ASSERT_FALSE(schema) << definition;
    EXPECT_EQ(schema.error().code, ErrorCode::invalid_params);
    EXPECT_EQ(schema.error().data["path"], path) << definition;
  }
}

TEST(SchemaCheck, ADefinitionIsBounded) {
  json deep = {{"type", "string"}};
  for (std::size_t level = 0; level <= limits::schema_depth; ++level) {
    deep = {{"type", "array"}, {"items", std::move(deep)}};
  }
  EXPECT_FALSE(Schema::compile(deep));
  json wide = {{"type", "object"}, {"properties", json::object()}};
  for (std::size_t member = 0; member <= limits::schema_members; ++member) {
    wide["properties"]["m" + std::to_string(member)] = json::object();
  }
  EXPECT_FALSE(Schema::compile(wide));
  SchemaContext round;
  round.types = {{"a", {{"type", "array"}, {"items", {{"$ref", "#/types/b"}}}}},
                 {"b", {{"type", "array"}, {"items", {{"$ref", "#/types/a"}}}}}};
  EXPECT_FALSE(Schema::compile({{"$ref", "#/types/a"}}, round));
  // Types that double each other would grow without end; each is compiled once.
  SchemaContext doubling;
  doubling.types["t0"] = {{"type", "string"}};
  for (int level = 1; level < 15; ++level) {
    const json below = {{"$ref", "#/types/t" + std::to_string(level - 1)}};
    doubling.types["t" + std::to_string(level)] = {{"type", "object"}, {"properties", {{"a", below}, {"b", below}}}};
  }
  EXPECT_TRUE(Schema::compile({{"$ref", "#/types/t14"}}, doubling));
}

TEST(SchemaCheck, BytesThatAreNoBodyAreParseErrors) {
  const Schema schema = compiled(open_file);
  const std::string good = packed({{"path", "a"}, {"line", 5}, {"more", {1, {{"x", 2.5}}}}});
  ASSERT_TRUE(schema.check_msgpack(good));
  for (std::size_t length = 0; length < good.size(); ++length) {
    EXPECT_EQ(schema.check_msgpack(good.substr(0, length)).error().code, ErrorCode::parse_error) << length;
  }
  EXPECT_EQ(schema.check_msgpack(good + "\xC0").error().code, ErrorCode::parse_error);
  EXPECT_EQ(schema.check_msgpack("\x81\xA4path\xA1\xFF").error().code, ErrorCode::parse_error);   // no UTF-8
  EXPECT_EQ(schema.check_msgpack("\x81\xA4path\xC4\x01z").error().code, ErrorCode::parse_error);  // bin
  EXPECT_EQ(schema.check_msgpack("\x81\xA4more\xDD\xFF\xFF\xFF\xFF").error().code, ErrorCode::parse_error);
  EXPECT_EQ(schema.check_msgpack("\x81\xA4more" + std::string(200, '\x91')).error().code, ErrorCode::parse_error);
  EXPECT_EQ(schema.check_msgpack(std::string(limits::shared_body_bytes + 1, '\xC0')).error().code,
            ErrorCode::payload_too_large);
}

TEST(SchemaCheck, AsDeepAndAsManyAsADocumentMayBe) {
  const Schema anything = compiled(json::object());
  EXPECT_TRUE(anything.check_msgpack(std::string(limits::document_depth, '\x91') + '\xC0'));
  EXPECT_FALSE(anything.check_msgpack(std::string(limits::document_depth + 1, '\x91') + '\xC0'));
  // 40 lists of 65,535 values each: no list is too long, all together are.
  std::string many("\xDC\x00\x28", 3);
  for (int list = 0; list < 40; ++list) {
    many += std::string("\xDC\xFF\xFF", 3) + std::string(0xFFFF, '\x01');
  }
  EXPECT_EQ(anything.check_msgpack(many).error().code, ErrorCode::parse_error);
  EXPECT_FALSE(decode_document(BodyFormat::msgpack, many)) << "as a decoder says";
}

TEST(SchemaCheck, ANameThatComesTwiceIsCheckedTwice) {
  const Schema schema = compiled(open_file);
  EXPECT_TRUE(
      schema.check_msgpack("\x82\xA4path\xA1"
                           "a\xA4path\xA1"
                           "b"));
  EXPECT_EQ(schema
                .check_msgpack("\x82\xA4path\xA1"
                               "a\xA4path\x05")
                .error()
                .data["path"],
            "/path");
}
