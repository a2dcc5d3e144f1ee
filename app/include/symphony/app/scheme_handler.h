#pragma once
// symphony://app/: the page itself, and the files of the open workspace beneath symphony://app/workspace/.

#include <QWebEngineUrlSchemeHandler>
#include <filesystem>
#include <string_view>

namespace symphony::app {

class WorkspaceFiles;

inline constexpr char scheme_name[] = "symphony";
inline constexpr char page_address[] = "symphony://app/index.html";

/// Before QApplication, once.
void register_scheme();
/// By the file's suffix; of the page's own files only.
const char* content_type_of(std::string_view path) noexcept;

/// Answers GET to our own page, everything else is refused. Main thread.
class SchemeHandler : public QWebEngineUrlSchemeHandler {
 public:
  /// `files` must outlive it.
  SchemeHandler(std::filesystem::path page_folder, const WorkspaceFiles& files, QObject* parent = nullptr);
  void requestStarted(QWebEngineUrlRequestJob* job) override;

 private:
  void serve_page(QWebEngineUrlRequestJob* job, const QString& path) const;
  void serve_workspace(QWebEngineUrlRequestJob* job, const QByteArray& encoded_path) const;

  std::filesystem::path page_folder_;
  const WorkspaceFiles& files_;
};

}  // namespace symphony::app
