#pragma once
// No process of an extension outlives it, and none outlives the host, however it hides: a warden stays behind as their
// ancestor. It adopts whatever loses its parent (PR_SET_CHILD_SUBREAPER, prctl(2)) and ends it when its time has come.

#include <sys/types.h>

namespace symphony::launcher {

/// Forks: returns in the child, which becomes the extension: in a session of its own, ended when the warden is, its
/// process id written to `identity_descriptor`. The caller stays as the warden, whose exit status or signal is the
/// child's, and which ends only after every process of the tree has. SIGTERM is handed on to the child's group;
/// sandbox::end_tree_signal ends the tree, and so does the end of the host, also of a warden that was stopped. Returns
/// a sentence when it cannot, with errno.
const char* leave_warden(pid_t parent, int identity_descriptor);

}  // namespace symphony::launcher
