#include <symphony/ipc/error.h>

#include <gtest/gtest.h>

#include <cerrno>

namespace symphony::ipc {
namespace {

TEST(Error, SurvivesItsDocument) {
  const Error error{ErrorCode::payload_too_large, "too large", {{"limit", 5}}};
  const nlohmann::json document = error.to_json();
  EXPECT_EQ(document, (nlohmann::json{{"code", -32008}, {"message", "too large"}, {"data", {{"limit", 5}}}}));
  const Error back = Error::from_json(document);
  EXPECT_EQ(back.code, ErrorCode::payload_too_large);
  EXPECT_EQ(back.message, "too large");
  EXPECT_EQ(back.data["limit"], 5);
}

TEST(Error, AnythingElseBecomesAnInternalErrorThatSaysSo) {
  for (const nlohmann::json& hostile :
       {nlohmann::json(), nlohmann::json(7), nlohmann::json::array({1}),
        nlohmann::json{{"code", "x"}, {"message", "m"}}, nlohmann::json{{"code", 1e300}, {"message", "m"}},
        nlohmann::json{{"code", -32603}}}) {
    const Error error = Error::from_json(hostile);
    EXPECT_EQ(error.code, ErrorCode::internal_error);
    EXPECT_FALSE(error.message.empty());
  }
  EXPECT_EQ(Error::from_json({{"code", 12345}, {"message", "m"}}).code, ErrorCode::internal_error);
}

TEST(Error, NamesEveryCode) {
  EXPECT_EQ(name_of(ErrorCode::deadline_exceeded), "deadline_exceeded");
  EXPECT_EQ(name_of(ErrorCode::io_error), "io_error");
  EXPECT_EQ(name_of(static_cast<ErrorCode>(5)), "unknown");
}

TEST(Error, TheOperatingSystemsRefusalsAreTold) {
  EXPECT_EQ(io_error("Cannot read", "/a", EACCES).code, ErrorCode::io_error);
  EXPECT_EQ(io_error("Cannot read", "/a", ENOENT).code, ErrorCode::not_found);
  EXPECT_EQ(io_error("Cannot write", "/a", ENOSPC).code, ErrorCode::resource_exhausted);
  EXPECT_EQ(io_error("Cannot read", "/\xFF", EACCES).data["path"], "/%FF");
  EXPECT_EQ(io_error("Cannot read", "/a", EACCES).data["errno"], EACCES);
}

}  // namespace
}  // namespace symphony::ipc
