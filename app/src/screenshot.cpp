#include <symphony/app/screenshot.h>

#include <utility>

#include <symphony/app/catalogue.h>
#include <symphony/app/desktop_application.h>
#include <symphony/app/main_window.h>

namespace symphony::app {
namespace {

constexpr int frame_ms = 16;
constexpr int patience_ms = 60'000;
constexpr char explorer_view[] = "explorer";

/// Spinners and fields at work: the content is still to come.
bool is_busy(const virtual_dom::Node& node) {
  if (node.type == "Spinner" || node.type == "Progress" || node.props.value("busy", false)) return true;
  for (const virtual_dom::Node* child : node.children) {
    if (is_busy(*child)) return true;
  }
  return false;
}

}  // namespace

Screenshot::Screenshot(DesktopApplication& application, std::string file, std::function<void(const std::string&)> done)
    : application_(application), file_(std::move(file)), done_(std::move(done)) {
  application_.on_change([this] {
    if (content_is_there() && !frame_.isActive()) frame_.start(frame_ms);
  });
  frame_.callOnTimeout([this] { look(); });
  patience_.setSingleShot(true);
  patience_.callOnTimeout([this] { finish(complaint(Sentence::picture_late)); });
  patience_.start(patience_ms);
}

bool Screenshot::content_is_there() const {
  const std::string conductor = application_.conductor_state();
  if (conductor == "failed") return true;
  if (!application_.page_ready() || (conductor != "ready" && conductor != "degraded")) return false;
  if (!application_.is_painted(explorer_view)) return false;
  bool busy = true;
  application_.relay().read(explorer_view,
                            [&](const virtual_dom::VirtualTree& tree, std::uint64_t) { busy = is_busy(*tree.root()); });
  return !busy;
}

void Screenshot::look() {
  if (application_.conductor_state() == "failed") {
    finish(complaint(Sentence::picture_nothing));
    return;
  }
  // The page's frame reaches the window a little after the page painted it: two pictures alike are the settled one.
  QImage picture = application_.window().grab().toImage();
  if (!content_is_there() || picture != last_) {
    last_ = std::move(picture);
    return;
  }
  finish(picture.save(QString::fromStdString(file_), "PNG")
             ? std::string()
             : complaint(Sentence::picture_unwritable, {{"path", file_}}));
}

void Screenshot::finish(const std::string& failure) {
  frame_.stop();
  patience_.stop();
  application_.on_change(nullptr);
  std::exchange(done_, [](const std::string&) {})(failure);
}

}  // namespace symphony::app
