#include <symphony/web/page_channel.h>

#include <QByteArray>
#include <QMetaObject>
#include <utility>

namespace symphony::web {
namespace {

/// A hostile page must not fill the log.
constexpr int complaints_logged = 100;

}  // namespace

PageChannel::PageChannel(LogLine log, QObject* parent) : QObject(parent), log_(std::move(log)) {}
PageChannel::~PageChannel() = default;

void PageChannel::set_receiver(Receiver receiver) { receiver_ = std::move(receiver); }

void PageChannel::deliver(const nlohmann::json& message) {
  // Text is made on the sender's thread: the main thread has frames to paint.
  const std::string text = message.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  bool schedule = false;
  {
    const std::lock_guard lock(mutex_);
    if (!waiting_.empty()) waiting_ += ',';
    waiting_ += text;
    schedule = !std::exchange(scheduled_, true);
  }
  if (schedule)
    QMetaObject::invokeMethod(
        this, [this] { flush(); }, Qt::QueuedConnection);
}

void PageChannel::clear() {
  const std::lock_guard lock(mutex_);
  waiting_.clear();
}

void PageChannel::flush() {
  std::string text;
  {
    const std::lock_guard lock(mutex_);
    scheduled_ = false;
    text = std::exchange(waiting_, {});
  }
  if (!text.empty()) Q_EMIT batch(QString::fromStdString("[" + text + "]"));
}

void PageChannel::event(const QString& text) {
  // Measured before it is converted; a character of UTF-16 is at least one byte of UTF-8.
  if (static_cast<std::size_t>(text.size()) > page_message_bytes) {
    if (complaints_++ < complaints_logged) log_("A message of the page was ignored: larger than 1 MiB");
    return;
  }
  const QByteArray bytes = text.toUtf8();
  auto message = parse_page_message({bytes.constData(), static_cast<std::size_t>(bytes.size())});
  if (!message) {
    if (complaints_++ < complaints_logged) log_("A message of the page was ignored: " + message.error().message);
    return;
  }
  if (receiver_) receiver_(std::move(*message));
}

}  // namespace symphony::web
