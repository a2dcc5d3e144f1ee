"""Runs clang-tidy over the given sources, and over every source that includes one of the given headers.

A file that was clean is not looked at again until it, something it includes, or the configuration changed: ninja
knows what each object was made from, and a stamp beside the build remembers when it was last clean.
"""

from __future__ import annotations

import concurrent.futures
import hashlib
import json
import os
import shlex
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Flags of GCC that clang does not know.
EXTRA_ARGUMENTS = ("--extra-arg=-Wno-unknown-warning-option", "--extra-arg=-Wno-unused-command-line-argument")


def dependencies(build: Path) -> dict[str, list[Path]]:
    """For each object, relative to the build folder, the project's own files it was compiled from."""
    listing = subprocess.run(["ninja", "-C", str(build), "-t", "deps"], capture_output=True, text=True, check=True)
    found: dict[str, list[Path]] = {}
    current: list[Path] = []
    for line in listing.stdout.splitlines():
        if line and not line[0].isspace() and ": #deps" in line:
            current = found.setdefault(line.split(": #deps")[0], [])
        elif line.startswith("    "):
            path = Path(os.path.normpath(build / line.strip()))
            if path.is_relative_to(ROOT):
                current.append(path)
    return found


def output_of(command: str) -> str:
    words = shlex.split(command)
    return words[words.index("-o") + 1]


def is_clean(stamp: Path, command: str, inputs: list[Path]) -> bool:
    if not stamp.exists() or stamp.read_text() != command:
        return False
    cleaned = stamp.stat().st_mtime
    return all(path.exists() and path.stat().st_mtime < cleaned for path in inputs)


def check(build: Path, source: Path) -> str:
    """The findings in one source, empty when there are none."""
    result = subprocess.run(
        ["clang-tidy", "--quiet", "-p", str(build), *EXTRA_ARGUMENTS, str(source)], capture_output=True, text=True
    )
    return "" if result.returncode == 0 else result.stdout + result.stderr


def main(build_folder: str, *names: str) -> int:
    build = Path(build_folder).resolve()
    wanted = {ROOT / name for name in names}
    stamps = build / "clang-tidy"
    stamps.mkdir(exist_ok=True)
    objects = dependencies(build)
    configuration = ROOT / ".clang-tidy"

    todo: dict[Path, tuple[Path, str]] = {}
    for entry in json.loads((build / "compile_commands.json").read_text()):
        source = Path(entry["file"])
        if not source.is_relative_to(ROOT) or source.is_relative_to(ROOT / "build"):
            continue  # generated
        inputs = [*objects.get(output_of(entry["command"]), []), source, configuration]
        stamp = stamps / hashlib.sha256(str(source).encode()).hexdigest()
        if wanted.intersection(inputs) and not is_clean(stamp, entry["command"], inputs):
            todo[source] = (stamp, entry["command"])

    failed = 0
    started = time.time()
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        running = {pool.submit(check, build, source): source for source in sorted(todo)}
        for done in concurrent.futures.as_completed(running):
            source = running[done]
            stamp, command = todo[source]
            if findings := done.result():
                failed += 1
                stamp.unlink(missing_ok=True)
                print(findings, flush=True)
            else:
                stamp.write_text(command)
                os.utime(stamp, (started, started))  # an edit made meanwhile is newer than the stamp
    print(f"clang-tidy: {len(todo)} files looked at, {failed} with findings")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
