"""What a level may hold. A level is a file anybody can send: each count and length it brings is bounded here."""

from __future__ import annotations

FILE_BYTES = 16 * 1024 * 1024
INSTANCE_FILE_BYTES = 512 * 1024 * 1024  # unpacked; the whole of a collection of real workflows
NAME_CHARACTERS = 200
TEXT_CHARACTERS = 8_000
ARTIFACTS = 20_000
FUNCTIONS = 10_000
INPUTS = 4_000  # of one function: a real workflow's last step collects thousands of files
PROVIDERS = 16  # of one function
EXTENSIONS = 200
INSTANCES = 64  # of one extension
MELODIES = 64
DRIFTS = 256
STORY_FUNCTIONS = 64
PARAMETERS = 8
PARAMETER_VALUES = 64
STORY_CALLS = 1_024  # different calls a story allows, with all their arguments
FACTS = 64  # that one function of a story asks for or brings about

SECONDS = 1e9  # work, deadlines, cold starts
PRICE = 1e9
SPEED = (1e-6, 1e6)
SIGMA = 3.0
WEIGHT = (1e-6, 1e6)
PREFERENCE = 100.0
MEMORY = 1e9
POINTS = 1_000_000
SEED = 2**63 - 1

CALLS = 10_000  # in one solution of a story
CALL_CHARACTERS = 2_000
DECISIONS_A_FUNCTION = 200  # an episode that needs more than this times its functions is cut short
