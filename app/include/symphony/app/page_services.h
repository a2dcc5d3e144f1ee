#pragma once
// What the page may ask of the host itself.

#include <cstdint>
#include <functional>
#include <mutex>
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
  /// The page was lost or loaded anew. It counts its requests from the beginning, so what is still out must not be
  /// answered any more.
  void forget_requests();

 private:
  struct Asked {
    std::uint64_t id;
    std::uint64_t page;
  };

  void answer(Asked asked, const ipc::Result<nlohmann::json>& outcome) const;
  void forward(Asked asked, std::string method, nlohmann::json params) const;

  virtual_dom::Sink& sink_;
  const WorkspaceFiles& files_;
  const BusAccess& bus_;
  FolderChooser choose_folder_;
  /// Held while delivering: afterwards nothing for the page before is on its way to the sink.
  mutable std::mutex mutex_;
  std::uint64_t page_ = 0;
};

}  // namespace symphony::app
