#include <symphony/virtual_dom/view_relay.h>

#include <algorithm>
#include <array>
#include <deque>
#include <set>
#include <utility>
#include <vector>

#include <symphony/virtual_dom/limits.h>

namespace symphony::virtual_dom {
namespace {

using ipc::Error;
using ipc::ErrorCode;
using ipc::Result;
using nlohmann::json;
using Instant = std::chrono::steady_clock::time_point;

constexpr std::string_view endpoint_name = "ui";

std::optional<std::string> text_in(const json& document, const char* field) {
  const auto found = document.find(field);
  if (found == document.end() || !found->is_string()) return std::nullopt;
  return found->get<std::string>();
}

std::optional<std::uint64_t> count_in(const json& document, const char* field) {
  const auto found = document.find(field);
  if (found == document.end() || !found->is_number_integer() || *found < 0) return std::nullopt;
  return found->get<std::uint64_t>();
}

/// A bound on what a document held in process would take on the wire, stopping as soon as `budget` is used up.
bool fits(const json& value, std::size_t& budget) {
  std::size_t cost = 1;
  if (value.is_string()) cost += value.get_ref<const std::string&>().size();
  if (cost > budget) return false;
  budget -= cost;
  if (value.is_object()) {
    for (const auto& [name, member] : value.items()) {
      if (name.size() > budget) return false;
      budget -= name.size();
      if (!fits(member, budget)) return false;
    }
  } else if (value.is_array()) {
    return std::all_of(value.begin(), value.end(), [&](const json& member) { return fits(member, budget); });
  }
  return true;
}

Error too_large() {
  Error error{ErrorCode::payload_too_large, "The batch is larger than 2 MiB", json::object()};
  error.data["limit"] = limits::batch_bytes;
  return error;
}

Result<json> document_of(const ipc::Incoming& incoming) {
  // Bytes are measured before they are decoded: a million nodes must not cost a million allocations first.
  if (incoming.body.held_bytes() > limits::batch_bytes) return too_large();
  if (incoming.body.document_if_held() != nullptr) {
    std::size_t budget = limits::batch_bytes;
    if (!fits(*incoming.body.document_if_held(), budget)) return too_large();
  }
  auto document = incoming.body.document();
  if (document && !document->is_object()) return ipc::invalid_params("The parameters must be an object", "");
  return document;
}

/// At most `batches_per_second` in any second.
class RateQuota {
 public:
  bool take(Instant now) {
    while (!times_.empty() && now - times_.front() >= std::chrono::seconds(1))
      times_.pop_front();
    if (times_.size() >= limits::batches_per_second) return false;
    times_.push_back(now);
    return true;
  }

 private:
  std::deque<Instant> times_;
};

struct Unacknowledged {
  std::uint64_t revision;
  std::optional<ipc::TraceContext> trace;
  std::int64_t delivered_us;
};

/// An event whose consequence has not been painted yet.
struct Interaction {
  ipc::TraceContext context;
  std::string name;
  std::int64_t start_us;
};

}  // namespace

struct ViewRelay::View {
  std::string extension;
  VirtualTree tree;
  std::uint64_t revision = 0;
  /// After a refusal or a new process only a whole tree makes sense.
  bool expects_render = true;
  /// Processes that do not draw the view now, and the last revision each of them sent all the same.
  std::map<std::string, std::uint64_t, std::less<>> unseen;
  std::deque<Unacknowledged> unacknowledged;
  RateQuota rate;
  ViewStatistics statistics;
};

struct ViewRelay::Outgoing {
  ipc::Message message;
  std::optional<ipc::TraceContext> trace;
};

struct ViewRelay::State {
  bool attached = false;
  std::map<std::string, View, std::less<>> views;
  /// Last state of each extension's process, as its supervisor said.
  std::map<std::string, json, std::less<>> extensions;
  /// Senders refused because their view was not contributed yet: asked again once it is.
  std::set<std::pair<std::string, std::string>> waiting;
  /// Last of each kind that describes the whole workbench.
  std::map<std::string, json, std::less<>> remembered;
  std::deque<Interaction> interactions;

  std::uint64_t generation_of(const std::string& extension) const {
    const auto found = extensions.find(extension);
    return found == extensions.end() ? 0 : count_in(found->second, "generation").value_or(0);
  }

  /// Of several processes of an extension one draws: its supervisor says which.
  bool draws(const std::string& extension, const std::string& instance) const {
    const auto found = extensions.find(extension);
    const auto drawing = found == extensions.end() ? std::nullopt : text_in(found->second, "instance");
    return instance.empty() || !drawing || drawing->empty() || *drawing == instance;
  }

  json render_message(const std::string& id, const View& view, json tree) const {
    return {{"type", "render"},
            {"view", id},
            {"extension", view.extension},
            {"generation", generation_of(view.extension)},
            {"revision", view.revision},
            {"tree", std::move(tree)}};
  }

  std::optional<Interaction> take_interaction(const ipc::TraceContext& trace) {
    const auto found = std::find_if(interactions.begin(), interactions.end(),
                                    [&](const Interaction& one) { return one.context.trace_id == trace.trace_id; });
    if (found == interactions.end()) return std::nullopt;
    Interaction interaction = std::move(*found);
    interactions.erase(found);
    return interaction;
  }
};

ViewRelay::ViewRelay(Sink& sink, RelayOptions options)
    : sink_(sink), options_(std::move(options)), state_(std::make_unique<State>()) {}
ViewRelay::~ViewRelay() { disconnect(); }

Result<void> ViewRelay::connect(ipc::Bus& bus) {
  auto registered =
      bus.register_endpoint(std::string(endpoint_name), [this](ipc::Incoming incoming, ipc::Responder responder) {
        if (incoming.is_request) {
          responder.fail(Error{ErrorCode::method_not_found, "Endpoint ui takes notifications only", nullptr});
          return;
        }
        receive(incoming);
      });
  if (!registered) return registered;
  const std::unique_lock lock(bus_mutex_);
  bus_ = &bus;
  post_ = [&bus](ipc::Message message, std::optional<ipc::TraceContext> trace) {
    ipc::SendOptions options;
    options.trace = trace;
    bus.notify(endpoint_name, std::move(message), std::move(options));
  };
  return {};
}

void ViewRelay::disconnect() {
  ipc::Bus* bus = nullptr;
  {
    const std::unique_lock lock(bus_mutex_);
    bus = std::exchange(bus_, nullptr);
    post_ = nullptr;
  }
  if (bus != nullptr) bus->unregister_endpoint(endpoint_name);
}

void ViewRelay::post_through(Post post) {
  const std::unique_lock lock(bus_mutex_);
  post_ = std::move(post);
}

void ViewRelay::send(Outgoing outgoing) {
  const std::shared_lock lock(bus_mutex_);
  if (post_) post_(std::move(outgoing.message), outgoing.trace);
}

void ViewRelay::log(std::string_view line) const {
  if (options_.log) options_.log(line);
}

void ViewRelay::log_refusal(const std::string& source, const std::string& line) {
  constexpr std::uint64_t logged_at_first = 100;
  constexpr std::uint64_t logged_each = 1000;
  constexpr std::size_t senders = 1024;
  std::uint64_t count = 0;
  {
    const std::lock_guard lock(refusals_mutex_);
    // Those past the limit are counted as one.
    const bool counted = refusals_.size() < senders || refusals_.contains(source);
    count = ++refusals_[counted ? source : std::string()];
  }
  if (count <= logged_at_first) {
    log(line);
  } else if (count % logged_each == 0) {
    log(line + " (refusal " + std::to_string(count) + " of this sender)");
  }
}

void ViewRelay::record(std::vector<ipc::Span> spans) const {
  // Held to the end: the bus may go away as soon as disconnect() has returned.
  const std::shared_lock lock(bus_mutex_);
  ipc::SpanRecorder* const recorder = bus_ != nullptr ? &bus_->spans() : options_.spans;
  if (recorder == nullptr) return;
  for (ipc::Span& span : spans)
    recorder->record(std::move(span));
}

void ViewRelay::receive(const ipc::Incoming& incoming) {
  if (incoming.method == "ui.render" || incoming.method == "ui.patch") {
    receive_batch(incoming);
    return;
  }
  const bool from_conductor = incoming.source == "conductor";
  const bool from_supervisor = incoming.source == "supervisor" || from_conductor;
  auto document = document_of(incoming);
  if (!document) {
    log_refusal(incoming.source,
                incoming.method + " from " + incoming.source + " refused: " + document.error().message);
  } else if (incoming.method == "ui.contributions" && from_conductor) {
    receive_contributions(*document);
  } else if (incoming.method == "ui.extension" && from_supervisor) {
    receive_extension(*document);
  } else if (incoming.method == "ui.workspace" && from_conductor) {
    remember("workspace", std::move(*document));
  } else if (incoming.method == "ui.conductor" && from_conductor) {
    remember("conductor", std::move(*document));
  } else {
    log_refusal(incoming.source,
                incoming.method + " from " + incoming.source + " refused: not a method of ui, or not for this sender");
  }
}

void ViewRelay::remember(const char* kind, json body) {
  body["type"] = kind;
  const std::lock_guard lock(mutex_);
  json& held = state_->remembered[kind];
  held = std::move(body);
  show(held);
}

void ViewRelay::show(const json& message) {
  if (options_.observer) options_.observer(message);
  if (state_->attached) sink_.deliver(message);
}

void ViewRelay::receive_contributions(const json& body) {
  std::map<std::string, std::string, std::less<>> owners;
  const auto views = body.find("views");
  if (views == body.end() || !views->is_array() || views->size() > limits::views) {
    log("ui.contributions refused: /views must be a list of at most " + std::to_string(limits::views));
    return;
  }
  for (const json& view : *views) {
    const auto id = view.is_object() ? text_in(view, "id") : std::nullopt;
    const auto extension = view.is_object() ? text_in(view, "extension") : std::nullopt;
    if (!id || !extension || !is_valid_id(*id) || !owners.emplace(*id, *extension).second) {
      log("ui.contributions refused: each view needs an id of its own and an extension");
      return;
    }
  }
  std::vector<Outgoing> asked;
  {
    const std::lock_guard lock(mutex_);
    std::erase_if(state_->views, [&](const auto& entry) {
      const auto owner = owners.find(entry.first);
      return owner == owners.end() || owner->second != entry.second.extension;
    });
    for (const auto& [id, extension] : owners) {
      state_->views.try_emplace(id).first->second.extension = extension;
      if (state_->waiting.erase({extension, id}) != 0) {
        const Error again{ErrorCode::endpoint_unavailable, "The view is known now: send the whole tree", nullptr};
        asked.push_back(
            {{extension, "ui.ack", json{{"view", id}, {"revision", 0}, {"error", again.to_json()}}}, std::nullopt});
      }
    }
    json& held = state_->remembered["contributions"];
    held = body;
    held["type"] = "contributions";
    show(held);
  }
  for (Outgoing& outgoing : asked)
    send(std::move(outgoing));
}

void ViewRelay::receive_extension(const json& body) {
  const auto id = text_in(body, "id");
  const auto generation = count_in(body, "generation");
  if (!id || !generation) {
    log("ui.extension refused: it needs an id and a generation");
    return;
  }
  std::vector<Outgoing> asked;
  {
    const std::lock_guard lock(mutex_);
    if (!state_->extensions.contains(*id) && state_->extensions.size() >= limits::extensions) return;
    if (state_->generation_of(*id) != *generation) {
      // A new process counts its revisions from 1 again and knows nothing of what its predecessor had in flight. The
      // picture stays: the page keeps showing it until the new tree is there.
      const std::string instance = text_in(body, "instance").value_or("");
      for (auto& [name, view] : state_->views) {
        if (view.extension != *id) continue;
        view.revision = 0;
        view.expects_render = true;
        view.unacknowledged.clear();
        if (const auto drawn = view.unseen.find(instance); drawn != view.unseen.end()) {
          const Error again{ErrorCode::endpoint_unavailable, "The view is yours now: send the whole tree", nullptr};
          asked.push_back(
              {{*id, "ui.ack", json{{"view", name}, {"revision", drawn->second}, {"error", again.to_json()}}},
               std::nullopt});
        }
        view.unseen.clear();
      }
      std::erase_if(state_->waiting, [&](const auto& one) { return one.first == *id; });
    }
    json& held = state_->extensions[*id];
    held = body;
    held["type"] = "extension";
    show(held);
  }
  for (Outgoing& outgoing : asked)
    send(std::move(outgoing));
}

void ViewRelay::receive_batch(const ipc::Incoming& incoming) {
  const std::int64_t received_us = ipc::monotonic_us();
  const bool whole = incoming.method == "ui.render";
  auto document = document_of(incoming);
  std::string name;
  std::uint64_t revision = 0;
  std::optional<Error> refusal;
  if (document) {
    name = text_in(*document, "view").value_or("");
    revision = count_in(*document, "revision").value_or(0);
  } else {
    refusal = document.error();
  }
  std::optional<ipc::TraceContext> delivered;
  std::optional<ipc::TraceContext> relayed;
  {
    const std::lock_guard lock(mutex_);
    const auto found = state_->views.find(name);
    if (!document && found == state_->views.end()) {
      // The view is inside the document that could not be read: all views of this sender start over.
      for (auto& [id, view] : state_->views) {
        if (view.extension == incoming.source) {
          view.expects_render = true;
          ++view.statistics.refused;
          name = id;
        }
      }
    } else if (found == state_->views.end() || found->second.extension != incoming.source) {
      const std::pair<std::string, std::string> key{incoming.source, name};
      if (state_->waiting.contains(key) || state_->waiting.size() >= limits::views) return;
      if (is_valid_id(name)) state_->waiting.insert(key);
      refusal = Error{ErrorCode::permission_denied,
                      "The view \"" + name + "\" does not belong to this extension",
                      {{"path", "/view"}}};
    } else {
      View& view = found->second;
      if (!state_->draws(incoming.source, incoming.instance)) {
        if (view.unseen.contains(incoming.instance) || view.unseen.size() < limits::processes_of_a_view) {
          view.unseen[incoming.instance] = revision;
        }
        ++view.statistics.dropped;
        return;
      }
      if (!whole && view.expects_render) {
        ++view.statistics.dropped;
        return;
      }
      const auto check = [&]() -> Result<void> {
        if (!view.rate.take(options_.now()))
          return Error{
              ErrorCode::overloaded, "More than 240 batches in a second", {{"limit", limits::batches_per_second}}};
        if (view.unacknowledged.size() >= limits::unacknowledged_refused) {
          return Error{ErrorCode::overloaded,
                       "Too many batches were not acknowledged yet",
                       {{"limit", limits::unacknowledged_refused}}};
        }
        if (revision <= view.revision) return ipc::invalid_params("The revision must count up", "/revision");
        if (whole) {
          const auto tree = document->find("tree");
          if (tree == document->end()) return ipc::invalid_params("The tree is missing", "/tree");
          return view.tree.render(*tree);
        }
        if (count_in(*document, "base") != view.revision)
          return ipc::invalid_params("The base is not the last revision sent", "/base");
        const auto ops = document->find("ops");
        if (ops == document->end()) return ipc::invalid_params("The operations are missing", "/ops");
        return view.tree.patch(*ops);
      };
      if (auto checked = check(); !checked) {
        refusal = checked.error();
        view.expects_render = true;
        ++view.statistics.refused;
      } else {
        const std::uint64_t base = std::exchange(view.revision, revision);
        view.expects_render = false;
        ++view.statistics.batches;
        if (incoming.trace) {
          delivered = incoming.trace;
          relayed = incoming.trace->child();
        }
        // What is painted is painted on behalf of the relay's own span.
        view.unacknowledged.push_back({revision, relayed, ipc::monotonic_us()});
        if (state_->attached && whole) {
          sink_.deliver(state_->render_message(name, view, std::move((*document)["tree"])));
        } else if (state_->attached) {
          sink_.deliver({{"type", "patch"},
                         {"view", name},
                         {"base", base},
                         {"revision", revision},
                         {"ops", std::move((*document)["ops"])}});
        }
      }
    }
  }
  if (refusal) {
    log_refusal(incoming.source, incoming.method + " of view \"" + name + "\" from " + incoming.source +
                                     " refused: " + refusal->message);
    send({{incoming.source, "ui.ack", json{{"view", name}, {"revision", revision}, {"error", refusal->to_json()}}},
          incoming.trace});
  } else if (delivered) {
    record({{"symphony", "ui.relay " + incoming.method, *relayed, delivered->span_id, received_us, ipc::monotonic_us(),
             "relay"}});
  }
}

void ViewRelay::attach() {
  const std::lock_guard lock(mutex_);
  state_->attached = true;
  static constexpr std::array<const char*, 3> order = {"conductor", "contributions", "workspace"};
  for (const char* kind : order) {
    const auto held = state_->remembered.find(kind);
    if (held != state_->remembered.end()) sink_.deliver(held->second);
  }
  for (const auto& [id, extension] : state_->extensions)
    sink_.deliver(extension);
  for (const auto& [id, view] : state_->views) {
    if (view.tree.root() != nullptr) sink_.deliver(state_->render_message(id, view, view.tree.to_json()));
  }
}

void ViewRelay::detach() {
  const std::lock_guard lock(mutex_);
  state_->attached = false;
}

void ViewRelay::acknowledge(const std::string& name, std::uint64_t revision, std::optional<Error> error) {
  std::string extension;
  std::vector<ipc::Span> spans;
  std::optional<ipc::TraceContext> trace;
  {
    const std::lock_guard lock(mutex_);
    const auto found = state_->views.find(name);
    // An acknowledgement of a predecessor's revision says nothing about this process's.
    if (found == state_->views.end() || revision > found->second.revision) return;
    View& view = found->second;
    extension = view.extension;
    if (error) {
      view.expects_render = true;
      ++view.statistics.refused;
    }
    const std::int64_t now_us = ipc::monotonic_us();
    while (!view.unacknowledged.empty() && view.unacknowledged.front().revision <= revision) {
      const Unacknowledged& painted = view.unacknowledged.front();
      if (painted.trace) {
        trace = painted.trace;
        spans.push_back(
            {"page", "ui.paint " + name, painted.trace->child(), painted.trace->span_id, painted.delivered_us, now_us});
        if (const auto interaction = state_->take_interaction(*painted.trace)) {
          spans.push_back({"page", interaction->name, interaction->context.child(), interaction->context.span_id,
                           interaction->start_us, now_us});
        }
      }
      view.unacknowledged.pop_front();
    }
  }
  if (!spans.empty()) record(std::move(spans));
  json body = {{"view", name}, {"revision", revision}};
  if (error) body["error"] = error->to_json();
  send({{extension, "ui.ack", std::move(body)}, trace});
}

Result<ipc::TraceContext> ViewRelay::raise(const std::string& name, const std::string& node, const std::string& event,
                                           json data) {
  const std::int64_t start_us = ipc::monotonic_us();
  std::size_t budget = limits::event_bytes;
  if (!(data.is_object() || data.is_null()) || !fits(data, budget))
    return ipc::invalid_params("The event's data must be a small object", "/data");
  const ipc::TraceContext trace = ipc::TraceContext::start();
  std::string extension;
  {
    const std::lock_guard lock(mutex_);
    const auto found = state_->views.find(name);
    if (found == state_->views.end())
      return Error{ErrorCode::not_found, "There is no view \"" + name + "\"", {{"path", "/view"}}};
    const Node* target = found->second.tree.find(node);
    if (target == nullptr)
      return Error{ErrorCode::not_found, "The view has no node \"" + node + "\"", {{"path", "/node"}}};
    if (!target->raises(event)) return ipc::invalid_params("The node does not raise \"" + event + "\"", "/event");
    extension = found->second.extension;
    if (state_->interactions.size() >= limits::open_interactions) state_->interactions.pop_front();
    state_->interactions.push_back({trace, "ui.event " + event + " → painted", start_us});
  }
  {
    const std::shared_lock lock(bus_mutex_);
    if (!post_) return Error{ErrorCode::endpoint_unavailable, "The bus is not running", nullptr};
  }
  json body = {{"view", name},
               {"node", node},
               {"event", event},
               {"data", data.is_null() ? json::object() : std::move(data)},
               {"trace", trace.traceparent()}};
  send({{extension, "ui.event", std::move(body)}, trace});
  // The root is there even when nothing is painted for the event.
  record({{"page", "ui.event " + event, trace, 0, start_us, ipc::monotonic_us()}});
  return trace;
}

bool ViewRelay::read(std::string_view name,
                     const std::function<void(const VirtualTree&, std::uint64_t)>& reader) const {
  const std::lock_guard lock(mutex_);
  const auto found = state_->views.find(name);
  if (found == state_->views.end() || found->second.tree.root() == nullptr) return false;
  reader(found->second.tree, found->second.revision);
  return true;
}

std::map<std::string, ViewStatistics> ViewRelay::statistics() const {
  const std::lock_guard lock(mutex_);
  std::map<std::string, ViewStatistics> result;
  for (const auto& [id, view] : state_->views) {
    ViewStatistics one = view.statistics;
    one.unacknowledged = view.unacknowledged.size();
    one.nodes = view.tree.size();
    result.emplace(id, one);
  }
  return result;
}

}  // namespace symphony::virtual_dom
