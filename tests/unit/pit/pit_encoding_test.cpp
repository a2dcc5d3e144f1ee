#include <gtest/gtest.h>

#include "artifact_store/encoding.h"
#include "artifact_store/parameters.h"

namespace symphony::pit {
namespace {

TEST(Sha256, IsTheStandardsOwn) {
  EXPECT_EQ(to_hex(view_of(sha256("abc"))), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(to_hex(view_of(sha256(""))), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(Hex, RefusesWhatIsNotHexadecimal) {
  EXPECT_EQ(from_hex("00fFa1"), std::string("\x00\xff\xa1", 3));
  EXPECT_FALSE(from_hex("0"));
  EXPECT_FALSE(from_hex("0g"));
}

TEST(Base64, MatchesTheVectorsOfRfc4648) {
  const std::vector<std::pair<std::string, std::string>> vectors = {{"", ""},
                                                                    {"f", "Zg=="},
                                                                    {"fo", "Zm8="},
                                                                    {"foo", "Zm9v"},
                                                                    {"foob", "Zm9vYg=="},
                                                                    {"fooba", "Zm9vYmE="},
                                                                    {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : vectors) {
    EXPECT_EQ(to_base64(bytes), text);
    EXPECT_EQ(from_base64(text), bytes);
  }
}

TEST(Base64, KeepsEveryByte) {
  std::string bytes;
  for (int i = 0; i < 256; ++i)
    bytes += static_cast<char>(i);
  EXPECT_EQ(from_base64(to_base64(bytes)), bytes);
}

TEST(Base64, RefusesWhatIsMalformed) {
  for (const char* text : {"Zg", "Zg=", "Z===", "====", "Zg==Zg==", "Zm9\n", "Zm9-", "=Zm9"})
    EXPECT_FALSE(from_base64(text)) << text;
}

nlohmann::json data_of(const std::function<void()>& read) {
  try {
    read();
  } catch (const ParameterError& error) {
    EXPECT_EQ(error.error().code, ipc::ErrorCode::invalid_params);
    return error.error().data;
  }
  ADD_FAILURE() << "not refused";
  return {};
}

TEST(Parameters, NameTheOffendingField) {
  const nlohmann::json document = {{"text", 5},
                                   {"number", "x"},
                                   {"big", 18446744073709551615ULL},
                                   {"half", 1.5},
                                   {"object", nlohmann::json::array()}};
  const Parameters parameters(document);
  EXPECT_EQ(data_of([&] { parameters.text("missing"); })["path"], "/missing");
  EXPECT_EQ(data_of([&] { parameters.text("text"); })["path"], "/text");
  EXPECT_EQ(data_of([&] { parameters.integer_or("number", 1, 1, 9); })["path"], "/number");
  EXPECT_EQ(data_of([&] { parameters.integer_or("big", 1, 1, 9); })["path"], "/big");
  EXPECT_EQ(data_of([&] { parameters.integer_or("half", 1, 1, 9); })["path"], "/half");
  EXPECT_EQ(data_of([&] { parameters.object_or_empty("object"); })["path"], "/object");
  EXPECT_EQ(parameters.integer_or("absent", 7, 1, 9), 7);
  const nlohmann::json array = nlohmann::json::array();
  EXPECT_EQ(data_of([&] { Parameters{array}; })["path"], "");
}

}  // namespace
}  // namespace symphony::pit
