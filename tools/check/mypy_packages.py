"""Type-checks all Python: the packages together, then each folder of scripts and tests by itself.

Folders of tests have files of the same name (conftest.py), which one run of mypy cannot tell apart.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Where each package of ours is found; pyproject.toml says the same to editors.
PACKAGES = {
    "conductor": "conductor",
    "function_quest": "conductor",
    "training": "conductor",
    "orchestra_kit": "extensions/kit",
}
SEARCH_PATH = ("conductor", "extensions/kit", "bridge/python", "tools/interfaces")


def script_folders() -> dict[str, list[str]]:
    listing = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "--cached", "--others", "--exclude-standard", "*.py"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    folders: dict[str, list[str]] = defaultdict(list)
    for name in listing.stdout.splitlines():
        if name.startswith(("tests/", "tools/")) and (ROOT / name).exists():
            folders[str(Path(name).parent)].append(name)
    return folders


def check(arguments: list[str], search_path: tuple[str, ...]) -> bool:
    environment = {**os.environ, "MYPYPATH": os.pathsep.join(str(ROOT / folder) for folder in search_path)}
    command = ["mypy", "--strict", "--python-executable", "/usr/bin/python3", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment).returncode == 0


def main() -> int:
    present = [package for package, folder in PACKAGES.items() if (ROOT / folder / package / "__init__.py").exists()]
    results = [check([argument for package in present for argument in ("-p", package)], SEARCH_PATH)]
    for folder, names in sorted(script_folders().items()):
        results.append(check(names, (*SEARCH_PATH, folder)))
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
