"""A source tree for benchmarks: the same bytes for the same arguments, on every machine.

Words follow Zipf's law over a fixed vocabulary of identifiers, lines have the lengths and indentation of source code,
and a rare word stands in a known number of files, so that a search has something to find.
"""

from __future__ import annotations

import random
from itertools import accumulate
from pathlib import Path

NEEDLE = "quartz_lantern"
NEEDLE_EVERY = 500  # files
_SUFFIXES = (".cpp", ".h", ".py", ".ts", ".md")
_SYLLABLES = (
    "al an ar be co da de el en er fi ga ha in is ka la le li lo ma me mi na ne no on or pa ra re ri ro sa se".split()
)


def _vocabulary(generator: random.Random, size: int) -> list[str]:
    words: set[str] = set()
    while len(words) < size:
        parts = [
            "".join(generator.choices(_SYLLABLES, k=generator.randint(1, 3))) for _ in range(generator.randint(1, 3))
        ]
        words.add("_".join(parts))
    return sorted(words)


def _text(generator: random.Random, words: list[str], weights: list[float], size: int) -> str:
    lines: list[str] = []
    written = 0
    while written < size:
        chosen = generator.choices(words, cum_weights=weights, k=generator.randint(2, 9))
        line = " " * (4 * generator.randint(0, 3)) + f"{chosen[0]}({', '.join(chosen[1:])});"
        lines.append(line)
        written += len(line) + 1
    return "\n".join(lines) + "\n"


def create(folder: Path, files: int = 10_000, total_bytes: int = 100_000_000, seed: int = 1) -> None:
    """Fills `folder` (created; reused when a finished corpus of the same shape is there)."""
    stamp = folder.with_name(folder.name + ".stamp")
    shape = f"{files} {total_bytes} {seed} 1"
    if stamp.exists() and stamp.read_text() == shape:
        return
    generator = random.Random(seed)
    words = _vocabulary(generator, 20_000)
    generator.shuffle(words)
    weights = list(accumulate(1.0 / (rank + 3) for rank in range(len(words))))
    # The text is drawn once and cut in pieces: drawing 100 MB word by word would take minutes and show nothing more.
    pool = _text(generator, words, weights, 4_000_000)
    each = total_bytes // files
    for number in range(files):
        directory = folder / f"module_{number % 97:02}" / f"part_{number // 97 % 11:02}"
        directory.mkdir(parents=True, exist_ok=True)
        size = max(200, int(generator.expovariate(1.0 / each)))
        size = min(size, 20 * each)
        pieces: list[str] = []
        left = size
        while left > 0:
            begin = pool.find("\n", generator.randrange(len(pool) - 20_000)) + 1
            end = begin + min(left, 15_000)
            pieces.append(pool[begin:end])
            left -= end - begin
        if number % NEEDLE_EVERY == 7:
            pieces.append(f"\n    {NEEDLE}({number});\n")
        pieces.append(f"\n// unit {number}\n")
        (directory / f"unit_{number:05}{_SUFFIXES[number % len(_SUFFIXES)]}").write_text("".join(pieces))
    stamp.write_text(shape)
