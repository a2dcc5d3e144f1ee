#include <symphony/app/crash_report.h>

#include <gtest/gtest.h>

#include <csignal>
#include <fstream>
#include <sstream>
#include <string>

#include <sys/wait.h>
#include <unistd.h>

#include "temporary_directory.h"

namespace symphony::app {
namespace {

TEST(CrashReport, AnOrderlyEndLeavesNothing) {
  const TemporaryDirectory place;
  { const CrashReport report(place.path()); }
  EXPECT_TRUE(std::filesystem::is_empty(place.path()));
}

TEST(CrashReport, ALivingInstanceIsNotReported) {
  const TemporaryDirectory place;
  const CrashReport report(place.path());
  EXPECT_TRUE(CrashReport::take_unseen(place.path()).empty());
  EXPECT_TRUE(std::filesystem::exists(report.file()));
}

TEST(CrashReport, ACrashIsWrittenDownAndToldOnce) {
  const TemporaryDirectory place;
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const CrashReport report(place.path());
    ::raise(SIGSEGV);
    ::_exit(0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(WTERMSIG(status), SIGSEGV);
  const auto found = CrashReport::take_unseen(place.path());
  ASSERT_EQ(found.size(), 1U);
  std::stringstream text;
  text << std::ifstream(found[0]).rdbuf();
  EXPECT_NE(text.str().find("signal 0xb"), std::string::npos);
  EXPECT_NE(text.str().find("\npc 0x"), std::string::npos);
  EXPECT_NE(text.str().find("libc.so"), std::string::npos);
  EXPECT_TRUE(CrashReport::take_unseen(place.path()).empty());
}

}  // namespace
}  // namespace symphony::app
