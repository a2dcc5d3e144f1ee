#include <symphony/virtual_dom/view_relay.h>

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include <symphony/virtual_dom/limits.h>

namespace symphony::virtual_dom {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

class Recording : public Sink {
 public:
  void deliver(const json& message) override { messages.push_back(message); }
  std::vector<std::string> types() const {
    std::vector<std::string> result;
    for (const json& message : messages)
      result.push_back(message.at("type"));
    return result;
  }
  std::vector<json> messages;
};

class ViewRelayTest : public testing::Test {
 protected:
  ViewRelayTest() : relay(sink, options()) {
    relay.post_through([this](ipc::Message message, std::optional<ipc::TraceContext> trace) {
      traces.push_back(trace);
      posted.push_back({{"to", message.target}, {"method", message.method}, {"body", message.body.document().value()}});
    });
    from("conductor", "ui.contributions",
         {{"views",
           {{{"id", "explorer"},
             {"extension", "file_explorer"},
             {"title", "Files"},
             {"icon", "files"},
             {"place", "left"}}}}});
    from("supervisor", "ui.extension", {{"id", "file_explorer"}, {"state", "running"}, {"generation", 1}});
    relay.attach();
    sink.messages.clear();
  }

  RelayOptions options() {
    RelayOptions result;
    result.now = [this] { return now; };
    result.spans = &spans;
    result.log = [this](std::string_view line) { log.emplace_back(line); };
    return result;
  }
  void from(std::string source, std::string method, json body, std::optional<ipc::TraceContext> trace = {}) {
    ipc::Incoming incoming;
    incoming.source = std::move(source);
    incoming.method = std::move(method);
    incoming.body = ipc::Payload(std::move(body));
    incoming.trace = trace;
    relay.receive(incoming);
  }
  void render(std::uint64_t revision, json tree = default_tree()) {
    from("file_explorer", "ui.render", {{"view", "explorer"}, {"revision", revision}, {"tree", std::move(tree)}});
  }
  void patch(std::uint64_t base, std::uint64_t revision, json ops = json::array(),
             std::optional<ipc::TraceContext> trace = {}) {
    from("file_explorer", "ui.patch",
         {{"view", "explorer"}, {"base", base}, {"revision", revision}, {"ops", std::move(ops)}}, trace);
  }
  static json default_tree() {
    return {{"id", "root"},
            {"type", "Column"},
            {"children",
             {{{"id", "search"}, {"type", "TextField"}, {"props", {{"label", "Search"}}}, {"events", {"change"}}}}}};
  }
  json last_posted() const { return posted.empty() ? json(nullptr) : posted.back(); }
  int last_code() const { return posted.back().at("body").at("error").at("code"); }

  std::chrono::steady_clock::time_point now{};
  Recording sink;
  ipc::SpanRecorder spans;
  std::vector<std::string> log;
  std::vector<json> posted;
  std::vector<std::optional<ipc::TraceContext>> traces;
  ViewRelay relay;
};

TEST_F(ViewRelayTest, ForwardsCheckedBatchesInOrder) {
  render(1);
  patch(1, 2, json::array({{{"op", "set"}, {"id", "search"}, {"props", {{"value", "a"}}}}}));
  ASSERT_EQ(sink.types(), (std::vector<std::string>{"render", "patch"}));
  EXPECT_EQ(sink.messages[0].at("generation"), 1);
  EXPECT_EQ(sink.messages[0].at("extension"), "file_explorer");
  EXPECT_EQ(sink.messages[0].at("tree"), default_tree());
  EXPECT_EQ(sink.messages[1].at("base"), 1);
  EXPECT_EQ(sink.messages[1].at("revision"), 2);
  EXPECT_TRUE(posted.empty());
}

TEST_F(ViewRelayTest, RefusesAForeignView) {
  from("intruder", "ui.render", {{"view", "explorer"}, {"revision", 1}, {"tree", default_tree()}});
  EXPECT_TRUE(sink.messages.empty());
  EXPECT_EQ(last_posted().at("to"), "intruder");
  EXPECT_EQ(last_code(), static_cast<int>(ipc::ErrorCode::permission_denied));
  // Answered once: a sender that answers each refusal with a new tree must not spin.
  from("intruder", "ui.render", {{"view", "explorer"}, {"revision", 2}, {"tree", default_tree()}});
  EXPECT_EQ(posted.size(), 1U);
}

TEST_F(ViewRelayTest, OnlyConductorAndSupervisorDescribeTheWorkbench) {
  for (const char* method : {"ui.contributions", "ui.extension", "ui.workspace", "ui.conductor"}) {
    from("file_explorer", method, {{"views", json::array()}, {"id", "file_explorer"}, {"generation", 9}});
  }
  EXPECT_TRUE(sink.messages.empty());
  EXPECT_EQ(log.size(), 4U);
  render(1);
  EXPECT_EQ(sink.messages.back().at("generation"), 1);
}

TEST_F(ViewRelayTest, AsksAnEarlySenderAgainOnceItsViewIsKnown) {
  from("notes", "ui.render", {{"view", "notes"}, {"revision", 1}, {"tree", default_tree()}});
  from("conductor", "ui.contributions",
       {{"views", {{{"id", "explorer"}, {"extension", "file_explorer"}}, {{"id", "notes"}, {"extension", "notes"}}}}});
  ASSERT_EQ(posted.size(), 2U);
  EXPECT_EQ(last_posted().at("to"), "notes");
  EXPECT_TRUE(last_posted().at("body").contains("error"));
  from("notes", "ui.render", {{"view", "notes"}, {"revision", 2}, {"tree", default_tree()}});
  EXPECT_EQ(sink.types().back(), "render");
}

TEST_F(ViewRelayTest, AfterARefusalOnlyAWholeTreeIsTaken) {
  render(1);
  patch(1, 2, json::array({{{"op", "remove"}, {"id", "nobody"}}}));
  ASSERT_EQ(posted.size(), 1U);
  EXPECT_EQ(last_posted().at("body").at("revision"), 2);
  EXPECT_EQ(last_posted().at("body").at("error").at("data").at("path"), "/ops/0/id");
  patch(2, 3);
  EXPECT_EQ(posted.size(), 1U);
  EXPECT_EQ(sink.messages.size(), 1U);
  render(4);
  EXPECT_EQ(sink.types(), (std::vector<std::string>{"render", "render"}));
  EXPECT_EQ(relay.statistics().at("explorer").dropped, 1U);
}

TEST_F(ViewRelayTest, RefusesWrongRevisions) {
  patch(0, 1);  // before any tree: dropped silently
  EXPECT_TRUE(posted.empty());
  render(0);
  EXPECT_EQ(last_posted().at("body").at("error").at("data").at("path"), "/revision");
  render(5);
  patch(4, 6);
  EXPECT_EQ(last_posted().at("body").at("error").at("data").at("path"), "/base");
  render(5);
  EXPECT_EQ(last_posted().at("body").at("error").at("data").at("path"), "/revision");
}

TEST_F(ViewRelayTest, RefusesMalformedBodies) {
  for (const json& body : {json(nullptr), json::array(), json("x"), json{{"view", 7}}, json{{"view", "explorer"}},
                           json{{"view", "explorer"}, {"revision", "1"}}}) {
    from("file_explorer", "ui.render", body);
    EXPECT_EQ(last_posted().at("method"), "ui.ack");
    EXPECT_TRUE(last_posted().at("body").contains("error")) << body;
  }
  EXPECT_TRUE(sink.messages.empty());
}

TEST_F(ViewRelayTest, RefusesAnOversizedBatchBeforeReadingIt) {
  ipc::Incoming incoming;
  incoming.source = "file_explorer";
  incoming.method = "ui.render";
  incoming.body = ipc::Payload::from_bytes(ipc::BodyFormat::json, std::string(limits::batch_bytes + 1, ' '));
  relay.receive(incoming);
  EXPECT_EQ(last_code(), static_cast<int>(ipc::ErrorCode::payload_too_large));
  json children = json::array();
  for (int index = 0; index < 1'000'000; ++index)
    children.push_back({{"id", std::to_string(index)}, {"type", "Separator"}});
  json huge = {{"view", "explorer"},
               {"revision", 1},
               {"tree", {{"id", "root"}, {"type", "Column"}, {"children", std::move(children)}}}};
  incoming.body = ipc::Payload(std::move(huge));
  const auto start = std::chrono::steady_clock::now();
  relay.receive(incoming);
  EXPECT_LT(std::chrono::steady_clock::now() - start, 100ms);
  EXPECT_EQ(last_code(), static_cast<int>(ipc::ErrorCode::payload_too_large));
}

TEST_F(ViewRelayTest, RefusesWhoIgnoresTheWindow) {
  render(1);
  for (std::uint64_t revision = 2; revision <= limits::unacknowledged_refused; ++revision)
    patch(revision - 1, revision);
  EXPECT_TRUE(posted.empty());
  EXPECT_EQ(relay.statistics().at("explorer").unacknowledged, limits::unacknowledged_refused);
  patch(16, 17);
  EXPECT_EQ(last_code(), static_cast<int>(ipc::ErrorCode::overloaded));
  relay.acknowledge("explorer", 16);
  EXPECT_EQ(relay.statistics().at("explorer").unacknowledged, 0U);
  EXPECT_EQ(last_posted().at("body"), json({{"view", "explorer"}, {"revision", 16}}));
  render(18);
  EXPECT_EQ(sink.types().back(), "render");
}

TEST_F(ViewRelayTest, BoundsTheRate) {
  render(1);
  std::uint64_t revision = 1;
  for (std::size_t batch = 1; batch < limits::batches_per_second; ++batch) {
    ++revision;
    patch(revision - 1, revision);
    relay.acknowledge("explorer", revision);
  }
  posted.clear();
  patch(revision, revision + 1);
  EXPECT_EQ(last_code(), static_cast<int>(ipc::ErrorCode::overloaded));
  now += 1s;
  render(revision + 2);
  EXPECT_EQ(sink.types().back(), "render");
}

TEST_F(ViewRelayTest, ANewProcessStartsOverAndThePictureStays) {
  render(7);
  from("supervisor", "ui.extension", {{"id", "file_explorer"}, {"state", "starting"}, {"generation", 2}});
  EXPECT_TRUE(relay.read("explorer", [](const VirtualTree& tree, std::uint64_t revision) {
    EXPECT_EQ(tree.size(), 2U);
    EXPECT_EQ(revision, 0U);
  }));
  patch(7, 8);
  relay.acknowledge("explorer", 7);  // of the predecessor: not passed on
  EXPECT_TRUE(posted.empty());
  render(1);
  EXPECT_EQ(sink.messages.back().at("generation"), 2);
  EXPECT_EQ(sink.messages.back().at("revision"), 1);
}

TEST_F(ViewRelayTest, APageLoadedAnewIsGivenEverything) {
  from("conductor", "ui.workspace", {{"path", "/w"}, {"name", "w"}, {"error", nullptr}});
  from("conductor", "ui.conductor", {{"state", "ready"}});
  render(1);
  relay.detach();
  sink.messages.clear();
  patch(1, 2, json::array({{{"op", "set"}, {"id", "search"}, {"props", {{"value", "typed"}}}}}));
  EXPECT_TRUE(sink.messages.empty());
  relay.attach();
  EXPECT_EQ(sink.types(), (std::vector<std::string>{"conductor", "contributions", "workspace", "extension", "render"}));
  EXPECT_EQ(sink.messages.back().at("revision"), 2);
  EXPECT_EQ(sink.messages.back().at("tree").at("children").at(0).at("props").at("value"), "typed");
}

TEST_F(ViewRelayTest, PassesEventsToTheOwnerWithATrace) {
  render(1);
  const auto trace = relay.raise("explorer", "search", "change", {{"value", "n"}, {"edit", 1}});
  ASSERT_TRUE(trace);
  EXPECT_EQ(last_posted().at("to"), "file_explorer");
  EXPECT_EQ(last_posted().at("method"), "ui.event");
  EXPECT_EQ(last_posted().at("body").at("trace"), trace->traceparent());
  EXPECT_EQ(traces.back(), *trace);

  const ipc::TraceContext turn = trace->child();
  patch(1, 2, json::array(), turn);
  relay.acknowledge("explorer", 2);
  const std::vector<ipc::Span> recorded = spans.spans(trace->trace_id);
  std::vector<std::string> names;
  for (const ipc::Span& span : recorded)
    names.push_back(span.name);
  ASSERT_EQ(names, (std::vector<std::string>{"ui.event change", "ui.relay ui.patch", "ui.paint explorer",
                                             "ui.event change → painted"}));
  EXPECT_EQ(recorded[0].context, *trace);
  EXPECT_EQ(recorded[0].parent_id, 0U);
  EXPECT_EQ(recorded[1].parent_id, turn.span_id);
  EXPECT_EQ(recorded[2].parent_id, recorded[1].context.span_id);
  EXPECT_EQ(recorded[3].parent_id, trace->span_id);
}

TEST_F(ViewRelayTest, RefusesEventsNobodyAskedFor) {
  render(1);
  EXPECT_EQ(relay.raise("nowhere", "search", "change", {}).error().code, ipc::ErrorCode::not_found);
  EXPECT_EQ(relay.raise("explorer", "nobody", "change", {}).error().code, ipc::ErrorCode::not_found);
  EXPECT_EQ(relay.raise("explorer", "search", "submit", {}).error().code, ipc::ErrorCode::invalid_params);
  EXPECT_EQ(relay.raise("explorer", "search", "change", json::array()).error().code, ipc::ErrorCode::invalid_params);
  EXPECT_EQ(
      relay.raise("explorer", "search", "change", {{"value", std::string(limits::event_bytes + 1, 'x')}}).error().code,
      ipc::ErrorCode::invalid_params);
  EXPECT_TRUE(posted.empty());
}

TEST_F(ViewRelayTest, OfSeveralProcessesTheOneTheSupervisorNamesDraws) {
  const auto draw = [&](const char* instance, std::uint64_t revision, const char* method = "ui.render") {
    ipc::Incoming incoming;
    incoming.source = "file_explorer";
    incoming.instance = instance;
    incoming.method = method;
    json body = {{"view", "explorer"}, {"revision", revision}, {"tree", default_tree()}};
    if (incoming.method == "ui.patch") body.update({{"base", revision - 1}, {"ops", json::array()}});
    incoming.body = ipc::Payload(std::move(body));
    relay.receive(incoming);
  };
  const auto lead = [&](const char* instance, int generation) {
    from("supervisor", "ui.extension",
         {{"id", "file_explorer"}, {"state", "healthy"}, {"generation", generation}, {"instance", instance}});
  };
  lead("1", 2);
  sink.messages.clear();
  draw("1", 1);
  draw("2", 1);
  draw("2", 2, "ui.patch");
  EXPECT_EQ(sink.types(), std::vector<std::string>{"render"});
  EXPECT_TRUE(posted.empty());
  draw("1", 2, "ui.patch");
  EXPECT_EQ(sink.types().back(), "patch");
  // Its turn: what it drew before was not seen, so it is asked for the whole.
  lead("2", 3);
  ASSERT_EQ(posted.size(), 1U);
  EXPECT_EQ(posted[0]["method"], "ui.ack");
  EXPECT_EQ(posted[0]["body"]["revision"], 2);
  EXPECT_EQ(posted[0]["body"]["error"]["code"], -32002);
  sink.messages.clear();
  draw("1", 3, "ui.patch");
  EXPECT_TRUE(sink.messages.empty());
  draw("2", 3);
  ASSERT_EQ(sink.types(), std::vector<std::string>{"render"});
  EXPECT_EQ(sink.messages[0]["generation"], 3);
  lead("2", 4);
  EXPECT_EQ(posted.size(), 1U);
}

TEST_F(ViewRelayTest, AViewNoLongerContributedIsForgotten) {
  render(1);
  from("conductor", "ui.contributions", {{"views", json::array()}});
  EXPECT_FALSE(relay.read("explorer", [](const VirtualTree&, std::uint64_t) { FAIL(); }));
}

TEST_F(ViewRelayTest, RefusalsOfOneSenderDoNotFillTheLog) {
  log.clear();
  for (int count = 0; count < 3000; ++count)
    from("hostile", "ui.workspace", json::object());
  EXPECT_EQ(log.size(), 103U);
  EXPECT_NE(log.back().find("3000"), std::string::npos);
  from("other", "ui.workspace", json::object());
  EXPECT_EQ(log.size(), 104U);
}

TEST(ViewRelayOnABus, TakesNotificationsAndRefusesRequests) {
  auto bus = ipc::Bus::create({}).value();
  Recording sink;
  ViewRelay relay(sink);
  ASSERT_TRUE(relay.connect(*bus));
  EXPECT_FALSE(relay.connect(*bus));
  std::vector<json> acknowledgements;
  ASSERT_TRUE(bus->register_endpoint("notes", [&](ipc::Incoming incoming, ipc::Responder) {
    acknowledgements.push_back(incoming.body.document().value());
  }));
  relay.attach();
  bus->notify("conductor", {"ui", "ui.contributions", json{{"views", {{{"id", "notes"}, {"extension", "notes"}}}}}});
  bus->notify("notes", {"ui", "ui.render",
                        json{{"view", "notes"}, {"revision", 1}, {"tree", {{"id", "root"}, {"type", "Column"}}}}});
  EXPECT_EQ(sink.types(), (std::vector<std::string>{"contributions", "render"}));
  relay.acknowledge("notes", 1);
  ASSERT_EQ(acknowledgements.size(), 1U);
  std::optional<ipc::Error> error;
  bus->send_request("notes", {"ui", "ui.render", json::object()}, {},
                    [&](ipc::Result<ipc::Payload> answer) { error = answer.error(); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code, ipc::ErrorCode::method_not_found);
  relay.disconnect();
  relay.acknowledge("notes", 1);
  EXPECT_EQ(acknowledgements.size(), 1U);
}

}  // namespace
}  // namespace symphony::virtual_dom
