"""Levels as files: what is written is read again; what was changed, cut or made up is refused with its place."""

from __future__ import annotations

import gzip
import json
import math
from pathlib import Path
from typing import Any

import pytest
from function_quest import library, limits, story
from function_quest.document import read_bytes, sealed
from function_quest.generator import FAMILIES, generate
from function_quest.level import LevelError
from function_quest.story_generator import generate_story


@pytest.mark.parametrize("family", FAMILIES)
def test_a_level_survives_being_written(family: str) -> None:
    level = generate(family, 3)
    assert library.from_bytes(library.to_text(level).encode()) == level


def test_a_story_survives_being_written() -> None:
    for level in (generate_story(5), library.load("milk")):
        assert library.from_bytes(library.to_text(level).encode()) == level


@pytest.mark.parametrize("name", library.shipped())
def test_shipped_levels_are_sealed(name: str) -> None:
    document = json.loads((library.SHIPPED / f"{name}.json").read_text())
    assert document["hash"] == sealed(document)["hash"] and document["name"] == name


def test_names_of_levels() -> None:
    assert library.load("L1:7") == generate("L1", 7)
    assert library.load("story:7") == generate_story(7)
    for name in ("nothing", "L99:1", "L1:x", "L1:", "../milk"):
        with pytest.raises(LevelError):
            library.load(name)


def document(family: str = "L3") -> dict[str, Any]:
    found: dict[str, Any] = json.loads(library.to_text(generate(family, 1)))
    return found


def refused(content: dict[str, Any]) -> LevelError:
    with pytest.raises(LevelError) as caught:
        library.from_bytes(json.dumps(sealed(content)).encode())
    return caught.value


def changed(path: str, value: object, family: str = "L3") -> dict[str, Any]:
    content = document(family)
    target: Any = content
    *way, last = path.split("/")[1:]
    for key in way:
        target = target[int(key) if isinstance(target, list) else key]
    if value is ...:
        del target[last]
    else:
        target[int(last) if isinstance(target, list) else last] = value
    return content


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("/format", "something else"),
        ("/version", 2),
        ("/version", True),
        ("/version", "1"),
        ("/name", ""),
        ("/name", 7),
        ("/name", "x" * 300),
        ("/name", "a\u0000b"),
        ("/seed", -1),
        ("/seed", 1.5),
        ("/seed", 2**80),
        ("/generator/version", None),
        ("/preference", -0.1),
        ("/memory", "much"),
        ("/artifacts", []),
        ("/artifacts", {}),
        ("/artifacts/0/name", ["a"]),
        ("/extensions/0/instances", 0),
        ("/extensions/0/instances", 10**9),
        ("/extensions/0/failure", 1.5),
        ("/extensions/0/warm", 99),
        ("/melodies/0/goal", []),
        ("/melodies/0/goal/0", "nowhere"),
        ("/melodies/0/weight", 0),
        ("/melodies/0/deadline", 0),
        ("/functions/0/work", -1),
        ("/functions/0/work", 1e300),
        ("/functions/0/sigma", 99),
        ("/functions/0/output", "nowhere"),
        ("/functions/0/melody", "nowhere"),
        ("/functions/0/providers", []),
        ("/functions/0/providers/0/speed", 0),
        ("/functions/0/providers/0/extension", "nowhere"),
    ],
)
def test_a_wrong_value_is_refused_with_its_place(path: str, value: object) -> None:
    assert refused(changed(path, value)).path == path


@pytest.mark.parametrize("path", ["/name", "/artifacts", "/functions/0/work", "/functions/0/providers/0/extension"])
def test_what_is_missing_is_named(path: str) -> None:
    error = refused(changed(path, ...))
    assert error.path == path and error.message == "is missing"


def test_what_is_not_known_is_refused() -> None:
    assert refused(changed("/functions/0/run", "rm")).path == "/functions/0/run"
    assert refused({**document(), "__proto__": {}}).path == "/__proto__"


def test_names_stand_once() -> None:
    content = document()
    content["functions"][1]["name"] = content["functions"][0]["name"]
    assert refused(content).path == "/functions/1/name"
    content = document()
    content["functions"][0]["inputs"] *= 2
    assert refused(content).path == "/functions/0/inputs/1"


def test_a_cycle_is_refused_and_named() -> None:
    content = document("L0")
    first, second = content["functions"][0], content["functions"][1]
    first["inputs"] = [second["output"]]
    error = refused(content)
    assert error.path == "/functions"
    assert (
        f"{first['name']} → {second['name']}" in error.message or f"{second['name']} → {first['name']}" in error.message
    )


def test_a_function_that_needs_its_own_output_is_a_cycle() -> None:
    content = document("L0")
    content["functions"][0]["inputs"] = [content["functions"][0]["output"]]
    assert "a cycle" in refused(content).message


def test_no_solution_is_refused() -> None:
    content = document("L0")
    del content["functions"][0]
    assert (refused(content).path, "no solution" in refused(content).message) == ("/melodies/0/goal", True)
    # Nobody who offers it can ever succeed.
    content = document("L0")
    content["extensions"][0]["failure"] = 1.0
    assert "no solution" in refused(content).message
    # No instance fits.
    content = document("L4")
    content["memory"] = 0.001
    assert "no solution" in refused(content).message


def test_an_artifact_belongs_to_one_melody() -> None:
    content = document("L0")
    other = {**content["melodies"][0], "name": "other"}
    content["melodies"].append(other)
    assert refused(content).path == "/melodies/1/given/0"


def test_an_already_given_goal_is_refused() -> None:
    content = document("L0")
    content["melodies"][0]["goal"] = content["melodies"][0]["given"]
    assert refused(content).path == "/melodies/0/goal/0"


def test_a_changed_level_is_found_out() -> None:
    text = library.to_text(generate("L3", 1))
    with pytest.raises(LevelError) as caught:
        library.from_bytes(text.replace('"seed": 1', '"seed": 2').encode())
    assert caught.value.path == "/hash"
    # Who wrote it himself seals it again; without a hash nothing is promised.
    assert library.from_bytes(library.seal(text.replace('"seed": 1', '"seed": 2').encode()).encode()).seed == 2
    content = document()
    del content["hash"]
    assert library.from_bytes(json.dumps(content).encode()) == generate("L3", 1)


@pytest.mark.parametrize("family", ["L0", "L6"])
def test_every_truncated_level_is_refused(family: str) -> None:
    data = library.to_text(generate(family, 2)).encode()
    for length in range(0, len(data) - 2, 97):
        with pytest.raises(LevelError):
            library.from_bytes(data[:length])


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"null",
        b"[]",
        b"7",
        b'"level"',
        b"{}",
        b"\xff\xfe",
        b"[" * 200_000,
        b'{"format": NaN}',
        b'{"format": 1e999}',
        b'{"a": 1, "a": 2}',
        b'{"seed": ' + b"9" * 10_000 + b"}",
        b'{"format": "symphony.function_quest.level", "version": 1, "hash": "sha256:0", "name": "\\ud800"}',
        b'{"format": "symphony.function_quest.level", "version": 99999999999999999999}',
    ],
)
def test_hostile_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(LevelError):
        library.from_bytes(data)


def test_files_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cut = tmp_path / "cut.json.gz"
    cut.write_bytes(gzip.compress(b"x" * 100_000)[:-40])
    bomb = tmp_path / "bomb.json.gz"
    bomb.write_bytes(gzip.compress(b" " * 3_000_000))
    monkeypatch.setattr(limits, "FILE_BYTES", 1_000_000)
    for path in (cut, bomb, tmp_path, tmp_path / "absent.json"):
        with pytest.raises(LevelError):
            read_bytes(path, limits.FILE_BYTES)


def story_document() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(library.to_text(generate_story(1)))
    return found


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("/story/style", "free"),
        ("/story/target", 7),
        ("/story/redundant", 5),
        ("/story/functions", []),
        ("/story/functions/0/name", "rm -rf"),
        ("/story/functions/0/points", 1.5),
        ("/story/functions/0/failure", 2),
        ("/story/functions/0/parameters", [{"name": "x", "values": []}]),
        ("/story/functions/0/parameters", [{"name": "x", "type": "code", "values": ["a"]}]),
    ],
)
def test_a_wrong_story_is_refused(path: str, value: object) -> None:
    content = story_document()
    target: Any = content
    *way, last = path.split("/")[1:]
    for key in way:
        target = target[int(key) if isinstance(target, list) else key]
    target[last] = value
    assert refused(content).path.startswith(path)


def test_more_calls_than_can_be_looked_at_are_refused() -> None:
    content = story_document()
    many = [{"name": name, "values": list("abcdefghij")} for name in "abcdefgh"]
    content["story"]["functions"][0]["parameters"] = many
    assert refused(content).path == "/story/functions/0"


def test_a_story_that_is_a_maze_is_given_up_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Twenty switches that can be on or off: a million positions."""
    content = story_document()
    functions = [
        {"name": f"on_{index}", "purpose": "x", "returns": "on", "gives": [f"on {index}"]} for index in range(20)
    ] + [{"name": f"off_{index}", "purpose": "x", "returns": "off", "takes": [f"on {index}"]} for index in range(20)]
    end = {"name": "end", "purpose": "x", "returns": "end", "needs": ["never"]}
    content["story"].update(functions=[*functions, end], target="end", facts=[])
    monkeypatch.setattr(story, "SEARCHED_CALLS", 20_000)
    assert refused(content).path == "/story/target"


def test_a_story_without_solution_is_refused() -> None:
    content = story_document()
    content["story"]["target"] = "something else"
    assert refused(content).path == "/story/target"


def test_infinity_is_written_as_null() -> None:
    content = document("L0")
    assert content["memory"] is None and content["budget"] is None
    level = library.from_bytes(json.dumps(content).encode())
    assert level == generate("L0", 1) and math.isinf(generate("L0", 1).memory)
