#include <symphony/ipc/interface.h>

#include <gtest/gtest.h>

#include <symphony/interfaces/artifact_store.h>
#include <symphony/interfaces/bus.h>
#include <symphony/interfaces/conductor.h>
#include <symphony/interfaces/contract.h>
#include <symphony/interfaces/net.h>
#include <symphony/interfaces/page.h>
#include <symphony/interfaces/supervisor.h>
#include <symphony/interfaces/ui.h>
#include <symphony/interfaces/workbench.h>
#include <symphony/ipc/bus.h>

using namespace symphony;
using namespace symphony::ipc;
using nlohmann::json;

namespace {

const json greeter = json::parse(R"({
  "interface": "greeter",
  "types": {"tone": {"type": "string", "enum": ["warm", "cool"]}},
  "methods": {
    "greet.say": {"params": {"type": "object", "required": ["name"],
                             "properties": {"name": {"type": "string"}, "tone": {"$ref": "#/types/tone"}}},
                  "result": {"type": "object", "required": ["text"], "properties": {"text": {"type": "string"}}}},
    "greet.stop": {"params": {"type": "object"}}
  }})");

std::string path_of(const Error& error) { return error.data.is_object() ? error.data.value("path", "?") : "?"; }

/// An endpoint with an interface, and what its handler saw.
class CheckedEndpoint : public ::testing::Test {
 protected:
  void SetUp() override {
    bus = std::move(*Bus::create({}));
    auto interface = std::make_shared<const Interface>(*Interface::compile(greeter));
    ASSERT_TRUE(bus->register_endpoint(
        "greeter",
        [this](Incoming incoming, Responder responder) {
          seen.push_back({{incoming.method, *incoming.body.document()}});
          responder.answer(json{{"text", "hello"}});
        },
        interface));
  }
  Result<Payload> ask(const char* method, Payload body) {
    std::optional<Result<Payload>> outcome;
    bus->send_request("test", {"greeter", method, std::move(body)}, {},
                      [&](Result<Payload> answer) { outcome = std::move(answer); });
    return outcome ? *outcome : Result<Payload>(Error{ErrorCode::internal_error, "not answered at once"});
  }
  EndpointStatistics statistics() const {
    for (const EndpointStatistics& endpoint : bus->statistics().endpoints) {
      if (endpoint.id == "greeter") {
        return endpoint;
      }
    }
    return {};
  }

  std::vector<json> seen;
  std::unique_ptr<Bus> bus;
};

}  // namespace

TEST(Interface, EveryDefinitionOfTheProgramCompiles) {
  for (const char* name : {"artifact_store", "bus", "conductor", "contract", "dag_tracker", "net", "page",
                           "stale_manager", "supervisor", "ui", "workbench"}) {
    const auto interface = Interface::built_in(name);
    ASSERT_TRUE(interface) << name;
    EXPECT_EQ(interface->name(), name);
  }
  EXPECT_EQ(Interface::built_in("nobody"), nullptr);
  EXPECT_EQ(Interface::built_in("conductor"), Interface::built_in("conductor"));
}

TEST(Interface, WhatMakesNoSenseIsRefusedWithItsPlace) {
  const auto refused = [](const char* path, json value) {
    json wrong = greeter;
    wrong[json::json_pointer(path)] = std::move(value);
    const auto made = Interface::compile(wrong);
    return made ? std::string("not refused") : path_of(made.error());
  };
  EXPECT_EQ(refused("/interface", 5), "/interface");
  EXPECT_EQ(refused("/methods", 5), "/methods");
  EXPECT_EQ(refused("/methods/greet.say", 5), "/methods/greet.say/params");
  EXPECT_EQ(refused("/methods/greet.say/params/required", {"x"}), "/methods/greet.say/params/required");
  EXPECT_EQ(refused("/methods/greet.say/result/type", "x"), "/methods/greet.say/result/type");
  EXPECT_EQ(refused("/types/tone/enum", 5), "/types/tone/enum");
  EXPECT_EQ(refused("/types", 5), "/methods/greet.say/params/properties/tone/$ref");
  EXPECT_FALSE(Interface::compile(5));
}

TEST(Interface, ParametersAreCheckedInEachForm) {
  const Interface interface = *Interface::compile(greeter);
  const json right = {{"name", "Ada"}, {"tone", "warm"}};
  const json wrong = {{"name", "Ada"}, {"tone", "hot"}};
  for (const BodyFormat format : {BodyFormat::msgpack, BodyFormat::json}) {
    const auto taken = interface.check_params("greet.say", Payload::from_bytes(format, encode_document(format, right)));
    ASSERT_TRUE(taken);
    EXPECT_EQ(*taken->document(), right);
    const auto refused =
        interface.check_params("greet.say", Payload::from_bytes(format, encode_document(format, wrong)));
    ASSERT_FALSE(refused);
    EXPECT_EQ(path_of(refused.error()), "/tone");
    EXPECT_EQ(interface.check_params("greet.say", Payload::from_bytes(format, "\xC1")).error().code,
              ErrorCode::parse_error);
  }
  EXPECT_TRUE(interface.check_params("greet.say", right));
  EXPECT_FALSE(interface.check_params("greet.say", wrong));
}

TEST(Interface, MessagePackIsHandedOnAsItCame) {
  const Interface interface = *Interface::compile(greeter);
  const Payload body = Payload::from_bytes(BodyFormat::msgpack, encode_document(BodyFormat::msgpack, {{"name", "a"}}));
  const auto taken = interface.check_params("greet.say", body);
  ASSERT_TRUE(taken);
  EXPECT_EQ(taken->bytes(BodyFormat::msgpack), body.bytes(BodyFormat::msgpack)) << "no copy was made";
}

TEST(Interface, ABodyInSharedMemoryCannotBeChangedOnceItIsChecked) {
  const Interface interface = *Interface::compile(greeter);
  for (const BodyFormat format : {BodyFormat::msgpack, BodyFormat::json}) {
    const auto room = std::make_shared<std::string>(encode_document(format, {{"name", "Ada"}}));
    const auto taken = interface.check_params("greet.say", Payload::from_shared(format, *room, room));
    ASSERT_TRUE(taken);
    std::fill(room->begin(), room->end(), '\xC1');
    EXPECT_EQ(*taken->document(), json({{"name", "Ada"}}));
  }
}

TEST(Interface, AnAbsentBodyIsAnEmptyObject) {
  const Interface interface = *Interface::compile(greeter);
  EXPECT_EQ(*interface.check_params("greet.stop", Payload())->document(), json::object());
  EXPECT_EQ(*interface.check_params("greet.stop", Payload(nullptr))->document(), json::object());
  EXPECT_EQ(path_of(interface.check_params("greet.say", Payload()).error()), "/name");
}

TEST(Interface, WhatItDoesNotKnowPassesUnread) {
  const Interface interface = *Interface::compile(greeter);
  EXPECT_FALSE(interface.knows("greet.sing"));
  const Payload garbage = Payload::from_bytes(BodyFormat::json, "{");
  const auto taken = interface.check_params("greet.sing", garbage);
  ASSERT_TRUE(taken);
  EXPECT_EQ(taken->bytes(BodyFormat::json), garbage.bytes(BodyFormat::json));
  EXPECT_TRUE(interface.check_result("greet.sing", garbage));
}

TEST(Interface, ResultsCanBeHeldToTheirPromise) {
  const Interface interface = *Interface::compile(greeter);
  EXPECT_TRUE(interface.check_result("greet.say", json{{"text", "x"}}));
  EXPECT_EQ(path_of(interface.check_result("greet.say", json::object()).error()), "/text");
  EXPECT_TRUE(interface.check_result("greet.stop", Payload())) << "it has none";
}

TEST_F(CheckedEndpoint, AHandlerSeesWhatIsRight) {
  EXPECT_TRUE(ask("greet.say", json{{"name", "Ada"}}));
  EXPECT_TRUE(ask("greet.sing", json{{"anything", 1}}));
  EXPECT_EQ(seen, (std::vector<json>{{{"greet.say", {{"name", "Ada"}}}}, {{"greet.sing", {{"anything", 1}}}}}));
  EXPECT_EQ(statistics().refused, 0U);
}

TEST_F(CheckedEndpoint, AHandlerNeverSeesWhatIsWrong) {
  const auto outcome = ask("greet.say", json{{"name", 5}});
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, ErrorCode::invalid_params);
  EXPECT_EQ(path_of(outcome.error()), "/name");
  bus->notify("test", {"greeter", "greet.say", json{{"tone", "warm"}}});
  EXPECT_TRUE(seen.empty());
  EXPECT_EQ(statistics().refused, 2U);
  EXPECT_EQ(statistics().pending, 0U);
  bus->notify("test", {"greeter", "greet.say", json{{"name", "Ada"}}});
  EXPECT_EQ(seen.size(), 1U);
}

TEST(GeneratedTypes, AreReadFromWhatTheBusHasChecked) {
  namespace store = interfaces::artifact_store;
  const Payload body = write(store::SearchRequest{.query = "needle", .limit = 20});
  EXPECT_EQ(*body.document(), json({{"query", "needle"}, {"limit", 20}}));
  const auto checked = Interface::built_in("artifact_store")->check_params(store::method::index_search.name, body);
  ASSERT_TRUE(checked);
  const auto request = read<store::IndexSearchParams>(*checked);
  ASSERT_TRUE(request);
  EXPECT_EQ(request->query, "needle");
  EXPECT_EQ(request->limit.value_or(store::SearchRequest::limit_default), 20U);
  EXPECT_FALSE(read<store::IndexSearchParams>(Payload(json{{"query", "x"}}))->limit);
  EXPECT_TRUE(store::method::index_search.idempotent);
  EXPECT_FALSE(interfaces::supervisor::method::contract_save.answered);
}

TEST(GeneratedTypes, AValueOfTheTypesIsWhatTheDefinitionAsksFor) {
  namespace conductor = interfaces::conductor;
  conductor::SearchQueryResult result;
  result.query = "x";
  result.hits.push_back({"a.txt", 1, 2, 3, "text"});
  result.decision = {7, "index", "it is fresh", {{"index", -5, 3, true, true}}};
  const Payload body = write(result);
  const auto checked = Interface::built_in("conductor")->check_result("search.query", body);
  EXPECT_TRUE(checked) << checked.error().message;
}
