#include <symphony/ipc/sandbox.h>

#include <gtest/gtest.h>

#include <cstring>

#include <symphony/sandbox/profile_reader.h>

namespace symphony::ipc {
namespace {

using nlohmann::json;
using sandbox::ProfileView;
using sandbox::read_profile;

/// Fields as the wire has them, each ended by a zero byte.
std::string fields(const std::vector<std::string>& each) {
  std::string text;
  for (const std::string& field : each) {
    text += field;
    text += '\0';
  }
  return text;
}

const char* refusal(const std::string& text) {
  ProfileView view;
  return read_profile(text.data(), text.size(), view);
}

SandboxProfile full_profile() {
  SandboxProfile profile;
  profile.read = {"/work space/ünïcode\n"};
  profile.execute = {"/extension"};
  profile.write = {"/data"};
  profile.start_programs = true;
  profile.outer = true;
  profile.memory_bytes = 268435456;
  profile.processes = 0;
  profile.files = 256;
  profile.file_bytes = 1;
  return profile;
}

TEST(SandboxProfile, WhatIsEncodedIsRead) {
  const std::string text = encode_profile(full_profile(), "/extension/program", "/usr/bin/bwrap").value();
  ProfileView view;
  ASSERT_EQ(read_profile(text.data(), text.size(), view), nullptr);
  const auto has = [&](sandbox::TreeAccess access, const char* path) {
    for (std::size_t index = 0; index < view.tree_count; ++index) {
      if (view.trees[index].access == access && std::strcmp(view.trees[index].path, path) == 0) return true;
    }
    return false;
  };
  EXPECT_TRUE(has(sandbox::TreeAccess::read, "/work space/ünïcode\n"));
  EXPECT_TRUE(has(sandbox::TreeAccess::execute, "/extension/program"));
  EXPECT_TRUE(has(sandbox::TreeAccess::write, "/data"));
  EXPECT_FALSE(has(sandbox::TreeAccess::read, "/etc"));
  EXPECT_TRUE(view.start_programs);
  EXPECT_FALSE(view.change_metadata);
  EXPECT_FALSE(view.raw_network);
  EXPECT_STREQ(view.outer, "/usr/bin/bwrap");
  EXPECT_EQ(view.memory_bytes.value, 268435456U);
  EXPECT_TRUE(view.processes.set);
  EXPECT_EQ(view.processes.value, 0U);
  EXPECT_EQ(view.files.value, 256U);
  EXPECT_EQ(view.file_bytes.value, 1U);
}

TEST(SandboxProfile, NothingThatWasCutOffIsRead) {
  const std::string text = encode_profile(full_profile(), "/extension/program", "").value();
  for (std::size_t size = 0; size < text.size(); ++size) {
    EXPECT_NE(refusal(text.substr(0, size)), nullptr) << size;
  }
  EXPECT_NE(refusal(text + text), nullptr);
  EXPECT_NE(refusal(text + '\0'), nullptr);
}

TEST(SandboxProfile, HostileTextIsRefused) {
  EXPECT_EQ(refusal(fields({"symphony-sandbox 1", "end"})), nullptr);
  EXPECT_NE(refusal(""), nullptr);
  EXPECT_NE(refusal("end"), nullptr);
  EXPECT_NE(refusal(fields({"symphony-sandbox 2", "end"})), nullptr);
  const auto pair = [](const char* key, const std::string& value) {
    return refusal(fields({"symphony-sandbox 1", key, value, "end"}));
  };
  EXPECT_EQ(pair("read", "/a"), nullptr);
  EXPECT_NE(pair("read", "a"), nullptr);
  EXPECT_NE(pair("read", ""), nullptr);
  EXPECT_EQ(pair("read", "/" + std::string(4094, 'a')), nullptr);
  EXPECT_NE(pair("read", "/" + std::string(4095, 'a')), nullptr);
  EXPECT_NE(pair("everything", "yes"), nullptr);
  EXPECT_NE(pair("raw-network", "true"), nullptr);
  EXPECT_NE(pair("outer", "bwrap"), nullptr);
  EXPECT_NE(pair("files", ""), nullptr);
  EXPECT_NE(pair("files", "-1"), nullptr);
  EXPECT_NE(pair("files", "0x10"), nullptr);
  EXPECT_NE(pair("files", "99999999999999999999999999"), nullptr);
  for (const char* once : {"files", "start-programs", "outer"}) {
    const std::string value = std::strcmp(once, "files") == 0 ? "1" : std::strcmp(once, "outer") == 0 ? "/b" : "yes";
    EXPECT_NE(refusal(fields({"symphony-sandbox 1", once, value, once, value, "end"})), nullptr) << once;
  }
  std::vector<std::string> many{"symphony-sandbox 1"};
  for (std::size_t count = 0; count <= sandbox::trees_max; ++count) {
    many.insert(many.end(), {"read", "/a"});
  }
  many.emplace_back("end");
  EXPECT_NE(refusal(fields(many)), nullptr);
  EXPECT_NE(refusal(std::string(sandbox::profile_bytes_max + 1, 'a')), nullptr);
}

TEST(SandboxProfile, WhatTheLauncherWouldRefuseIsNotEncoded) {
  SandboxProfile relative;
  relative.read = {"folder"};
  EXPECT_EQ(encode_profile(relative, "/program", "").error().code, ErrorCode::invalid_params);
  SandboxProfile zero;
  zero.write = {std::string("/a\0b", 4)};
  EXPECT_EQ(encode_profile(zero, "/program", "").error().code, ErrorCode::invalid_params);
  SandboxProfile crowd;
  crowd.read.assign(200, "/a");
  EXPECT_FALSE(encode_profile(crowd, "/program", ""));
}

TEST(SandboxProfile, DocumentsAreChecked) {
  const SandboxProfile profile =
      SandboxProfile::from_json(
          {{"read", {"/a"}}, {"write", {"/b", "/c"}}, {"processes", 4}, {"memory_bytes", 8388608}})
          .value();
  EXPECT_EQ(profile.write.size(), 2U);
  EXPECT_EQ(profile.processes, 4U);
  EXPECT_FALSE(profile.cpu_percent);
  const auto path_of = [](const json& document) {
    const auto read = SandboxProfile::from_json(document);
    return read ? std::string() : read.error().data["path"].get<std::string>();
  };
  EXPECT_EQ(path_of({{"read", "/a"}}), "/read");
  EXPECT_EQ(path_of({{"read", {1}}}), "/read");
  EXPECT_EQ(path_of({{"processes", -1}}), "/processes");
  EXPECT_EQ(path_of({{"processes", 1.5}}), "/processes");
  EXPECT_EQ(path_of({{"memory_bytes", 1}}), "/memory_bytes");
  EXPECT_EQ(path_of({{"memory_bytes", 18446744073709551615U}}), "/memory_bytes");
  EXPECT_EQ(path_of({{"start_programs", "yes"}}), "/start_programs");
  EXPECT_EQ(path_of({{"memmory", 1}}), "/memmory");
  EXPECT_FALSE(SandboxProfile::from_json(json::array()));
}

}  // namespace
}  // namespace symphony::ipc
