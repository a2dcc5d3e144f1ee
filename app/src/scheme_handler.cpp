#include <symphony/app/scheme_handler.h>

#include <QBuffer>
#include <QCryptographicHash>
#include <QFile>
#include <QUrl>
#include <QWebEngineUrlRequestJob>
#include <QWebEngineUrlScheme>
#include <array>
#include <memory>
#include <utility>

#include <symphony/app/workspace_files.h>

namespace symphony::app {
namespace {

namespace fs = std::filesystem;
using Job = QWebEngineUrlRequestJob;

constexpr char workspace_prefix[] = "/workspace/";

// Qt WebEngine 6.4 cannot send headers with a custom scheme, so the policy stands at the top of the document, put there
// by the host: no build of the page can come without it. Styles may be inline because components position themselves
// so; of scripts only the document's first, named by its hash (CSP level 3, section 8.4), so nothing added later runs.
constexpr char policy_until_hash[] =
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src 'self'";
constexpr char policy_after_hash[] =
    "; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; connect-src 'self'; worker-src "
    "'self'; base-uri 'none'; form-action 'none'; frame-src 'none'; object-src 'none'\">";

/// " 'sha256-…'", or nothing when the document has no inline script.
QByteArray hash_of_inline_script(const QByteArray& document) {
  constexpr char opening[] = "<script>";
  const qsizetype begin = document.indexOf(opening);
  const qsizetype end = document.indexOf("</script>", begin);
  if (begin < 0 || end < 0) return {};
  const qsizetype text = begin + static_cast<qsizetype>(sizeof opening - 1);
  return " 'sha256-" + QCryptographicHash::hash(document.mid(text, end - text), QCryptographicHash::Sha256).toBase64() +
         "'";
}

/// False when the document has no head to put it into.
bool add_policy(QByteArray& document) {
  const qsizetype head = document.indexOf("<head>");
  if (head < 0) return false;
  document.insert(head + static_cast<qsizetype>(sizeof "<head>" - 1),
                  policy_until_hash + hash_of_inline_script(document) + policy_after_hash);
  return true;
}

void reply_with(Job* job, std::unique_ptr<QFile> file, const char* content_type) {
  file->setParent(job);  // Qt reads it after this returns
  job->reply(content_type, file.release());
}

}  // namespace

void register_scheme() {
  QWebEngineUrlScheme scheme(scheme_name);
  scheme.setSyntax(QWebEngineUrlScheme::Syntax::Host);
  scheme.setFlags(QWebEngineUrlScheme::SecureScheme | QWebEngineUrlScheme::CorsEnabled);
  QWebEngineUrlScheme::registerScheme(scheme);
}

const char* content_type_of(std::string_view path) noexcept {
  static constexpr std::array<std::pair<std::string_view, const char*>, 12> types = {{{".html", "text/html"},
                                                                                      {".js", "text/javascript"},
                                                                                      {".mjs", "text/javascript"},
                                                                                      {".css", "text/css"},
                                                                                      {".json", "application/json"},
                                                                                      {".map", "application/json"},
                                                                                      {".svg", "image/svg+xml"},
                                                                                      {".png", "image/png"},
                                                                                      {".ico", "image/x-icon"},
                                                                                      {".woff2", "font/woff2"},
                                                                                      {".wasm", "application/wasm"},
                                                                                      {".txt", "text/plain"}}};
  for (const auto& [suffix, type] : types) {
    if (path.ends_with(suffix)) return type;
  }
  return "application/octet-stream";
}

SchemeHandler::SchemeHandler(fs::path page_folder, const WorkspaceFiles& files, QObject* parent)
    : QWebEngineUrlSchemeHandler(parent), page_folder_(std::move(page_folder)), files_(files) {}

void SchemeHandler::requestStarted(Job* job) {
  const QUrl url = job->requestUrl();
  const QUrl from = job->initiator();
  // The application's own navigation has no initiator; whatever else asks must be our page.
  const bool ours = from.isEmpty() || (from.scheme() == scheme_name && from.host() == "app");
  if (!ours || url.host() != "app" || job->requestMethod() != "GET") {
    job->fail(Job::RequestDenied);
  } else if (const QByteArray encoded = url.path(QUrl::FullyEncoded).toLatin1(); encoded.startsWith(workspace_prefix)) {
    serve_workspace(job, encoded.mid(sizeof workspace_prefix - 1));
  } else {
    serve_page(job, url.path(QUrl::FullyDecoded));
  }
}

void SchemeHandler::serve_page(Job* job, const QString& path) const {
  const std::string relative = path == "/" ? "index.html" : path.mid(1).toStdString();
  const fs::path file = (page_folder_ / relative).lexically_normal();
  const fs::path inside = file.lexically_relative(page_folder_);
  if (inside.empty() || *inside.begin() == ".." || relative.find('\0') != std::string::npos) {
    job->fail(Job::RequestDenied);
    return;
  }
  auto opened = std::make_unique<QFile>(QString::fromStdString(file.string()));
  std::error_code error;
  if (!fs::is_regular_file(file, error) || !opened->open(QIODevice::ReadOnly)) {
    job->fail(Job::UrlNotFound);
    return;
  }
  if (!relative.ends_with(".html")) {
    reply_with(job, std::move(opened), content_type_of(relative));
    return;
  }
  QByteArray document = opened->readAll();
  if (!add_policy(document)) {
    job->fail(Job::RequestFailed);
    return;
  }
  auto* buffer = new QBuffer(job);
  buffer->setData(document);
  job->reply("text/html", buffer);
}

void SchemeHandler::serve_workspace(Job* job, const QByteArray& encoded_path) const {
  const QByteArray escaped = QByteArray::fromPercentEncoding(encoded_path);
  auto file = files_.open({escaped.constData(), static_cast<std::size_t>(escaped.size())});
  if (!file) {
    job->fail(file.error().code == ipc::ErrorCode::not_found ? Job::UrlNotFound : Job::RequestDenied);
    return;
  }
  auto opened = std::make_unique<QFile>();
  if (!opened->open(file->descriptor.release(), QIODevice::ReadOnly, QFileDevice::AutoCloseHandle)) {
    job->fail(Job::RequestFailed);
    return;
  }
  // Never a type a page would run or render: a hostile file of a workspace must stay bytes.
  reply_with(job, std::move(opened), "application/octet-stream");
}

}  // namespace symphony::app
