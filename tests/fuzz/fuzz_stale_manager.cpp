// Any bytes as messages to the Stale Manager and the store behind it, one a line, and as a saved state.

#include <symphony/ipc/interface.h>
#include <symphony/ipc/payload.h>

#include "artifact_store/artifact_store.h"
#include "fuzz_target.h"
#include "stale_manager/stale_manager.h"

using namespace symphony::pit;
using nlohmann::json;
using symphony::fuzz::require;

namespace {

/// In memory: its directory cannot be made.
ArtifactStore& store() {
  static ArtifactStore made;
  static const bool ready = made.init({{"data_directory", "/dev/null/none"}}).has_value();
  require(ready, "init");
  return made;
}

void handle(Module& module, const std::string& method, const json& params) {
  const auto interface = symphony::ipc::Interface::built_in(module.id());
  // A module must stand what the bus would have refused as well.
  const auto answer = module.handle_message({method, params, {}});
  if (answer) {
    require(interface->check_result(method, *answer).has_value(), "an answer is as promised");
  } else {
    require(answer.error().code != symphony::ipc::ErrorCode::internal_error, "nothing fails inside");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view left(reinterpret_cast<const char*>(data), size);
  StaleManager manager([](std::string_view method, const json& params) {
    return store().handle_message({method, params, {}});
  });
  while (!left.empty()) {
    const std::size_t end = std::min(left.find('\n'), left.size());
    const auto message = symphony::ipc::decode_document(symphony::ipc::BodyFormat::json, left.substr(0, end));
    left.remove_prefix(std::min(end + 1, left.size()));
    if (!message || !message->is_object()) continue;
    if (!message->contains("method") || !(*message)["method"].is_string()) {
      const json before = manager.snapshot().value();
      if (!manager.restore(*message)) require(manager.snapshot().value() == before, "a refused state changes nothing");
      continue;
    }
    const auto method = (*message)["method"].get<std::string>();
    const json params = message->value("params", json::object());
    if (method.starts_with("stale.")) {
      handle(manager, method, params);
    } else if (method.starts_with("artifact.") || method.starts_with("store.")) {
      handle(store(), method, params);
    }
  }
  const json state = manager.snapshot().value();
  StaleManager other(nullptr);
  const auto restored = other.restore(state);
  if (!restored) std::fprintf(stderr, "%s\n%s\n", restored.error().message.c_str(), state.dump().c_str());
  require(restored.has_value(), "a snapshot can be restored");
  require(other.snapshot().value() == state, "and is the same then");
  return 0;
}

std::vector<std::string> symphony::fuzz::seeds() {
  return {
      R"({"method":"artifact.put","params":{"name":"a","content":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","tags":["t"],"quality":0.5}}
{"method":"artifact.put","params":{"name":"b","content":"b","parents":[{"name":"a","version":1}]}}
{"method":"stale.set_policy","params":{"policy":{"id":"p","goal":"deleted","larger_than":0,"keep_newest":0,"keep_tags":["k"]}}}
{"method":"stale.evaluate","params":{"limit":5}}
{"method":"stale.plan","params":{"plan":"x","slice_ms":1}}
{"method":"stale.execute","params":{"plan":"x","items":3}}
{"method":"stale.undo","params":{"plan":"x"}}
{"method":"stale.report"}
{"method":"stale.purge","params":{"undo_ms":0,"limit":9}})",
      R"({"method":"artifact.describe","params":{"name":"a"}}
{"method":"artifact.annotate","params":{"name":"a","add_tags":["x"],"remove_tags":["t"],"quality":1}}
{"method":"artifact.pin","params":{"name":"a","holder":"h"}}
{"method":"artifact.unpin","params":{"name":"a","holder":"h"}}
{"method":"artifact.lineage","params":{"name":"b","direction":"children","depth":3,"limit":2}}
{"method":"store.contents","params":{"after":"","limit":3}}
{"method":"store.check","params":{"repair":true,"limit":2}}
{"method":"store.delete","params":{"name":"a","version":1,"unused_since":0,"batch":"q"}}
{"method":"store.undo","params":{"batch":"q","limit":1}}
{"method":"store.usage"})",
      R"({"method":"artifact.put_begin","params":{"name":"u","tags":["t"],"parents":[{"name":"a","version":1}],"quality":1}}
{"method":"artifact.put_piece","params":{"upload":1,"offset":0,"content":"YWJj","encoding":"base64"}}
{"method":"artifact.put_piece","params":{"upload":1,"offset":3,"content":"abc"}}
{"method":"artifact.put_piece","params":{"upload":1,"offset":18446744073709551615,"content":""}}
{"method":"artifact.put_commit","params":{"upload":1,"hash":"bef57ec7f53a6d40beb640a780a639c83bc29ac8a9816f1fc6c5c6dcd93c4721"}}
{"method":"artifact.put_commit","params":{"upload":1}}
{"method":"artifact.put_abort","params":{"upload":1}}
{"method":"artifact.read","params":{"hash":"bef57ec7f53a6d40beb640a780a639c83bc29ac8a9816f1fc6c5c6dcd93c4721","offset":2,"length":3}}
{"method":"store.holder_gone","params":{"holder":"","instance":"i"}})",
      R"({"version":1,"policies":[{"id":"p","goal":"archived","unused_ms":5}],"plans":[{"plan":"x","state":2,"created_ms":5,"after":"","examined":1,"truncated":false,"next":0,"done":0,"skipped":0,"failed":0,"saved_bytes":0,"used_before":null,"used_after":null,"reasons":[],"items":[["ab",1,5,[]]]}]})"};
}
