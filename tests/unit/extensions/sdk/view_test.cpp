#include <symphony/sdk/view.h>

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "../naive_tree.h"

namespace {

using nlohmann::json;
using symphony::sdk::Error;
using symphony::sdk::Node;
using symphony::sdk::View;

/// A host that applies what it gets.
struct Host {
  json tree;
  std::vector<std::pair<std::string, json>> sent;

  View::Send receiver() {
    return [this](std::string method, json params) {
      if (method == "ui.render") {
        tree = params["tree"];
      } else {
        EXPECT_EQ(params["base"], sent.back().second["revision"]);
        symphony::testing::apply_operations(tree, params["ops"]);
      }
      sent.emplace_back(std::move(method), std::move(params));
    };
  }
};

Node shown(int number) { return {"root", "Text", {{"text", std::to_string(number)}}}; }

void show(View& view, int number) {
  view.show(shown(number));
  view.flush();
}

TEST(View, SendsTheWholeTreeThenPatches) {
  Host host;
  View view("main", host.receiver());
  show(view, 1);
  show(view, 2);
  show(view, 2);
  ASSERT_EQ(host.sent.size(), 2U);
  EXPECT_EQ(host.sent[0].first, "ui.render");
  EXPECT_EQ(host.sent[0].second["revision"], 1);
  EXPECT_EQ(host.sent[1].first, "ui.patch");
  EXPECT_EQ(host.tree["props"]["text"], "2");
}

TEST(View, TreesOfOneTurnAreSentAsOne) {
  Host host;
  View view("main", host.receiver());
  for (int i = 0; i < 10; ++i)
    view.show(shown(i));
  view.flush();
  EXPECT_EQ(host.sent.size(), 1U);
  EXPECT_EQ(host.tree["props"]["text"], "9");
}

TEST(View, WaitsForTheHostAndThenSendsTheNewestOnly) {
  Host host;
  View view("main", host.receiver());
  for (int i = 1; i <= 50; ++i)
    show(view, i);
  EXPECT_EQ(host.sent.size(), View::most_unacknowledged);
  EXPECT_EQ(host.tree["props"]["text"], "8");
  view.acknowledged(3, std::nullopt);
  EXPECT_EQ(view.unacknowledged(), 5U);
  view.flush();
  EXPECT_EQ(host.sent.size(), View::most_unacknowledged + 1);
  EXPECT_EQ(host.tree["props"]["text"], "50");
}

TEST(View, ARefusalIsFollowedByTheWholeTree) {
  Host host;
  View view("main", host.receiver());
  show(view, 1);
  show(view, 2);
  show(view, 3);
  view.acknowledged(1, std::nullopt);
  view.acknowledged(2, Error{Error::invalid_params, "no", nullptr});
  view.acknowledged(3, Error{Error::invalid_params, "no base", nullptr});
  view.flush();
  view.flush();
  ASSERT_EQ(host.sent.size(), 4U);
  EXPECT_EQ(host.sent[3].first, "ui.render");
  EXPECT_EQ(host.sent[3].second["revision"], 4);
  view.acknowledged(3, Error{Error::invalid_params, "late", nullptr});
  view.flush();
  EXPECT_EQ(host.sent.size(), 4U) << "a refusal of what was before the whole tree says nothing about it";
}

TEST(View, ARefusedWholeTreeIsNotSentAgainUnchanged) {
  Host host;
  View view("main", host.receiver());
  show(view, 1);
  view.acknowledged(1, Error{Error::invalid_params, "no", nullptr});
  view.flush();
  view.flush();
  EXPECT_EQ(host.sent.size(), 1U);
  show(view, 2);
  ASSERT_EQ(host.sent.size(), 2U);
  EXPECT_EQ(host.sent[1].first, "ui.render");
}

TEST(View, AWholeTreeThatCameTooEarlyIsSentAgain) {
  Host host;
  View view("main", host.receiver());
  show(view, 1);
  const Error early{Error::endpoint_unavailable, "now", nullptr};
  view.acknowledged(1, early);
  view.flush();
  ASSERT_EQ(host.sent.size(), 2U);
  EXPECT_EQ(host.sent[1].first, "ui.render");
  // Refused for another reason meanwhile: the host changed its mind.
  view.acknowledged(2, Error{Error::invalid_params, "no", nullptr});
  view.acknowledged(0, early);
  view.flush();
  EXPECT_EQ(host.sent.size(), 3U);
}

TEST(View, AcknowledgementsOfAnOlderProcessAreIgnored) {
  Host host;
  View view("main", host.receiver());
  show(view, 1);
  view.acknowledged(90, std::nullopt);
  EXPECT_EQ(view.unacknowledged(), 1U);
  view.acknowledged(91, Error{Error::invalid_params, "no", nullptr});
  view.flush();
  EXPECT_EQ(host.sent.size(), 1U);
}

TEST(View, NothingIsSentWhileHeld) {
  Host host;
  View view("main", host.receiver());
  view.hold(true);
  show(view, 1);
  EXPECT_TRUE(host.sent.empty());
  view.hold(false);
  view.flush();
  EXPECT_EQ(host.sent.size(), 1U);
}

TEST(View, AHandlerMayReplaceTheTreeItStandsIn) {
  Host host;
  View view("main", host.receiver());
  auto word = std::make_shared<std::string>("a text long enough to stand on the heap");
  std::string seen;
  view.show({"root", "Button", {{"text", "x"}}, {}, {{"press", [&, word](const json&) {
                                                        view.show(shown(2));
                                                        view.dispatch("root", "nothing", {});
                                                        seen = *word;
                                                      }}}});
  view.flush();
  word.reset();
  EXPECT_TRUE(view.dispatch("root", "press", json::object()));
  EXPECT_EQ(seen, "a text long enough to stand on the heap");
  EXPECT_FALSE(view.dispatch("root", "press", json::object())) << "the newest tree asks for no event";
  EXPECT_FALSE(view.dispatch("nobody", "press", json::object()));
}

struct Counter {
  int count = 0;
  void press() { ++count; }
};

TEST(View, AWeaklyBoundHandlerOutlivesItsObjectHarmlessly) {
  auto counter = std::make_shared<Counter>();
  const std::function<void()> press = symphony::sdk::bind_weak(counter, &Counter::press);
  press();
  EXPECT_EQ(counter->count, 1);
  counter.reset();
  press();
}

}  // namespace
