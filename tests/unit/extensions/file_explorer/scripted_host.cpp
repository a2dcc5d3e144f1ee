#include "scripted_host.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <stdexcept>
#include <utility>

#include <symphony/ipc/payload.h>

#include "../naive_tree.h"

extern char** environ;

namespace symphony::testing {
namespace {

using ipc::BodyFormat;
using ipc::Envelope;
using ipc::FrameKind;
using nlohmann::json;

constexpr BodyFormat format = BodyFormat::msgpack;

[[noreturn]] void fail(const std::string& what) { throw std::runtime_error(what); }

}  // namespace

ScriptedHost::ScriptedHost(const std::string& program) {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) fail("no socket pair");
  // dup2 onto itself would leave close-on-exec set.
  const int theirs = ::fcntl(ends[1], F_DUPFD_CLOEXEC, 10);
  ::close(ends[1]);
  socket_ = ends[0];
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, theirs, 3);
  std::string path = program;
  std::array<char*, 2> arguments{path.data(), nullptr};
  const int problem = ::posix_spawn(&pid_, program.c_str(), &actions, nullptr, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(theirs);
  if (problem != 0) fail("cannot start " + program);
  for (bool greeted = false; !greeted;) {
    if (!receive(10'000)) fail("the extension ended before its hello");
    const auto frame = parser_.next();
    if (!frame) fail(frame.error().message);
    if (!*frame) continue;
    if ((*frame)->kind != FrameKind::hello) fail("the first frame is not a hello");
    greeted = true;
  }
  const std::string welcome = json{{"protocol", 1},
                                   {"contract", 1},
                                   {"endpoint", "extension"},
                                   {"format", "msgpack"},
                                   {"host", {{"name", "scripted"}, {"version", "1"}}},
                                   {"limits", {{"body_bytes", 16777216}, {"pending_requests", 1024}}}}
                                  .dump();
  Envelope envelope;
  envelope.kind = FrameKind::welcome;
  envelope.format = BodyFormat::json;
  envelope.body = welcome;
  send(envelope);
}

ScriptedHost::~ScriptedHost() {
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  ::close(socket_);
}

void ScriptedHost::send(const Envelope& envelope) {
  std::string bytes;
  ipc::encode_frame(envelope, bytes);
  for (std::size_t sent = 0; sent < bytes.size();) {
    const ssize_t count = ::send(socket_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) fail("the extension's connection is closed");
    sent += static_cast<std::size_t>(count);
  }
}

json ScriptedHost::ask(const std::string& method, const json& params) {
  const std::string body = ipc::encode_document(format, params);
  Envelope envelope;
  envelope.kind = FrameKind::request;
  envelope.format = format;
  envelope.id = next_id_++;
  envelope.target = "extension";
  envelope.method = method;
  envelope.source = "supervisor";
  envelope.body = body;
  send(envelope);
  wait("the answer to " + method, [&] { return answers_.contains(envelope.id); });
  return answers_.at(envelope.id);
}

void ScriptedHost::notify(const std::string& method, const json& params,
                          const std::optional<ipc::TraceContext>& trace) {
  const std::string body = ipc::encode_document(format, params);
  Envelope envelope;
  envelope.kind = FrameKind::notification;
  envelope.format = format;
  envelope.target = "extension";
  envelope.method = method;
  envelope.source = "ui";
  envelope.body = body;
  envelope.trace = trace;
  send(envelope);
}

void ScriptedHost::event(const std::string& view, const std::string& node, const std::string& event, const json& data,
                         const std::optional<ipc::TraceContext>& trace) {
  notify("ui.event", {{"view", view}, {"node", node}, {"event", event}, {"data", data}}, trace);
}

void ScriptedHost::answer(const Request& request, const json& result) {
  const std::string body = ipc::encode_document(format, result);
  Envelope envelope;
  envelope.kind = FrameKind::answer;
  envelope.format = format;
  envelope.id = request.id;
  envelope.body = body;
  send(envelope);
}

void ScriptedHost::refuse(const Request& request, int code, const std::string& message) {
  const std::string body = ipc::encode_document(format, {{"code", code}, {"message", message}, {"data", nullptr}});
  Envelope envelope;
  envelope.kind = FrameKind::error;
  envelope.format = format;
  envelope.id = request.id;
  envelope.body = body;
  send(envelope);
}

void ScriptedHost::wait(const std::string& what, const std::function<bool()>& done) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (true) {
    while (true) {
      const auto frame = parser_.next();
      if (!frame) fail(frame.error().message);
      if (!*frame) break;
      take(**frame);
    }
    if (done()) return;
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
    if (left.count() <= 0) fail("waited in vain for " + what + "; the picture is " + tree_.dump(1).substr(0, 4000));
    if (!receive(static_cast<int>(left.count()))) fail("the connection ended while waiting for " + what);
  }
}

/// Reads what there is; false when the extension has closed.
bool ScriptedHost::receive(int timeout_ms) {
  pollfd wanted{socket_, POLLIN, 0};
  if (::poll(&wanted, 1, timeout_ms) <= 0) return true;
  const auto room = parser_.prepare(65536);
  const ssize_t count = ::recv(socket_, room.data(), room.size(), 0);
  if (count <= 0) return false;
  parser_.commit(static_cast<std::size_t>(count));
  return true;
}

void ScriptedHost::take(const Envelope& envelope) {
  json body;
  if (!envelope.body.empty()) {
    auto document = ipc::decode_document(envelope.format, envelope.body);
    if (!document) fail("a body that does not decode: " + document.error().message);
    body = std::move(*document);
  }
  switch (envelope.kind) {
    case FrameKind::answer:
      answers_[envelope.id] = std::move(body);
      return;
    case FrameKind::error:
      answers_[envelope.id] = {{"error", std::move(body)}};
      return;
    case FrameKind::request:
      requests_.push_back(
          {envelope.id, std::string(envelope.target), std::string(envelope.method), std::move(body), envelope.trace});
      return;
    case FrameKind::cancel:
      cancelled_.push_back(envelope.id);
      return;
    case FrameKind::notification:
      break;
    default:
      fail("a frame of kind " + std::to_string(static_cast<int>(envelope.kind)) + " was not expected");
  }
  if (envelope.method == "ui.render" || envelope.method == "ui.patch") {
    batch(std::string(envelope.method), body);
  } else if (envelope.method == "contract.save") {
    saved_ = body.at("state");
  }
  notifications_.push_back(
      {0, std::string(envelope.target), std::string(envelope.method), std::move(body), envelope.trace});
}

void ScriptedHost::batch(const std::string& method, const json& params) {
  ++batches_;
  const std::uint64_t revision = params.at("revision");
  if (std::exchange(refuse_next_, false)) {
    notify("ui.ack",
           {{"view", params.at("view")},
            {"revision", revision},
            {"error", {{"code", -32602}, {"message", "refused by the test"}, {"data", {{"path", "/root"}}}}}});
    return;
  }
  if (method == "ui.render") {
    ++renders_;
    tree_ = params.at("tree");
  } else {
    if (params.at("base") != revision_) fail("a patch from a revision the host has not");
    apply_operations(tree_, params.at("ops"));
  }
  revision_ = revision;
  if (acknowledge_) acknowledge(revision);
}

void ScriptedHost::acknowledge(std::uint64_t revision) {
  notify("ui.ack", {{"view", "explorer"}, {"revision", revision}});
}

void ScriptedHost::wait_for_node(const std::string& id) {
  wait("the node " + id, [&] { return !tree_.is_null() && find_node(tree_, id) != nullptr; });
}

json ScriptedHost::prop(const std::string& node, const std::string& name) const {
  const json* found = tree_.is_null() ? nullptr : find_node(tree_, node);
  if (found == nullptr || !found->contains("props") || !found->at("props").contains(name)) return nullptr;
  return found->at("props").at(name);
}

std::vector<std::string> ScriptedHost::labels(const std::string& node) const {
  std::vector<std::string> labels;
  const json rows = prop(node, "rows");
  if (rows.is_null()) return labels;
  for (const json& row : rows.at("items"))
    labels.push_back(row.at("label"));
  return labels;
}

void ScriptedHost::kill_process() const { ::kill(pid_, SIGKILL); }

int ScriptedHost::wait_for_end() {
  int status = 0;
  if (::waitpid(pid_, &status, 0) < 0) fail("there is no process to wait for");
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

ScriptedHost::Request ScriptedHost::next_request(const std::string& method) {
  std::optional<Request> found;
  wait("a request " + method, [&] {
    for (auto request = requests_.begin(); request != requests_.end(); ++request) {
      if (request->method != method) continue;
      found = *request;
      requests_.erase(request);
      return true;
    }
    return false;
  });
  return *found;
}

}  // namespace symphony::testing
