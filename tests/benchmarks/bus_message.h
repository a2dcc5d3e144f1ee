#pragma once
// The small message every row of `./dev bench bus` is about: a question of an editor with five parameters, ~200 bytes.

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include <symphony/ipc/typed.h>

namespace symphony::bench {

inline constexpr std::string_view asked_uri = "file:///home/user/project/src/main.cpp";
inline constexpr std::string_view asked_query = "symphony::Bus::send_message";
inline constexpr std::string_view asked_kind = "definition";

struct Question {
  std::string_view uri;
  std::uint32_t line = 0;
  std::uint32_t character = 0;
  std::string_view query;
  std::string_view kind;
  static constexpr auto fields =
      ipc::describe(ipc::field("uri", &Question::uri), ipc::field("line", &Question::line),
                    ipc::field("character", &Question::character), ipc::field("query", &Question::query),
                    ipc::field("kind", &Question::kind));
};

struct Reply {
  std::string_view uri;
  std::uint32_t line = 0;
  std::uint32_t character = 0;
  std::string_view name;
  std::string_view kind;
  static constexpr auto fields = ipc::describe(ipc::field("uri", &Reply::uri), ipc::field("line", &Reply::line),
                                               ipc::field("character", &Reply::character),
                                               ipc::field("name", &Reply::name), ipc::field("kind", &Reply::kind));
};

inline Question question(std::uint32_t number) {
  return {asked_uri, 128 + (number & 63U), 42, asked_query, asked_kind};
}

inline Reply reply_to(const Question& asked) {
  return {asked.uri, asked.line + 1, asked.character, asked.query, asked.kind};
}

inline nlohmann::json question_document(std::uint32_t number) {
  return {{"uri", asked_uri},
          {"line", 128 + (number & 63U)},
          {"character", 42},
          {"query", asked_query},
          {"kind", asked_kind}};
}

inline nlohmann::json reply_document(const nlohmann::json& asked) {
  return {{"uri", asked.at("uri")},
          {"line", asked.at("line").get<int>() + 1},
          {"character", asked.at("character")},
          {"name", asked.at("query")},
          {"kind", asked.at("kind")}};
}

}  // namespace symphony::bench
