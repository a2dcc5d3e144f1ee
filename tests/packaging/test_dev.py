"""./dev: what it says and refuses before it installs or builds anything."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PLAIN = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/nonexistent", "LANG": "C.UTF-8"}


def dev(
    *arguments: str, cwd: str | Path = "/", door: Path | None = None, **more: str
) -> subprocess.CompletedProcess[str]:
    command = [str(door or ROOT / "dev"), *arguments]
    return subprocess.run(command, cwd=cwd, env={**PLAIN, **more}, capture_output=True, text=True, timeout=60)


def shell(script: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Runs a script with the pieces of ./dev loaded."""
    pieces = "".join(f'source "$ROOT/tools/dev/{piece}.sh"\n' for piece in ("console", "packages", "node"))
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", pieces + script],
        env={**PLAIN, "ROOT": str(ROOT), **more},
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_without_a_command_it_names_them_all() -> None:
    result = dev()
    assert result.returncode == 0
    for command in ("run", "test", "build", "bench", "check", "doctor"):
        assert f"\n  {command} " in result.stdout


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["frobnicate"], "no command 'frobnicate'"),
        (["build", "fastest"], "no preset 'fastest'"),
        (["build", "release", "debug"], "one preset"),
        (["test", "--frob"], "no option '--frob'"),
        (["test", "a", "b"], "one name"),
        (["test", "--sanitizer=msan"], "no option '--sanitizer=msan'"),
        (["bench", "--frob"], "no option '--frob'"),
        (["check", "--frob"], "no option '--frob'"),
    ],
)
def test_wrong_use_is_refused_with_exit_code_2(arguments: list[str], complaint: str) -> None:
    result = dev(*arguments)
    assert result.returncode == 2
    assert complaint in result.stderr


def test_without_a_display_run_says_what_works_instead() -> None:
    result = dev("run", "/tmp")
    assert result.returncode == 1
    assert "no display" in result.stderr
    assert "./dev run --offscreen --screenshot FILE" in result.stderr
    assert result.stdout == ""


def test_it_works_through_a_link_and_from_any_folder(tmp_path: Path) -> None:
    door = tmp_path / "a link to dev"
    door.symlink_to(ROOT / "dev")
    result = dev("run", cwd=tmp_path, door=door)
    assert "no display" in result.stderr


def test_the_package_list_has_no_package_twice_in_a_section() -> None:
    for section in ("run", "wayland", "build", "node", "test", "bench", "fuzz", "check"):
        names = shell(f"packages_of {section}").stdout.split()
        assert names, section
        assert len(names) == len(set(names)), section
        assert names == sorted(names), section


def test_a_missing_package_is_seen(tmp_path: Path) -> None:
    (tmp_path / "packaging").mkdir()
    (tmp_path / "packaging/debian-packages.txt").write_text("[run]\nbash\nsymphony-has-no-such-package\n")
    pieces = f"source '{ROOT}/tools/dev/packages.sh'\nmissing_packages run"
    result = subprocess.run(
        ["bash", "-c", pieces], env={**PLAIN, "ROOT": str(tmp_path)}, capture_output=True, text=True, check=True
    )
    assert result.stdout.split() == ["symphony-has-no-such-package"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become the user without sudo")
def test_without_root_and_sudo_it_says_what_an_administrator_should_install(tmp_path: Path) -> None:
    (tmp_path / "packaging").mkdir()
    (tmp_path / "packaging/debian-packages.txt").write_text("[run]\nsymphony-has-no-such-package\n")
    tools = tmp_path / "bin"
    tools.mkdir()
    for tool in ("awk", "bash", "dpkg-query"):
        (tools / tool).symlink_to(f"/usr/bin/{tool}")
    # A copy: the checkout may be where only its owner looks.
    shutil.copytree(ROOT / "tools/dev", tmp_path / "dev")
    for folder in (tmp_path, *tmp_path.parents[:2]):
        folder.chmod(0o755)
    script = f"ROOT='{tmp_path}'; source '{tmp_path}/dev/console.sh'; source '{tmp_path}/dev/packages.sh'\n"
    result = subprocess.run(
        ["/usr/bin/setpriv", "--reuid=65534", "--clear-groups", "/usr/bin/bash", "-c", script + "install_packages run"],
        env={"PATH": str(tools)},
        cwd="/",
        capture_output=True,
        text=True,
    )
    assert result.returncode == 1
    assert "apt-get install --no-install-recommends symphony-has-no-such-package" in result.stderr


@pytest.mark.parametrize(
    ("node", "npm", "recent"),
    [
        ("v18.20.4", "9.2.0", False),
        ("v20.18.0", "10.8.0", False),
        ("v20.19.0", "10.8.0", True),
        ("v20.19.0", "9.2.0", False),
        ("v21.7.0", "10.8.0", False),
        ("v22.11.0", "10.8.0", False),
        ("v22.12.0", "10.8.0", True),
        ("v24.1.0", "11.0.0", True),
    ],
)
def test_which_node_is_recent_enough(tmp_path: Path, node: str, npm: str, recent: bool) -> None:
    for name, version in (("node", node), ("npm", npm)):
        (tmp_path / name).write_text(f"#!/bin/sh\necho {version}\n")
        (tmp_path / name).chmod(0o755)
    path = f"{tmp_path}:{PLAIN['PATH']}"
    result = shell(f"ROOT='{tmp_path}'\nnode_on_path_is_recent", PATH=path)
    assert (result.returncode == 0) is recent, result.stderr
    # The answer is remembered for these very files, and a refusal is not.
    assert (tmp_path / "build/.node-on-path").exists() is recent


def test_results_of_benchmarks_become_a_table() -> None:
    lines = """{"name":"a","value":1.25,"unit":"ms","goal":2,"holds":true}
noise
{"name":"b","value":9000,"unit":"us","goal":null,"holds":false,"ratio_to":"rg"}
"""
    command = ["/usr/bin/python3", str(ROOT / "tools/dev/bench_table.py")]
    result = subprocess.run(command, input=lines, capture_output=True, text=True, check=True)
    rows = [line.split() for line in result.stdout.splitlines()]
    assert rows[1] == ["a", "1.25", "ms", "2", "yes"]
    assert rows[2] == ["b", "9,000", "×", "rg", "us", "–", "NO"]
