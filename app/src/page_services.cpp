#include <symphony/app/page_services.h>

#include <QThreadPool>
#include <utility>

#include <symphony/app/catalogue.h>
#include <symphony/app/workspace_files.h>
#include <symphony/interfaces/page.h>
#include <symphony/ipc/interface.h>

namespace symphony::app {
namespace {

using ipc::Result;
using nlohmann::json;

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
  namespace page = interfaces::page;
  const auto asked_for = [&](const ipc::Method& method) { return request.method == method.name; };
  const Asked asked{request.id, page_};  // written on this thread only
  static const auto interface = ipc::Interface::built_in("page");
  if (auto checked = interface->check_params(request.method, request.params); !checked) {
    answer(asked, checked.error());
  } else if (asked_for(page::method::file_stat)) {
    // A disk may take its time; the window must not wait for it.
    QThreadPool::globalInstance()->start(
        [this, asked, path = request.params["path"].get<std::string>()] { answer(asked, files_.describe(path)); });
  } else if (asked_for(page::method::workspace_choose)) {
    choose_folder_([this, asked](std::optional<std::string> path) {
      answer(asked, json{{"path", path ? json(*path) : json(nullptr)}});
    });
  } else if (asked_for(page::method::workspace_open)) {
    forward(asked, request.method, {{"path", request.params["path"]}});
  } else if (asked_for(page::method::status_get)) {
    forward(asked, request.method, json::object());
  } else if (asked_for(page::method::view_shown)) {
    forward(asked, request.method, {{"view", request.params["view"]}, {"shown", request.params["shown"]}});
  } else if (asked_for(page::method::extension_restart)) {
    forward(asked, request.method, {{"id", request.params["id"]}});
  } else {
    answer(asked, error_of(ipc::ErrorCode::method_not_found, Sentence::method_unknown,
                           {{"endpoint", "The host"}, {"method", request.method.substr(0, 64)}}));
  }
}

}  // namespace symphony::app
