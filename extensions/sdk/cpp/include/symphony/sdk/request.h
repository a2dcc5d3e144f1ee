#pragma once
// A request of another endpoint, for as long as it takes to answer it.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <symphony/sdk/error.h>
#include <symphony/sdk/payload.h>

namespace symphony::sdk {

/// Copies are the same request. It is answered once; when the last copy is gone and nobody did, by `internal_error`. On
/// the extension's thread.
class Request {
 public:
  class Inner;
  explicit Request(std::shared_ptr<Inner> inner);

  /// Who asks; filled in by the host.
  const std::string& source() const;
  /// The parameters; null when they are bytes.
  const nlohmann::json& params() const;
  /// Read where they lie; empty when the parameters are a document.
  Bytes bytes() const;

  /// Nobody waits for the answer any more: it was cancelled, or its time is over.
  bool cancelled() const;
  /// Called once, as a turn of its own, when that happens. It may still be answered; nobody is hurt.
  void on_cancel(std::function<void()> handler) const;
  /// How far it has come: from 0 to 1, or nothing where nobody can say, and a text for a person (at most 1 KiB). As
  /// often as wanted: when it is more than can be handed on, the newest counts.
  void progress(std::optional<double> fraction, std::string text = {}) const;
  /// Whether who asks wants to hear of it: for what is expensive to say.
  bool wants_progress() const;

  void answer(const Body& result) const;
  void fail(Error error) const;
  /// Neither answered nor failed yet.
  bool pending() const;

 private:
  std::shared_ptr<Inner> inner_;
};

}  // namespace symphony::sdk
