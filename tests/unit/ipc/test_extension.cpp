// A real extension that does on request what extensions must not do.

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <symphony/ipc/client_connection.h>
#include <symphony/ipc/supervisor.h>

using namespace symphony::ipc;
using nlohmann::json;

namespace {

json environment() {
  rlimit core{};
  ::getrlimit(RLIMIT_CORE, &core);
  int death_signal = 0;
  ::prctl(PR_GET_PDEATHSIG, &death_signal);
  json descriptors = json::array();
  for (int descriptor = 0; descriptor < 1024; ++descriptor) {
    // The connection's own eventfd is close-on-exec: it was not inherited.
    const int flags = ::fcntl(descriptor, F_GETFD);
    if (flags >= 0 && (descriptor <= 3 || (flags & FD_CLOEXEC) == 0)) {
      descriptors.push_back(descriptor);
    }
  }
  return {{"no_new_privileges", ::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0)},
          {"core_limit", core.rlim_max},
          {"death_signal", death_signal},
          {"session_leader", ::getsid(0) == ::getpid()},
          {"group_leader", ::getpgrp() == ::getpid()},
          {"descriptors", descriptors},
          {"directory", std::filesystem::current_path().string()},
          {"secret", ::getenv("SYMPHONY_TEST_SECRET") != nullptr}};
}

/// A process that does everything to get away: no parent, a session of its own, no signal it would listen to.
pid_t start_daemon() {
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0) {
    return 0;
  }
  const pid_t middle = ::fork();
  if (middle == 0) {
    ::setsid();
    if (::fork() == 0) {
      ::setsid();
      for (const int signal : {SIGTERM, SIGHUP, SIGINT, SIGUSR1}) {
        ::signal(signal, SIG_IGN);
      }
      const pid_t self = ::getpid();
      [[maybe_unused]] const ssize_t told = ::write(ends[1], &self, sizeof self);
      ::close(ends[1]);
      for (;;) {
        ::pause();
      }
    }
    ::_exit(0);
  }
  pid_t daemon = 0;
  [[maybe_unused]] const ssize_t heard = ::read(ends[0], &daemon, sizeof daemon);
  ::close(ends[0]);
  ::close(ends[1]);
  ::waitpid(middle, nullptr, 0);
  return daemon;
}

/// Plays the host: starts itself as an extension that leaves a daemon, says both process ids, and waits to be killed.
int play_host(const char* self, const char* launcher) {
  auto bus = Bus::create({});
  auto supervisor = Supervisor::create(**bus, {launcher, {}});
  if (!bus || !supervisor) {
    return 1;
  }
  (*supervisor)->on_state([&](const ProcessStatus& status) {
    if (status.state == ProcessState::healthy) {
      (*bus)->send_request("host", {"extension", "daemon", {}}, {}, [pid = status.pid](Result<Payload> outcome) {
        const json answer = outcome.value().document().value();
        std::printf("%lld %lld\n", static_cast<long long>(pid), answer["pid"].get<long long>());
        std::fflush(stdout);
      });
    }
  });
  ProcessSpec spec;
  spec.id = "extension";
  spec.executable = self;
  if (!(*supervisor)->start(spec)) {
    return 1;
  }
  for (;;) {
    ::pause();
  }
}

}  // namespace

int main(int argc, char** argv) {
  const std::string behaviour = argc > 1 ? argv[1] : "";
  const std::string version = argc > 2 ? argv[2] : "";
  if (behaviour == "host" && argc > 2) {
    return play_host(argv[0], argv[2]);
  }
  if (behaviour == "exit-at-once") {
    std::fputs("going\n", stderr);
    return 7;
  }
  if (behaviour == "never-hello") {
    for (;;) {
      ::pause();
    }
  }
  auto opened = ClientConnection::open(3, {"test_extension", "1", ""});
  if (!opened) {
    std::fprintf(stderr, "%s\n", opened.error().message.c_str());
    return 1;
  }
  ClientConnection& host = **opened;
  json init;
  json state;
  json pressure;
  int count = 0;
  std::vector<std::vector<char>> taken;
  host.on_message([&](const Incoming& incoming, Responder responder) {
    const json params = incoming.body.document().value();
    if (incoming.method == "contract.init") {
      init = params;
      if (behaviour == "init-fails") {
        responder.fail({ErrorCode::internal_error, "I will not"});
        return;
      }
      responder.answer(json::object());
      if (behaviour == "crash-after-init") {
        ::raise(SIGABRT);
      }
    } else if (incoming.method == "contract.restore") {
      state = params["state"];
      if (behaviour == "restore-fails") {
        responder.fail({ErrorCode::internal_error, "I do not know this state"});
        return;
      }
      count = state.value("count", 0);
      responder.answer(json::object());
    } else if (incoming.method == "contract.snapshot") {
      responder.answer(json{{"state", {{"count", count}}}});
    } else if (incoming.method == "count") {
      responder.answer(json{{"count", ++count}, {"version", version}, {"pid", ::getpid()}});
    } else if (incoming.method == "slow") {
      host.post(std::chrono::milliseconds(params["ms"].get<int>()),
                [&version, waiting = std::make_shared<Responder>(std::move(responder))] {
                  waiting->answer(json{{"version", version}});
                });
    } else if (incoming.method == "contract.shutdown") {
      if (behaviour == "ignore-shutdown") {
        ::signal(SIGTERM, SIG_IGN);
        return;
      }
      responder.answer(json::object());
      host.stop();
    } else if (incoming.method == "save") {
      host.notify({"supervisor", "contract.save", json{{"state", params}}});
      host.notify({"supervisor", "telemetry.spans",
                   json{{"spans",
                         {{{"name", "saved"},
                           {"trace", "0af7651916cd43dd8448eb211c80319c"},
                           {"span", "b7ad6b7169203331"},
                           {"parent", "00f067aa0ba902b7"},
                           {"start_us", 1},
                           {"end_us", 2}}}}}});
      responder.answer(json::object());
    } else if (incoming.method == "contract.memory_pressure") {
      pressure = params;
    } else if (incoming.method == "take") {
      // Touched in steps, as a program that grows does.
      constexpr std::size_t step = 1U << 20U;
      for (std::size_t left = params["mib"]; left > 0; --left) {
        taken.emplace_back(step, 'x');
      }
      responder.answer(json{{"taken", taken.size()}});
    } else if (incoming.method == "spin") {
      const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(params["ms"].get<int>());
      while (std::chrono::steady_clock::now() < until) {
      }
      timespec used{};
      ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
      responder.answer(json{{"cpu_ms", used.tv_sec * 1000 + used.tv_nsec / 1'000'000}});
    } else if (incoming.method == "fork") {
      int forked = 0;
      for (int left = params["count"]; left > 0; --left) {
        const pid_t child = ::fork();
        if (child == 0) {
          for (;;) {
            ::pause();
          }
        }
        forked += child > 0 ? 1 : 0;
      }
      responder.answer(json{{"forked", forked}});
    } else if (incoming.method == "report") {
      responder.answer(json{{"init", init},
                            {"state", state},
                            {"pressure", pressure},
                            {"pid", ::getpid()},
                            {"environment", environment()}});
    } else if (incoming.method == "crash") {
      ::raise(SIGABRT);
    } else if (incoming.method == "kill") {
      ::raise(SIGKILL);
    } else if (incoming.method == "hang") {
      ::raise(SIGSTOP);
    } else if (incoming.method == "daemon") {
      responder.answer(json{{"pid", start_daemon()}});
    } else if (incoming.method == "print") {
      const std::string line(999, 'x');
      for (std::int64_t printed = 0; printed < params["bytes"].get<std::int64_t>(); printed += 1000) {
        std::puts(line.c_str());
      }
      std::puts("the last line");
      std::fflush(stdout);
      responder.answer(json::object());
    } else if (incoming.method == "leave") {
      responder.answer(json::object());
      host.stop();
    } else if (incoming.method == "child") {
      // A grandchild that holds the connection open.
      ::fcntl(3, F_SETFD, 0);
      const pid_t child = ::fork();
      if (child == 0) {
        for (;;) {
          ::pause();
        }
      }
      responder.answer(json{{"pid", child}});
    } else {
      responder.fail({ErrorCode::method_not_found, "No such method."});
    }
  });
  return host.run() ? 0 : 1;
}
