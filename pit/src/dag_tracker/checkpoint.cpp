#include "dag_tracker/checkpoint.h"

#include <bit>
#include <concepts>
#include <cstring>

namespace symphony::pit::dag {

namespace {

using ipc::Error;
using ipc::ErrorCode;

// Numbers are little-endian. "SDAG", version; state, revision, age, reference; then four lists, each with its length:
// nodes (name, duration, executing for, state, failures, attempts), edges (from, to, kind), outputs (name, node), given
// (name). A name is its length in 16 bits and its bytes.
constexpr std::string_view magic = "SDAG";
constexpr std::uint8_t graph_states = 4;
constexpr std::uint8_t dependency_kinds = 3;
static_assert(std::endian::native == std::endian::little);

class Writer {
 public:
  template <std::integral T>
  void number(T value) {
    std::array<char, sizeof(T)> bytes{};
    std::memcpy(bytes.data(), &value, sizeof value);
    bytes_.append(bytes.data(), bytes.size());
  }
  void name(std::string_view text) {
    number(static_cast<std::uint16_t>(text.size()));
    bytes_.append(text);
  }
  void raw(std::string_view text) { bytes_.append(text); }
  void reserve(std::size_t size) { bytes_.reserve(size); }
  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  template <std::integral T>
  bool number(T& value) {
    if (bytes_.size() < sizeof value) return false;
    std::memcpy(&value, bytes_.data(), sizeof value);
    bytes_.remove_prefix(sizeof value);
    return true;
  }
  /// One of the first `count` values of an enumeration.
  template <class Enum>
  bool one_of(Enum& value, std::uint8_t count) {
    std::uint8_t read = 0;
    if (!number(read) || read >= count) return false;
    value = static_cast<Enum>(read);
    return true;
  }
  /// Of a list whose items have at least `item_bytes`: no more than are there.
  bool count(std::uint32_t& value, std::size_t item_bytes) {
    return number(value) && value <= bytes_.size() / item_bytes;
  }
  bool name(std::string_view& text) {
    std::uint16_t size = 0;
    if (!number(size) || bytes_.size() < size) return false;
    text = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return true;
  }
  bool at_end() const noexcept { return bytes_.empty(); }

 private:
  std::string_view bytes_;
};

constexpr std::size_t node_bytes = 2 + 8 + 8 + 3;
constexpr std::size_t edge_bytes = 4 + 4 + 1;
constexpr std::size_t output_bytes = 2 + 4;
constexpr std::size_t given_bytes = 2;

bool read(Reader& in, TaskGraph::Saved& saved) {
  std::uint32_t count = 0;
  GraphShape::Parts parts;
  if (!in.one_of(saved.state, graph_states) || !in.number(saved.revision) || !in.number(saved.age) ||
      !in.number(saved.reference) || !in.count(count, node_bytes)) {
    return false;
  }
  parts.names.resize(count);
  saved.nodes.resize(count);
  for (std::uint32_t at = 0; at < count; ++at) {
    TaskGraph::Saved::Node& node = saved.nodes[at];
    if (!in.name(parts.names[at]) || !in.number(node.duration) || !in.number(node.executing_for) ||
        !in.one_of(node.state, node_states) || !in.number(node.failures) || !in.number(node.attempts)) {
      return false;
    }
  }
  if (!in.count(count, edge_bytes)) return false;
  parts.edges.resize(count);
  for (Edge& edge : parts.edges) {
    if (!in.number(edge.from) || !in.number(edge.to) || !in.one_of(edge.kind, dependency_kinds)) return false;
  }
  if (!in.count(count, output_bytes)) return false;
  parts.outputs.resize(count);
  for (auto& [output, node] : parts.outputs) {
    if (!in.name(output) || !in.number(node)) return false;
  }
  if (!in.count(count, given_bytes)) return false;
  parts.given.resize(count);
  for (std::string_view& input : parts.given) {
    if (!in.name(input)) return false;
  }
  return in.at_end() && saved.shape.assemble(parts);
}

}  // namespace

std::string encode(const TaskGraph::Saved& saved) {
  constexpr std::size_t usual_name = 16;
  const GraphShape& shape = saved.shape;
  Writer out;
  out.reserve(64 + shape.size() * (node_bytes + usual_name) + shape.edge_count() * edge_bytes);
  out.raw(magic);
  out.number(checkpoint_version);
  out.number(static_cast<std::uint8_t>(saved.state));
  out.number(saved.revision);
  out.number(saved.age);
  out.number(saved.reference);
  out.number(shape.size());
  for (NodeIndex node = 0; node < shape.size(); ++node) {
    const TaskGraph::Saved::Node& kept = saved.nodes[node];
    out.name(shape.name(node));
    out.number(kept.duration);
    out.number(kept.executing_for);
    out.number(static_cast<std::uint8_t>(kept.state));
    out.number(kept.failures);
    out.number(kept.attempts);
  }
  out.number(static_cast<std::uint32_t>(shape.edge_count()));
  for (std::size_t number = 0; number < shape.edge_count(); ++number) {
    const Edge& edge = shape.edge(number);
    out.number(edge.from);
    out.number(edge.to);
    out.number(static_cast<std::uint8_t>(edge.kind));
  }
  out.number(shape.outputs().size());
  for (std::uint32_t output = 0; output < shape.outputs().size(); ++output) {
    out.name(shape.outputs().name(output));
    out.number(shape.giver(output));
  }
  out.number(shape.given().size());
  for (std::uint32_t input = 0; input < shape.given().size(); ++input)
    out.name(shape.given().name(input));
  return out.take();
}

ipc::Result<TaskGraph::Saved> decode(std::string_view bytes) {
  const Error corrupted{ErrorCode::data_corrupted, "What was kept of the graph is damaged.", nullptr};
  std::uint32_t version = 0;
  if (!bytes.starts_with(magic)) return corrupted;
  Reader in(bytes.substr(magic.size()));
  if (!in.number(version) || version == 0) return corrupted;
  if (version > checkpoint_version) {
    return Error{ErrorCode::version_mismatch,
                 "The graph was kept by a newer Symphony (version " + std::to_string(version) + ", this one knows " +
                     std::to_string(checkpoint_version) + ").",
                 {{"version", version}, {"known", checkpoint_version}}};
  }
  TaskGraph::Saved saved;
  if (!read(in, saved)) return corrupted;
  return saved;
}

}  // namespace symphony::pit::dag
