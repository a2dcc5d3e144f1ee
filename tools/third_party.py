"""Writes docs/third_party.md: everything Symphony ships or links that others wrote, with its licence.

The facts come from the lock file of ui/ and from the copyright files Debian installs with each package, so the list
cannot say anything the sources do not. `--check` compares instead of writing (a test does).
"""

from __future__ import annotations

import json
import re
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
DOCUMENT = ROOT / "docs" / "third_party.md"
PACKAGE_LIST = ROOT / "packaging" / "debian-packages.txt"
# Header-only: compiled into our programs, so their licence travels with them.
COMPILED_IN = ("libboost1.81-dev", "nlohmann-json3-dev", "pybind11-dev")
# Headings of copyright files which are prose instead of a licence's name.
LONGEST_LICENCE_NAME = 48

HEAD = """# Third-party software

Symphony itself is under the Apache License 2.0 (`LICENSE`). It stands on the following; the list is written by
`tools/third_party.py` from the lock file of `ui/` and from the copyright files of the Debian packages, and a test fails
when it is out of date.

Qt and QtWebEngine are used under the LGPL, dynamically linked: the shared libraries of the system, which anyone may
replace. Nothing here is modified.
"""


def run_packages() -> list[str]:
    section = PACKAGE_LIST.read_text().split("[run]\n", 1)[1].split("\n[", 1)[0]
    return [line for line in section.splitlines() if line and not line.startswith("#")]


def licences_of(package: str) -> tuple[str, list[str]]:
    """The licence of the package as a whole, and those of parts of it."""
    path = Path("/usr/share/doc") / package / "copyright"
    if not path.exists():
        raise SystemExit(f"{package} is not installed: ./dev build installs it")
    whole = ""
    parts: set[str] = set()
    for stanza in re.split(r"\n\s*\n", path.read_text(errors="replace")):
        fields = dict(re.findall(r"^(Files|License):[ \t]*(.*)$", stanza, re.MULTILINE))
        name = " ".join(fields.get("License", "").split()).rstrip(",")
        if not 0 < len(name) <= LONGEST_LICENCE_NAME:
            continue
        if fields.get("Files", "").strip() == "*":
            whole = name
        elif "Files" in fields:
            parts.add(name)
    return whole, sorted(parts - {whole}, key=str.lower)


def debian_table(packages: list[str]) -> list[str]:
    # Packages built from one source have the same copyright file: one line for them all.
    rows: dict[tuple[str, tuple[str, ...]], list[str]] = defaultdict(list)
    for package in packages:
        whole, parts = licences_of(package)
        rows[whole or f"see `/usr/share/doc/{package}/copyright`", tuple(parts)].append(package)
    lines = ["| Debian packages | licence | parts of them also under |", "|---|---|---|"]
    lines += [f"| {', '.join(names)} | {whole} | {', '.join(parts) or '–'} |" for (whole, parts), names in rows.items()]
    return lines


def npm_packages() -> dict[bool, dict[str, set[str]]]:
    """development? -> licence -> names with version."""
    lock: dict[str, Any] = json.loads((ROOT / "ui" / "package-lock.json").read_text())
    found: dict[bool, dict[str, set[str]]] = {False: defaultdict(set), True: defaultdict(set)}
    for path, package in lock["packages"].items():
        if path:
            name = path.rpartition("node_modules/")[2]
            licence = package.get("license")
            if not licence:
                raise SystemExit(f"ui/package-lock.json names no licence for {name}: find out before shipping it")
            found[bool(package.get("dev"))][licence].add(f"{name} {package['version']}")
    return found


def npm_table(by_licence: dict[str, set[str]]) -> list[str]:
    lines = ["| licence | packages |", "|---|---|"]
    lines += [f"| {licence} | {', '.join(sorted(by_licence[licence]))} |" for licence in sorted(by_licence)]
    return lines


def document() -> str:
    npm = npm_packages()
    sections = [
        ("Run beside Symphony", debian_table(run_packages())),
        ("Compiled into Symphony's programs (header-only)", debian_table(list(COMPILED_IN))),
        ("Bundled into the user interface (npm)", npm_table(npm[False])),
        ("Used to build and test the user interface, not shipped (npm)", npm_table(npm[True])),
    ]
    return HEAD + "".join(f"\n## {title}\n" + "\n".join(lines) + "\n" for title, lines in sections)


def main(arguments: list[str]) -> int:
    text = document()
    if "--check" in arguments:
        if not DOCUMENT.exists() or DOCUMENT.read_text() != text:
            print("docs/third_party.md is out of date: run tools/third_party.py", file=sys.stderr)
            return 1
        return 0
    DOCUMENT.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
