"""`cmake --install` gives a tree that runs from anywhere: it is installed, moved, and used where it then is."""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

BUILD = Path(os.environ["SYMPHONY_BUILD"])
SOURCE = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("installed tree")
    first, moved = folder / "first place", folder / "moved to ünïcode"
    subprocess.run(["cmake", "--install", str(BUILD), "--prefix", str(first)], check=True, capture_output=True)
    files = [str(path.relative_to(first)) for path in first.rglob("*")]
    (folder / "installed.json").write_text(json.dumps(files))
    first.rename(moved)
    return moved


def installed_files(tree: Path) -> list[str]:
    """What cmake installed; Python adds its caches when the tree is used."""
    files: list[str] = json.loads((tree.parent / "installed.json").read_text())
    return files


@pytest.fixture
def home(tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment of a user who has just been created."""
    runtime = tmp_path / "runtime"
    runtime.mkdir(mode=0o700)
    yield {
        "HOME": str(tmp_path),
        "PATH": "/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "XDG_RUNTIME_DIR": str(runtime),
        "QT_QPA_PLATFORM": "offscreen",
    }
    shutil.rmtree(runtime, ignore_errors=True)


def symphony(tree: Path, home: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(tree / "bin" / "symphony"), *arguments]
    return subprocess.run(command, env=home, cwd="/", capture_output=True, text=True, timeout=60)


def test_it_says_its_version(tree: Path, home: dict[str, str]) -> None:
    result = symphony(tree, home, "--version")
    assert result.returncode == 0, result.stderr
    assert result.stdout.lower().startswith("symphony ")


def test_it_searches(tree: Path, home: dict[str, str], tmp_path: Path) -> None:
    workspace = tmp_path / "a folder"
    workspace.mkdir()
    (workspace / "notes.txt").write_text("nothing here\nbut the marmalade is on line two\n")
    result = symphony(tree, home, "search", str(workspace), "marmalade", "--json")
    assert result.returncode == 0, result.stderr
    answer = json.loads(result.stdout)
    assert [(hit["path"], hit["line"]) for hit in answer["hits"]] == [("notes.txt", 2)]


def test_a_missing_explorer_is_named_and_not_waited_for(tree: Path, home: dict[str, str], tmp_path: Path) -> None:
    program = tree / "lib" / "symphony" / "extensions" / "file_explorer" / "file_explorer"
    away = program.rename(program.with_name("away"))
    try:
        result = symphony(tree, home, "search", str(tmp_path), "marmalade", "--json")
    finally:
        away.rename(program)
    assert result.returncode == 1
    assert result.stdout == ""
    assert "The File Explorer could not be started" in result.stderr


def test_it_paints_its_window(tree: Path, home: dict[str, str], tmp_path: Path) -> None:
    picture = tmp_path / "picture.png"
    result = symphony(tree, home, "--offscreen", "--screenshot", str(picture), str(tmp_path))
    assert result.returncode == 0, result.stderr
    assert picture.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    assert picture.stat().st_size > 10_000, "an empty picture"


def test_two_starts_at_once_share_one_window(tree: Path, home: dict[str, str], tmp_path: Path) -> None:
    folders = [tmp_path / "one", tmp_path / "two"]
    started: dict[int, tuple[subprocess.Popen[str], Path]] = {}
    for folder in folders:
        folder.mkdir()
        command = [str(tree / "bin" / "symphony"), "--offscreen", str(folder)]
        process = subprocess.Popen(command, env=home, cwd="/", stderr=subprocess.PIPE, text=True)
        started[os.pidfd_open(process.pid)] = process, folder
    try:
        ended, _, _ = select.select(list(started), [], [], 60)
        assert len(ended) == 1, "one has the window and stays, the other gives its folder to it and ends"
        second, folder = started[ended[0]]
        assert second.wait(10) == 0
        status = json.loads(symphony(tree, home, "status", "--json").stdout)
        assert status["workspace"] == str(folder)
    finally:
        for descriptor, (process, _) in started.items():
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=30)
            os.close(descriptor)
    assert all(process.returncode == 0 for process, _ in started.values())


def doctor(tree: Path, environment: dict[str, str]) -> tuple[int, dict[str, dict[str, object]]]:
    result = symphony(tree, environment, "doctor", "--json")
    rows = json.loads(result.stdout)
    assert all(set(row) == {"name", "ok", "status", "detail", "fix"} for row in rows)
    assert all(row["ok"] == (row["status"] in ("ok", "warning")) for row in rows)
    assert all(row["status"] == "ok" or row["fix"] or row["name"] == "data_directory" for row in rows)
    return result.returncode, {str(row["name"]): row for row in rows}


def test_a_missing_display_is_a_warning(tree: Path, home: dict[str, str]) -> None:
    code, rows = doctor(tree, home | {"QT_QPA_PLATFORM": ""})
    assert rows["display"]["status"] == "warning" and "--offscreen" in str(rows["display"]["fix"])
    assert rows["fonts"]["status"] == "ok"
    assert code == (0 if all(row["ok"] for row in rows.values()) else 1)


def test_no_fonts_is_said_and_no_crash(tree: Path, home: dict[str, str], tmp_path: Path) -> None:
    empty = tmp_path / "fonts.conf"
    empty.write_text(f"<fontconfig><dir>{tmp_path}</dir><cachedir>{tmp_path}/cache</cachedir></fontconfig>")
    fontless = home | {"FONTCONFIG_FILE": str(empty)}
    code, rows = doctor(tree, fontless)
    assert (code, rows["fonts"]["status"]) == (1, "failed") and "apt install" in str(rows["fonts"]["fix"])
    picture = tmp_path / "picture.png"
    result = symphony(tree, fontless, "--offscreen", "--screenshot", str(picture), str(tmp_path))
    assert result.returncode == 69 and "(fonts.missing)" in result.stderr and not picture.exists()


def test_nothing_points_back_to_where_it_was_built(tree: Path) -> None:
    found = []
    for path in tree.rglob("*"):
        if path.is_symlink():
            target = (path.parent / path.readlink()).resolve()
            if not target.is_relative_to(tree):
                found.append(f"{path.relative_to(tree)} → {target}")
        elif path.is_file():
            with path.open("rb") as file:
                is_program = file.read(4) == b"\x7fELF"
            if is_program:
                dynamic = subprocess.run(
                    ["readelf", "-d", str(path)], capture_output=True, text=True, check=True
                ).stdout
                if "RPATH" in dynamic or "RUNPATH" in dynamic:
                    paths = [line for line in dynamic.splitlines() if "PATH" in line and "$ORIGIN" not in line]
                    found += [f"{path.relative_to(tree)}: {line.strip()}" for line in paths]
            elif str(SOURCE).encode() in path.read_bytes():
                found.append(f"{path.relative_to(tree)} names {SOURCE}")
    assert not found, "\n".join(found)


def test_every_part_is_there(tree: Path) -> None:
    parts = [
        "bin/symphony",
        "lib/symphony/symphony-launcher",
        "lib/symphony/extensions/file_explorer/manifest.json",
        "lib/symphony/extensions/file_explorer/file_explorer",
        "lib/symphony/python/conductor/main.py",
        "lib/symphony/python/function_quest/levels/milk.json",
        "lib/symphony/python/orchestra_kit/__init__.py",
        "share/symphony/ui/index.html",
        "share/applications/symphony.desktop",
        "share/icons/hicolor/scalable/apps/symphony.svg",
        "share/doc/symphony/LICENSE",
    ]
    missing = [part for part in parts if not (tree / part).exists()]
    assert not missing, missing
    assert list((tree / "lib/symphony/python").glob("symphony_ipc.*.so")), "the module symphony_ipc"
    strays = [name for name in installed_files(tree) if "__pycache__" in name or "/tests/" in name]
    assert not strays, strays


def test_function_quest_runs_in_the_embedded_interpreter(tree: Path, home: dict[str, str]) -> None:
    def quest(*words: str, typed: str = "") -> subprocess.CompletedProcess[str]:
        command = [str(tree / "bin/symphony"), "quest", *words]
        return subprocess.run(command, env=home, cwd="/", input=typed, capture_output=True, text=True, timeout=60)

    calls = json.dumps(["open_fridge()", 'grab_item("milk")', 'pour_into_glass("milk")', "drink_from_glass()"])
    scored = quest("score", "milk", "--calls", calls, "--json")
    assert (scored.returncode, scored.stderr) == (0, "")
    assert {key: json.loads(scored.stdout)[key] for key in ("won", "score")} == {"won": True, "score": 100}
    evaluated = quest("evaluate", "--policy", "wsrt", "--levels", "L3:1-3", "--json")
    assert evaluated.returncode == 0 and json.loads(evaluated.stdout.splitlines()[-1])["episodes"] == 3
    assert "Score 0 after 1 calls" in quest("play", "milk", typed="open_fridge()\n").stdout
    assert quest("score", "nowhere", "--calls", "[]", "--json").returncode == 1
    wrong: list[list[str]] = [["fly"], [], ["score", "milk", "--calls", "[", "--json"]]
    for words in wrong:
        assert quest(*words).returncode == 2


def test_the_module_works_in_plain_python(tree: Path, home: dict[str, str]) -> None:
    code = "import symphony_ipc, conductor, orchestra_kit; print(symphony_ipc.__file__)"
    environment = {**home, "PYTHONPATH": str(tree / "lib/symphony/python"), "PYTHONDONTWRITEBYTECODE": "1"}
    result = subprocess.run(
        ["/usr/bin/python3", "-c", code], env=environment, cwd="/", capture_output=True, text=True, timeout=30
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith(str(tree))


def test_the_desktop_entry_starts_the_installed_program(tree: Path) -> None:
    entry = (tree / "share/applications/symphony.desktop").read_text()
    assert "\nExec=symphony %f\n" in entry and "\nIcon=symphony\n" in entry
    icon = (tree / "share/icons/hicolor/scalable/apps/symphony.svg").read_text()
    assert icon.rstrip().endswith("</svg>")
