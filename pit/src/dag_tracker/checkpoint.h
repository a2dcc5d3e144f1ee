#pragma once
// A graph as bytes: for its checkpoint, and for the snapshot of them all.

#include <string>
#include <string_view>

#include <symphony/ipc/error.h>

#include "dag_tracker/task_graph.h"

namespace symphony::pit::dag {

/// Of the bytes; a newer one cannot be read.
inline constexpr std::uint32_t checkpoint_version = 1;

std::string encode(const TaskGraph::Saved& saved);
/// Reads any bytes. Errors: version_mismatch for those of a newer program, data_corrupted.
ipc::Result<TaskGraph::Saved> decode(std::string_view bytes);

}  // namespace symphony::pit::dag
