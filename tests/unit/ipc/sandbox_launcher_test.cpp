// The launcher fails closed: whatever keeps it from applying a profile keeps the extension from starting.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <string>
#include <vector>

#include <symphony/descriptor/descriptor.h>
#include <symphony/ipc/sandbox.h>
#include <symphony/sandbox/profile_format.h>

namespace symphony::ipc {
namespace {

struct Launched {
  int status = -1;
  std::string reason;
};

Descriptor memory_file(const std::string& text, bool sealed) {
  Descriptor file(::memfd_create("profile", MFD_ALLOW_SEALING | MFD_CLOEXEC));
  EXPECT_EQ(::write(file.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
  if (sealed) {
    EXPECT_EQ(::fcntl(file.get(), F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK), 0);
  }
  return file;
}

/// As on a kernel that lacks the system call.
void pretend_missing(long number) {
  std::array<sock_filter, 4> code{{{BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(seccomp_data, nr)},
                                   {BPF_JMP | BPF_JEQ | BPF_K, 0, 1, static_cast<std::uint32_t>(number)},
                                   {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | ENOSYS},
                                   {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW}}};
  const sock_fprog program{static_cast<unsigned short>(code.size()), code.data()};
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

Launched run(const Descriptor& profile, const char* program = "/bin/true", long missing_call = -1) {
  const Descriptor reason = memory_file("", false);
  const std::string self = std::to_string(::getpid());
  const pid_t child = ::fork();
  if (child == 0) {
    // From high numbers down to the ones the launcher knows.
    const int low[] = {::fcntl(profile.get(), F_DUPFD, 20), ::fcntl(reason.get(), F_DUPFD, 20)};
    if (low[0] >= 0)
      ::dup2(low[0], sandbox::profile_descriptor);
    else
      ::close(sandbox::profile_descriptor);
    ::dup2(low[1], sandbox::reason_descriptor);
    ::close(STDERR_FILENO);
    if (missing_call >= 0) pretend_missing(missing_call);
    ::execl(SYMPHONY_LAUNCHER, SYMPHONY_LAUNCHER, "--parent", self.c_str(), "--reason", "--profile", "--", program,
            nullptr);
    ::_exit(99);
  }
  Launched result;
  int status = 0;
  ::waitpid(child, &status, 0);
  result.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  std::array<char, 512> text{};
  const ssize_t count = ::pread(reason.get(), text.data(), text.size(), 0);
  result.reason.assign(text.data(), count > 0 ? static_cast<std::size_t>(count) : 0);
  return result;
}

std::string profile_text(const SandboxProfile& profile = {}, const char* outer = "") {
  return encode_profile(profile, "/bin/true", outer).value();
}

void expect_refused(const Launched& result, const char* because) {
  EXPECT_EQ(result.status, sandbox::exit_not_started);
  EXPECT_NE(result.reason.find(because), std::string::npos) << result.reason;
}

TEST(SandboxLauncher, StartsWithAProfile) {
  const Launched result = run(memory_file(profile_text(), true));
  EXPECT_EQ(result.status, 0) << result.reason;
  EXPECT_EQ(result.reason, "");
}

TEST(SandboxLauncher, RefusesAProfileItCannotTrust) {
  const std::string whole = profile_text();
  expect_refused(run(memory_file(whole, false)), "can still be changed");
  expect_refused(run(Descriptor()), "missing");
  expect_refused(run(memory_file("", true)), "no profile");
  expect_refused(run(memory_file(whole.substr(0, whole.size() - 1), true)), "no end");
  expect_refused(run(memory_file(std::string(100'000, 'x'), true)), "too long");
}

TEST(SandboxLauncher, StartsNothingThatWouldBeLessRestricted) {
  for (const long call :
       {SYS_landlock_create_ruleset, SYS_landlock_add_rule, SYS_landlock_restrict_self, SYS_capset, SYS_close_range}) {
    const Launched result = run(memory_file(profile_text(), true), "/bin/true", call);
    EXPECT_EQ(result.status, sandbox::exit_not_started) << call;
    EXPECT_NE(result.reason, "") << call;
  }
}

TEST(SandboxLauncher, SaysWhatCannotBeStarted) {
  expect_refused(run(memory_file(profile_text(), true), "/no/such/program"), "cannot start /no/such/program");
  SandboxProfile outer;
  outer.outer = true;
  expect_refused(run(memory_file(profile_text(outer, "/no/such/bwrap"), true)), "cannot start /no/such/bwrap");
  // Something that is not bubblewrap and never starts the launcher again.
  const Launched other = run(memory_file(profile_text(outer, "/bin/false"), true));
  EXPECT_EQ(other.status, 1);
  EXPECT_NE(other.reason.find("bubblewrap"), std::string::npos);
}

}  // namespace
}  // namespace symphony::ipc
