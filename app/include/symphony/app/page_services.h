#pragma once
// What the page may ask of the host itself.

#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include <symphony/app/bus_access.h>
#include <symphony/virtual_dom/view_relay.h>
#include <symphony/web/page_message.h>

namespace symphony::app {

class WorkspaceFiles;

/// Asks the user for a folder; calls back once, with the escaped path or nothing.
using FolderChooser = std::function<void(std::function<void(std::optional<std::string>)>)>;

/// Main thread. Answers go to the sink, from any thread.
class PageServices {
 public:
  /// All must outlive it, and what it started (it waits in its destructor).
  PageServices(virtual_dom::Sink& page, const WorkspaceFiles& files, const BusAccess& bus, FolderChooser choose_folder);
  ~PageServices();
  PageServices(const PageServices&) = delete;
  PageServices& operator=(const PageServices&) = delete;

  void serve(const web::PageRequest& request);

 private:
  void answer(std::uint64_t id, const ipc::Result<nlohmann::json>& outcome) const;
  void forward(const web::PageRequest& request, std::string method, nlohmann::json params) const;

  virtual_dom::Sink& page_;
  const WorkspaceFiles& files_;
  const BusAccess& bus_;
  FolderChooser choose_folder_;
};

}  // namespace symphony::app
