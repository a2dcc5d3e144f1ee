"""`one_start.py KIND PHASE PLACE ARGUMENT...`: `python3 -m conductor ARGUMENT...` with a fault in one of its phases."""

from __future__ import annotations

import resource
import sys
from typing import cast

from conductor.__main__ import main
from faults import Fault, Kind, Place, faulty_sequence

if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    fault = Fault(cast(Kind, sys.argv[1]), sys.argv[2], cast(Place, sys.argv[3]))
    sys.exit(main(sys.argv[4:], sequence_of=lambda settings, report: faulty_sequence(settings, report, fault, [])))
