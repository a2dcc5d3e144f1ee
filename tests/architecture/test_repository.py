"""What is committed works on any machine: no registry, no folder of one machine, nothing generated."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# Other people's words, and the patterns themselves.
EXEMPT = {"LICENSE", "tests/architecture/test_repository.py"}
# A registry or mirror named in a file would send every user to it; who needs one has it in his own configuration.
REGISTRY = re.compile(
    r"https?://[\w.-]*(registry|artifact|nexus|verdaccio|pypi|mirror|proxy)[\w.-]*[:/]"
    r"|^\s*(//[\w.-]+/:_authToken|(@[\w-]+:)?registry|index-url|extra-index-url)\s*=",
    re.MULTILINE | re.IGNORECASE,
)
HOME = re.compile(r"(?<![\w.}/$-])/(home/|Users/|root/\.)[A-Za-z0-9_.-]+")
# Of nobody's machine: examples and tests may write these.
HOME_EXAMPLES = re.compile(r"/(home|Users)/(me|you|user|ada|alice|ann|somebody)\b")


def committed_files() -> list[str]:
    listing = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True
    )
    return [name for name in listing.stdout.decode().split("\0") if name and (ROOT / name).is_file()]


def committed_text() -> list[tuple[str, str]]:
    texts = []
    for name in committed_files():
        data = (ROOT / name).read_bytes()
        if b"\0" not in data and name not in EXEMPT:
            texts.append((name, data.decode("utf-8", errors="replace")))
    return texts


if not (ROOT / ".git").exists():
    pytest.skip("not a git checkout: there is no commit to look at", allow_module_level=True)


def test_no_registry_is_named() -> None:
    found = [f"{name}: {match.group(0)}" for name, text in committed_text() for match in REGISTRY.finditer(text)]
    assert not found, "\n".join(found)


def test_no_folder_of_one_machine_is_named() -> None:
    # The folder of this very checkout is what slips in most easily.
    # (A checkout directly under / has too common a name to look for.)
    here = re.compile(r"(?<![\w.}-])" + re.escape(str(ROOT)) + r"(?![\w-])" if len(ROOT.parts) > 2 else r"(?!)")
    found = []
    for name, text in committed_text():
        found += [f"{name}: {match.group(0)}" for match in here.finditer(text)]
        found += [f"{name}: {match.group(0)}" for match in HOME.finditer(HOME_EXAMPLES.sub("", text))]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("name", [name for name in committed_files() if name.endswith("package-lock.json")])
def test_lock_files_carry_no_download_address(name: str) -> None:
    packages = json.loads((ROOT / name).read_text())["packages"]
    assert len(packages) > 1
    with_address = [path for path, package in packages.items() if "resolved" in package]
    assert not with_address, f"{name}: set omit-lockfile-registry-resolved in its .npmrc ({with_address[:3]})"
    # Optional ones of other systems are never fetched here; npm may know no digest of them.
    without_digest = [
        path
        for path, package in packages.items()
        if path
        and not package.get("link")
        and "integrity" not in package
        and not package.get("inBundle")
        and not package.get("optional")
    ]
    assert not without_digest, f"{name}: nothing proves these are what was locked: {without_digest[:3]}"


def test_nothing_generated_is_committed() -> None:
    generated = re.compile(r"(^|/)(build|node_modules|__pycache__|dist|\.tools|\.mypy_cache)/|\.(o|a|so|pyc|orig|rej)$")
    found = [name for name in committed_files() if generated.search(name)]
    assert not found, "\n".join(found)


def test_no_committed_file_is_large() -> None:
    large = [name for name in committed_files() if (ROOT / name).stat().st_size > 1024 * 1024]
    assert not large, f"over 1 MiB: {large}"


def test_the_patterns_find_what_they_are_for() -> None:
    assert REGISTRY.search('"resolved": "https://registry.example.org/a.tgz"')
    assert REGISTRY.search("registry=anything")
    assert not REGISTRY.search("https://www.w3.org/2000/svg")
    assert HOME.search('"/home/someone/project"')
    assert not HOME.search("${HOME}/home/x")
