#include <symphony/ipc/bus.h>

#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "waiting.h"

namespace symphony::ipc {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

void echo(Incoming incoming, Responder responder) { responder.answer(std::move(incoming.body)); }

/// Keeps what it is asked, unanswered.
struct Silent {
  test::Arrivals<std::pair<Incoming, std::shared_ptr<Responder>>> asked;
  Handler handler() {
    return [this](Incoming incoming, Responder responder) {
      asked.put({std::move(incoming), std::make_shared<Responder>(std::move(responder))});
    };
  }
};

TEST(Bus, AnswersInTheSendersThreadBeforeSendReturns) {
  const auto bus = test::make_bus();
  std::thread::id handled_in;
  ASSERT_TRUE(bus->register_endpoint("echo", [&](Incoming incoming, Responder responder) {
    handled_in = std::this_thread::get_id();
    EXPECT_EQ(incoming.source, "test");
    EXPECT_EQ(incoming.method, "say");
    EXPECT_TRUE(incoming.is_request);
    responder.answer(std::move(incoming.body));
  }));
  bool replied = false;
  const RequestId request =
      bus->send_request("test", {"echo", "say", json{{"a", 1}}}, {}, [&](const Result<Payload>& outcome) {
        replied = true;
        EXPECT_EQ(test::document_of(outcome), (json{{"a", 1}}));
      });
  EXPECT_TRUE(replied);
  EXPECT_EQ(request.value, 0U);
  EXPECT_EQ(handled_in, std::this_thread::get_id());
}

TEST(Bus, RefusesBadAndTakenIds) {
  const auto bus = test::make_bus();
  for (const char* bad : {"", "Upper", "with space", "slash/"}) {
    EXPECT_EQ(bus->register_endpoint(bad, echo).error().code, ErrorCode::invalid_params) << bad;
  }
  EXPECT_EQ(bus->register_endpoint(std::string(129, 'a'), echo).error().code, ErrorCode::invalid_params);
  ASSERT_TRUE(bus->register_endpoint("echo", echo));
  EXPECT_EQ(bus->register_endpoint("echo", echo).error().code, ErrorCode::invalid_request);
}

TEST(Bus, SaysWhenThereIsNoTarget) {
  const auto bus = test::make_bus();
  EXPECT_EQ(test::ask(*bus, {"nobody", "m", {}}).error().code, ErrorCode::endpoint_not_found);
  EXPECT_EQ(test::ask(*bus, {"No Body", "m", {}}).error().code, ErrorCode::invalid_params);
  EXPECT_EQ(test::ask(*bus, {"nobody", "", {}}).error().code, ErrorCode::invalid_params);
}

TEST(Bus, ADroppedRequestIsAnsweredWithAnInternalError) {
  const auto bus = test::make_bus();
  ASSERT_TRUE(bus->register_endpoint("dropper", [](const Incoming&, const Responder&) {}));
  EXPECT_EQ(test::ask(*bus, {"dropper", "m", {}}).error().code, ErrorCode::internal_error);
}

TEST(Bus, AThrowingHandlerIsAnInternalErrorOfTheTarget) {
  const auto bus = test::make_bus();
  ASSERT_TRUE(
      bus->register_endpoint("thrower", [](const Incoming&, const Responder&) { throw std::runtime_error("oh"); }));
  EXPECT_EQ(test::ask(*bus, {"thrower", "m", {}}).error().code, ErrorCode::internal_error);
  bus->notify("test", {"thrower", "m", {}});
}

TEST(Bus, AnswersFromAnotherThreadArriveOnce) {
  const auto bus = test::make_bus();
  Silent silent;
  ASSERT_TRUE(bus->register_endpoint("later", silent.handler()));
  test::Arrivals<Result<Payload>> replies;
  const RequestId request = bus->send_request("test", {"later", "m", {}}, {},
                                              [&](Result<Payload> outcome) { replies.put(std::move(outcome)); });
  EXPECT_NE(request.value, 0U);
  std::thread([&] {
    const auto asked = silent.asked.next();
    asked->second->answer(json(5));
    asked->second->answer(json(6));
    asked->second->fail({ErrorCode::internal_error, "again"});
  }).join();
  EXPECT_EQ(test::document_of(replies.next().value()), 5);
  bus->cancel(request);
  EXPECT_EQ(replies.size(), 0U);
}

TEST(Bus, ADeadlineAnswersAndStopsTheTarget) {
  const auto bus = test::make_bus();
  Silent silent;
  ASSERT_TRUE(bus->register_endpoint("slow", silent.handler()));
  SendOptions options;
  options.deadline = 5ms;
  EXPECT_EQ(test::ask(*bus, {"slow", "m", {}}, options).error().code, ErrorCode::deadline_exceeded);
  const auto asked = silent.asked.next();
  EXPECT_TRUE(asked->first.stop.stop_requested());
  asked->second->answer(json(1));  // late: dropped
}

TEST(Bus, DeadlinesComeInTheirOwnOrder) {
  const auto bus = test::make_bus();
  Silent silent;
  ASSERT_TRUE(bus->register_endpoint("slow", silent.handler()));
  test::Arrivals<int> expired;
  for (const int milliseconds : {60, 20, 40}) {
    SendOptions options;
    options.deadline = std::chrono::milliseconds(milliseconds);
    bus->send_request("test", {"slow", "m", {}}, options, [&, milliseconds](const Result<Payload>& outcome) {
      EXPECT_EQ(outcome.error().code, ErrorCode::deadline_exceeded);
      expired.put(milliseconds);
    });
  }
  EXPECT_EQ(expired.next(), 20);
  EXPECT_EQ(expired.next(), 40);
  EXPECT_EQ(expired.next(), 60);
}

TEST(Bus, CancelAnswersAndStopsTheTarget) {
  const auto bus = test::make_bus();
  Silent silent;
  ASSERT_TRUE(bus->register_endpoint("slow", silent.handler()));
  test::Arrivals<Result<Payload>> replies;
  const RequestId request = bus->send_request("test", {"slow", "m", {}}, {},
                                              [&](Result<Payload> outcome) { replies.put(std::move(outcome)); });
  bus->cancel(request);
  EXPECT_EQ(replies.next()->error().code, ErrorCode::cancelled);
  EXPECT_TRUE(silent.asked.next()->first.stop.stop_requested());
  bus->cancel(request);
  bus->cancel({});
  EXPECT_EQ(replies.size(), 0U);
}

TEST(Bus, UnregisteringWaitsForTheRunningCall) {
  const auto bus = test::make_bus();
  std::promise<void> inside;
  std::promise<void> let_go;
  std::atomic<bool> left{false};
  ASSERT_TRUE(bus->register_endpoint("busy", [&](const Incoming&, Responder responder) {
    inside.set_value();
    let_go.get_future().wait();
    left = true;
    responder.answer({});
  }));
  std::thread caller([&] { test::ask(*bus, {"busy", "m", {}}); });
  inside.get_future().wait();
  std::thread remover([&] {
    bus->unregister_endpoint("busy");
    EXPECT_TRUE(left);
  });
  // The endpoint is gone for others at once, while the remover waits.
  while (test::ask(*bus, {"busy2", "m", {}}).has_value()) {
  }
  let_go.set_value();
  remover.join();
  caller.join();
  EXPECT_EQ(test::ask(*bus, {"busy", "m", {}}).error().code, ErrorCode::endpoint_not_found);
}

TEST(Bus, AHandlerMayUnregisterItself) {
  const auto bus = test::make_bus();
  ASSERT_TRUE(bus->register_endpoint("once", [&](const Incoming&, Responder responder) {
    bus->unregister_endpoint("once");
    responder.answer(json(1));
  }));
  EXPECT_EQ(test::document_of(test::ask(*bus, {"once", "m", {}})), 1);
  EXPECT_EQ(test::ask(*bus, {"once", "m", {}}).error().code, ErrorCode::endpoint_not_found);
}

TEST(Bus, UnregisteringAnswersWhatIsPending) {
  const auto bus = test::make_bus();
  Silent silent;
  ASSERT_TRUE(bus->register_endpoint("slow", silent.handler()));
  test::Arrivals<Result<Payload>> replies;
  bus->send_request("test", {"slow", "m", {}}, {}, [&](Result<Payload> outcome) { replies.put(std::move(outcome)); });
  bus->unregister_endpoint("slow");
  EXPECT_EQ(replies.next()->error().code, ErrorCode::endpoint_not_found);
}

TEST(Bus, ClosingAnswersEverything) {
  auto bus = test::make_bus();
  Silent silent;
  ASSERT_TRUE(bus->register_endpoint("slow", silent.handler()));
  test::Arrivals<Result<Payload>> replies;
  for (int index = 0; index < 100; ++index) {
    bus->send_request("test", {"slow", "m", {}}, {}, [&](Result<Payload> outcome) { replies.put(std::move(outcome)); });
  }
  bus.reset();
  ASSERT_EQ(replies.size(), 100U);
  EXPECT_EQ(replies.next()->error().code, ErrorCode::endpoint_unavailable);
  // A Responder may outlive its bus.
  silent.asked.next()->second->answer(json(1));
}

TEST(Bus, CallsMayNest) {
  const auto bus = test::make_bus();
  ASSERT_TRUE(bus->register_endpoint("inner", echo));
  ASSERT_TRUE(bus->register_endpoint("outer", [&](Incoming incoming, Responder responder) {
    auto kept = std::make_shared<Responder>(std::move(responder));
    bus->send_request("outer", {"inner", "m", std::move(incoming.body)}, {},
                      [kept](Result<Payload> outcome) { kept->finish(std::move(outcome)); });
  }));
  EXPECT_EQ(test::document_of(test::ask(*bus, {"outer", "m", json("deep")})), "deep");
}

TEST(Bus, EveryRequestIsAnsweredOnceUnderContention) {
  const auto bus = test::make_bus();
  Silent silent;
  ASSERT_TRUE(bus->register_endpoint("slow", silent.handler()));
  constexpr int per_thread = 500;
  std::atomic<int> answers{0};
  std::vector<std::jthread> senders;
  for (int thread = 0; thread < 3; ++thread) {
    senders.emplace_back([&] {
      for (int index = 0; index < per_thread; ++index) {
        SendOptions options;
        options.deadline = std::chrono::milliseconds(1 + index % 7);
        const RequestId request =
            bus->send_request("test", {"slow", "m", {}}, options, [&](const Result<Payload>&) { ++answers; });
        if (index % 3 == 0) {
          bus->cancel(request);
        }
      }
    });
  }
  std::jthread answerer([&] {
    for (int index = 0; index < 3 * per_thread; ++index) {
      const auto asked = silent.asked.next();
      if (index % 2 == 0) {
        asked->second->answer({});
      }
    }
  });
  senders.clear();
  answerer.join();
  while (bus->statistics().endpoints.front().pending > 0) {
    std::this_thread::yield();
  }
  EXPECT_EQ(answers, 3 * per_thread);
}

TEST(Bus, CountsAndTimesEachEndpoint) {
  const auto bus = test::make_bus();
  ASSERT_TRUE(bus->register_endpoint("echo", echo));
  ASSERT_TRUE(bus->register_endpoint("refuser", [](const Incoming&, Responder responder) {
    responder.fail({ErrorCode::invalid_params, "no"});
  }));
  test::ask(*bus, {"echo", "m", {}});
  test::ask(*bus, {"echo", "m", {}});
  bus->notify("test", {"echo", "m", {}});
  test::ask(*bus, {"refuser", "m", {}});
  const BusStatistics statistics = bus->statistics();
  ASSERT_EQ(statistics.endpoints.size(), 2U);
  EXPECT_EQ(statistics.endpoints[0].id, "echo");
  EXPECT_EQ(statistics.endpoints[0].kind, "in_process");
  EXPECT_EQ(statistics.endpoints[0].requests, 2U);
  EXPECT_EQ(statistics.endpoints[0].answers, 2U);
  EXPECT_EQ(statistics.endpoints[0].notifications, 1U);
  EXPECT_EQ(statistics.endpoints[0].pending, 0U);
  EXPECT_EQ(statistics.endpoints[0].latency.count, 2U);
  EXPECT_EQ(statistics.endpoints[1].errors, 1U);
  EXPECT_EQ(statistics.to_json()["endpoints"].size(), 2U);
}

TEST(Bus, ATracedRequestLeavesASpanAndPassesItOn) {
  const auto bus = test::make_bus({"symphony", "1", "desktop", nullptr});
  std::optional<TraceContext> given;
  ASSERT_TRUE(bus->register_endpoint("conductor", [&](const Incoming& incoming, Responder responder) {
    given = incoming.trace;
    responder.answer({});
  }));
  SendOptions options;
  options.trace = TraceContext::start();
  test::ask(*bus, {"conductor", "search.query", {}}, options);
  const auto spans = bus->spans().spans(options.trace->trace_id);
  ASSERT_EQ(spans.size(), 1U);
  EXPECT_EQ(spans[0].process, "desktop");
  EXPECT_EQ(spans[0].name, "bus → conductor search.query");
  EXPECT_EQ(spans[0].parent_id, options.trace->span_id);
  EXPECT_EQ(spans[0].context, given);
}

TEST(Responder, AnswersAtMostOnceAndWhenDropped) {
  std::vector<Result<Payload>> sent;
  const auto keep = [&](Result<Payload> outcome) { sent.push_back(std::move(outcome)); };
  {
    Responder responder(keep);
    responder.answer(json(1));
    EXPECT_FALSE(responder.pending());
    responder.answer(json(2));
  }
  EXPECT_EQ(sent.size(), 1U);
  { const Responder dropped(keep); }
  ASSERT_EQ(sent.size(), 2U);
  EXPECT_EQ(sent[1].error().code, ErrorCode::internal_error);
  {
    Responder first(keep);
    Responder second(std::move(first));
    Responder third(keep);
    third = std::move(second);  // what it stood for is answered
    EXPECT_EQ(sent.size(), 3U);
    third.answer({});
  }
  EXPECT_EQ(sent.size(), 4U);
}

}  // namespace
}  // namespace symphony::ipc
