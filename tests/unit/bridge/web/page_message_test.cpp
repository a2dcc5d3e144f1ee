#include <symphony/web/page_message.h>

#include <gtest/gtest.h>

#include <string>

namespace symphony::web {
namespace {

TEST(PageMessage, ReadsEachKind) {
  EXPECT_TRUE(std::holds_alternative<PageReady>(parse_page_message(R"({"type":"ready"})").value()));
  const auto ack =
      std::get<PageAcknowledgement>(parse_page_message(R"({"type":"ack","view":"explorer","revision":7})").value());
  EXPECT_EQ(ack.view, "explorer");
  EXPECT_EQ(ack.revision, 7U);
  EXPECT_FALSE(ack.error);
  const auto refused = std::get<PageAcknowledgement>(
      parse_page_message(R"({"type":"ack","view":"e","revision":7,"error":{"code":-32602,"message":"no"}})").value());
  ASSERT_TRUE(refused.error);
  EXPECT_EQ(refused.error->code, ipc::ErrorCode::invalid_params);
  const auto event = std::get<PageEvent>(
      parse_page_message(R"({"type":"event","view":"e","node":"search","event":"change","data":{"value":"ä"}})")
          .value());
  EXPECT_EQ(event.data.at("value"), "ä");
  const auto request =
      std::get<PageRequest>(parse_page_message(R"({"type":"request","id":3,"method":"file.stat"})").value());
  EXPECT_EQ(request.params, nlohmann::json::object());
  EXPECT_EQ(std::get<PageLog>(parse_page_message(R"({"type":"log","level":"error","message":"m"})").value()).message,
            "m");
  const auto mark =
      std::get<PageMark>(parse_page_message(R"({"type":"mark","name":"shell_painted","ago_us":1500})").value());
  EXPECT_EQ(mark.ago_us, 1500U);
}

TEST(PageMessage, RefusesWhatIsMalformed) {
  for (const char* text :
       {"", "null", "[]", "{", "7", "{}", R"({"type":7})", R"({"type":"explode"})", R"({"type":"ack","view":"e"})",
        R"({"type":"ack","view":"e","revision":-1})", R"({"type":"ack","view":"e","revision":1.5})",
        R"({"type":"ack","view":{},"revision":1})", R"({"type":"event","view":"e","node":"n","event":"x","data":[]})",
        R"({"type":"request","id":"1","method":"m"})", R"({"type":"mark","name":"m","ago_us":-3})",
        "{\"type\":\"\xff\"}"}) {
    EXPECT_FALSE(parse_page_message(text)) << text;
  }
}

TEST(PageMessage, BoundsSizeAndNesting) {
  EXPECT_EQ(parse_page_message(std::string(page_message_bytes + 1, ' ')).error().code,
            ipc::ErrorCode::payload_too_large);
  const std::string deep =
      R"({"type":"event","view":"e","node":"n","event":"x","data":{"a":)" + std::string(100'000, '[');
  EXPECT_FALSE(parse_page_message(deep));
}

}  // namespace
}  // namespace symphony::web
