#pragma once
// The string pipe between the host and its page, registered on the QWebChannel as `symphony`: one signal, one slot.

#include <QObject>
#include <QString>
#include <functional>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include <symphony/virtual_dom/view_relay.h>
#include <symphony/web/page_message.h>

namespace symphony::web {

/// Lives on the main thread. Messages of one turn of its event loop reach the page as one batch: the page commits a
/// batch at once, so what belongs together is painted together and a crossing is paid once.
class PageChannel : public QObject, public virtual_dom::Sink {
  Q_OBJECT
 public:
  /// Called on the main thread for each message that is well formed; others are logged and ignored.
  using Receiver = std::function<void(PageMessage)>;
  using LogLine = std::function<void(std::string_view line)>;

  explicit PageChannel(LogLine log, QObject* parent = nullptr);
  ~PageChannel() override;

  void set_receiver(Receiver receiver);
  /// Any thread. Never blocks.
  void deliver(const nlohmann::json& message) override;
  /// Forgets what waits for a page that is gone.
  void clear();

  using QObject::event;  // the slot of the same name must not hide it

 Q_SIGNALS:
  /// A JSON array of messages.
  void batch(const QString& text);

 public Q_SLOTS:
  /// One message of the page, a JSON object.
  void event(const QString& text);

 private:
  void flush();

  LogLine log_;
  Receiver receiver_;
  std::mutex mutex_;
  std::string waiting_;  // messages joined by commas
  bool scheduled_ = false;
  int complaints_ = 0;
};

}  // namespace symphony::web
