#pragma once
// The launcher starts itself again inside bubblewrap, where it applies the rest of the profile.

#include <symphony/sandbox/restrict.h>

namespace symphony::launcher {

/// Returns only when bubblewrap could not be executed. `command`: what to become inside, ended by null.
sandbox::Failure execute_inside(const sandbox::ProfileView& profile, char* const* command, char* const* environment);

}  // namespace symphony::launcher
