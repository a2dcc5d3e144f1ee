#include <symphony/pit/plugin.h>

#include "with_clock.h"

SYMPHONY_PIT_PLUGIN(symphony::pit::tests::WithClock)
