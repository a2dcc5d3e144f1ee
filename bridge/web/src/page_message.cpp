#include <symphony/web/page_message.h>

#include <symphony/ipc/payload.h>

namespace symphony::web {
namespace {

using ipc::Result;
using nlohmann::json;

/// Reads members of one message; the first that is wrong is kept.
class Members {
 public:
  explicit Members(const json& document) : document_(document) {}

  std::string text(const char* name) {
    const auto found = document_.find(name);
    if (found != document_.end() && found->is_string()) return found->get<std::string>();
    fail(name, "must be text");
    return {};
  }
  std::uint64_t count(const char* name) {
    const auto found = document_.find(name);
    if (found != document_.end() && found->is_number_integer() && *found >= 0) return found->get<std::uint64_t>();
    fail(name, "must be a whole number from 0");
    return 0;
  }
  std::uint64_t count_or_zero(const char* name) { return document_.contains(name) ? count(name) : 0; }
  json object(const char* name) {
    const auto found = document_.find(name);
    if (found == document_.end()) return json::object();
    if (found->is_object()) return *found;
    fail(name, "must be an object");
    return json::object();
  }
  std::optional<ipc::Error> error(const char* name) const {
    const auto found = document_.find(name);
    if (found == document_.end() || found->is_null()) return std::nullopt;
    return ipc::Error::from_json(*found);
  }
  template <class Message>
  Result<PageMessage> finish(Message message) {
    if (failed_) return *failed_;
    return PageMessage(std::move(message));
  }

 private:
  void fail(const char* name, std::string_view why) {
    if (!failed_)
      failed_ = ipc::invalid_params("\"" + std::string(name) + "\" " + std::string(why), "/" + std::string(name));
  }

  const json& document_;
  std::optional<ipc::Error> failed_;
};

}  // namespace

Result<PageMessage> parse_page_message(std::string_view text) {
  if (text.size() > page_message_bytes) {
    return ipc::Error{ipc::ErrorCode::payload_too_large,
                      "A message of the page is larger than 1 MiB",
                      {{"limit", page_message_bytes}}};
  }
  auto document = ipc::decode_document(ipc::BodyFormat::json, text);
  if (!document) return document.error();
  if (!document->is_object()) return ipc::invalid_params("A message of the page must be an object", "");
  Members members(*document);
  const std::string type = members.text("type");
  if (type == "ready") return members.finish(PageReady{});
  if (type == "ack")
    return members.finish(PageAcknowledgement{members.text("view"), members.count("revision"), members.error("error")});
  if (type == "event")
    return members.finish(
        PageEvent{members.text("view"), members.text("node"), members.text("event"), members.object("data")});
  if (type == "request")
    return members.finish(PageRequest{members.count("id"), members.text("method"), members.object("params")});
  if (type == "log") return members.finish(PageLog{members.text("level"), members.text("message")});
  if (type == "mark") return members.finish(PageMark{members.text("name"), members.count_or_zero("ago_us")});
  return ipc::invalid_params("\"" + type.substr(0, 64) + "\" is not a message of the page", "/type");
}

}  // namespace symphony::web
