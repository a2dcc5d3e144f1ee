"""`python3 -m training`, which is what `./dev train` runs."""

from __future__ import annotations

import os

# Read by OpenBLAS when NumPy is loaded. More threads would make sums depend on the machine.
os.environ["OPENBLAS_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = "1"

import sys  # noqa: E402

from .command import main  # noqa: E402

sys.exit(main(sys.argv[1:]))
