"""`python3 -m function_quest`: the same as `symphony quest`."""

import sys

from .command import main

sys.exit(main(sys.argv[1:]))
