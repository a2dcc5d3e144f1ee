#include <symphony/app/catalogue.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <set>
#include <string>

namespace symphony::app {
namespace {

TEST(Catalogue, EverySentenceHasAnIdOfItsOwnAndStandsInItsPlace) {
  std::set<std::string_view> ids;
  std::size_t place = 0;
  for (const SentenceText& entry : all_sentences()) {
    EXPECT_EQ(static_cast<std::size_t>(entry.sentence), place++) << entry.id;
    EXPECT_TRUE(ids.insert(entry.id).second) << entry.id;
    EXPECT_NE(entry.id.find('.'), std::string_view::npos) << entry.id;
    EXPECT_TRUE(std::all_of(entry.id.begin(), entry.id.end(), [](char c) {
      return c == '.' || (c >= 'a' && c <= 'z');
    })) << entry.id;
    EXPECT_FALSE(entry.words.empty()) << entry.id;
    EXPECT_EQ(std::count(entry.words.begin(), entry.words.end(), '{'),
              std::count(entry.words.begin(), entry.words.end(), '}'))
        << entry.id;
  }
}

TEST(Catalogue, WhatIsNoNoteSaysWhatToDo) {
  for (const SentenceText& entry : all_sentences())
    EXPECT_EQ(entry.action.empty(), entry.id.starts_with("note.")) << entry.id;
}

TEST(Catalogue, FillsInWhatItIsGivenAndReadsItNotAgain) {
  EXPECT_EQ(text_of(Sentence::folder_missing, {{"path", "/{path}"}}),
            "/{path} does not exist. It may have been moved or unmounted.");
  EXPECT_EQ(complaint(Sentence::folder_missing, {{"path", "/x"}}),
            "/x does not exist. It may have been moved or unmounted. (folder.missing)");
}

TEST(Catalogue, ErrorsCarryTheirIdAndThoseFromElsewhereTheNameOfTheirCode) {
  const ipc::Error ours = error_of(ipc::ErrorCode::not_found, Sentence::folder_none_open, {}, {{"path", "/path"}});
  EXPECT_EQ(ours.data, (nlohmann::json{{"id", "folder.none"}, {"path", "/path"}}));
  EXPECT_TRUE(complaint(ours).ends_with("(folder.none)"));
  EXPECT_EQ(complaint(ipc::Error{ipc::ErrorCode::overloaded, "Too much.", nullptr}), "Too much. (overloaded)");
  const ipc::Error system = system_error_of(Sentence::folder_cannot_read, "/a\xFF", EACCES);
  EXPECT_EQ(system.code, ipc::ErrorCode::io_error);
  EXPECT_EQ(system.data["errno"], EACCES);
  EXPECT_EQ(system.message, "The folder /a\xEF\xBF\xBD cannot be read: Permission denied. Check its permissions.");
}

}  // namespace
}  // namespace symphony::app
