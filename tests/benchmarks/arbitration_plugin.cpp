// The Arbitration Engine in a shared object, for what that costs.

#include <symphony/pit/plugin.h>

#include "arbitration_engine/arbitration_engine.h"

SYMPHONY_PIT_PLUGIN(symphony::pit::ArbitrationEngine)
