#include <symphony/app/page_services.h>

#include <QThreadPool>
#include <utility>

#include <symphony/app/workspace_files.h>

namespace symphony::app {
namespace {

using ipc::Result;
using nlohmann::json;

std::optional<std::string> text_in(const json& params, const char* name) {
  const auto found = params.find(name);
  if (found == params.end() || !found->is_string()) return std::nullopt;
  return found->get<std::string>();
}

ipc::Error needs_text(const char* name) {
  return ipc::invalid_params("\"" + std::string(name) + "\" must be text", "/" + std::string(name));
}

}  // namespace

PageServices::PageServices(virtual_dom::Sink& page, const WorkspaceFiles& files, const BusAccess& bus,
                           FolderChooser choose_folder)
    : sink_(page), files_(files), bus_(bus), choose_folder_(std::move(choose_folder)) {}

PageServices::~PageServices() { QThreadPool::globalInstance()->waitForDone(); }

void PageServices::answer(Asked asked, const Result<json>& outcome) const {
  json message = {{"type", "answer"}, {"id", asked.id}, {"result", nullptr}, {"error", nullptr}};
  if (outcome) {
    message["result"] = *outcome;
  } else {
    message["error"] = outcome.error().to_json();
  }
  const std::lock_guard lock(mutex_);
  if (asked.page == page_) sink_.deliver(message);
}

void PageServices::forward(Asked asked, std::string method, json params) const {
  bus_.ask({"conductor", std::move(method), std::move(params)}, [this, asked](Result<ipc::Payload> outcome) {
    answer(asked, outcome ? outcome->document() : Result<json>(outcome.error()));
  });
}

void PageServices::forget_requests() {
  const std::lock_guard lock(mutex_);
  ++page_;
}

void PageServices::serve(const web::PageRequest& request) {
  const Asked asked{request.id, page_};  // written on this thread only
  if (request.method == "file.stat") {
    const auto path = text_in(request.params, "path");
    if (!path) {
      answer(asked, needs_text("path"));
      return;
    }
    // A disk may take its time; the window must not wait for it.
    QThreadPool::globalInstance()->start([this, asked, path = *path] { answer(asked, files_.describe(path)); });
  } else if (request.method == "workspace.choose") {
    choose_folder_([this, asked](std::optional<std::string> path) {
      answer(asked, json{{"path", path ? json(*path) : json(nullptr)}});
    });
  } else if (request.method == "workspace.open") {
    const auto path = text_in(request.params, "path");
    if (path) {
      forward(asked, "workspace.open", {{"path", *path}});
    } else {
      answer(asked, needs_text("path"));
    }
  } else if (request.method == "status.get") {
    forward(asked, "status.get", json::object());
  } else if (request.method == "extension.restart") {
    const auto extension = text_in(request.params, "id");
    if (extension) {
      forward(asked, "extension.restart", {{"id", *extension}});
    } else {
      answer(asked, needs_text("id"));
    }
  } else {
    answer(asked, ipc::Error{ipc::ErrorCode::method_not_found,
                                  "The host has no method \"" + request.method.substr(0, 64) + "\"", nullptr});
  }
}

}  // namespace symphony::app
