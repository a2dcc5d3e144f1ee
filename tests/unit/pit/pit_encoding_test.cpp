#include <gtest/gtest.h>
#include <symphony/ipc/path_text.h>

#include "artifact_store/encoding.h"
#include "artifact_store/parameters.h"

namespace symphony::pit {
namespace {

TEST(Sha256, IsTheStandardsOwn) {
  EXPECT_EQ(to_hex(view_of(sha256("abc"))), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(to_hex(view_of(sha256(""))), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(Sha256Stream, IsTheSameWhereverTheBytesAreCut) {
  const std::string bytes = "a text that is cut at every place";
  for (std::size_t at = 0; at <= bytes.size(); ++at) {
    Sha256Stream stream;
    stream.add(bytes.substr(0, at));
    EXPECT_EQ(stream.hash(), sha256(bytes.substr(0, at)));
    stream.add(bytes.substr(at));
    EXPECT_EQ(stream.hash(), sha256(bytes));
  }
}

TEST(Utf8Stream, FindsWhatTheWholeIsWhereverItIsCut) {
  const std::vector<std::string> texts = {"",
                                          "plain",
                                          "\u00e9 \u6f22\u5b57 \U0001F3BC.",
                                          "\U0001F3BC",
                                          "\xff",
                                          "a\xc3",
                                          "\xe0\x80",
                                          "\xc3(abc",
                                          "\xed\xa0\x80",
                                          "\xf4\x90\x80\x80",
                                          "\x80\x80"
                                          "b",
                                          "\xf0\x9f\x8e"};
  for (const std::string& text : texts) {
    for (std::size_t first = 0; first <= text.size(); ++first) {
      for (std::size_t second = first; second <= text.size(); ++second) {
        Utf8Stream stream;
        stream.add(text.substr(0, first));
        stream.add(text.substr(first, second - first));
        stream.add(text.substr(second));
        EXPECT_EQ(stream.valid(), ipc::is_valid_utf8(text)) << to_hex(text) << " cut at " << first << ", " << second;
      }
    }
  }
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
  using messages::SearchRequest;
  EXPECT_EQ(data_of([&] { read_parameters<SearchRequest>({{"limit", 5}}); })["path"], "/query");
  EXPECT_EQ(data_of([&] { read_parameters<SearchRequest>({{"query", 5}}); })["path"], "/query");
  EXPECT_EQ(data_of([&] { read_parameters<SearchRequest>({{"query", "x"}, {"limit", -1}}); })["path"], "/limit");
  EXPECT_EQ(data_of([&] { read_parameters<SearchRequest>(nlohmann::json::array()); })["path"], "");
  const auto read = read_parameters<SearchRequest>({{"query", "x"}});
  EXPECT_EQ(read.query, "x");
  EXPECT_FALSE(read.limit);
}

}  // namespace
}  // namespace symphony::pit
