"""A level as JSON and back. docs/quest.md has the table of fields; a test holds the two together."""

from __future__ import annotations

import math
from typing import Any

from . import limits
from .document import FORMAT, VERSION, Field, sealed
from .level import Artifact, Drift, Extension, Function, Generator, Level, LevelError, Melody, Provider

ENVELOPE = ("format", "version", "name", "family", "seed", "generator")
ENVELOPE_OPTIONAL = ("title", "notes", "hash")
_REQUIRED = ("artifacts", "extensions", "melodies", "functions")
_OPTIONAL = ("drifts", "preference", "memory", "budget", "failure_part")


def to_document(level: Level) -> dict[str, Any]:
    """Sealed."""
    artifacts = [artifact.name for artifact in level.artifacts]
    extensions = [extension.name for extension in level.extensions]
    melodies = [melody.name for melody in level.melodies]
    return sealed(
        {
            "format": FORMAT,
            "version": VERSION,
            "name": level.name,
            "family": level.family,
            "title": level.title,
            "notes": level.notes,
            "seed": level.seed,
            "generator": level.generator._asdict(),
            "preference": level.preference,
            "memory": _finite(level.memory),
            "budget": _finite(level.budget),
            "failure_part": level.failure_part,
            "artifacts": [artifact._asdict() for artifact in level.artifacts],
            "extensions": [extension._asdict() for extension in level.extensions],
            "melodies": [
                {
                    **melody._asdict(),
                    "given": [artifacts[index] for index in melody.given],
                    "goal": [artifacts[index] for index in melody.goal],
                    "deadline": _finite(melody.deadline),
                }
                for melody in level.melodies
            ],
            "functions": [
                {
                    **function._asdict(),
                    "melody": melodies[function.melody],
                    "inputs": [artifacts[index] for index in function.inputs],
                    "output": artifacts[function.output],
                    "providers": [
                        {**provider._asdict(), "extension": extensions[provider.extension]}
                        for provider in function.providers
                    ],
                }
                for function in level.functions
            ],
            "drifts": [{**drift._asdict(), "extension": extensions[drift.extension]} for drift in level.drifts],
        }
    )


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def from_field(root: Field) -> Level:
    """Raises LevelError at the first fault. Whether it can be solved is for graph.Graph to say."""
    fields = root.members((*ENVELOPE, *_REQUIRED), (*ENVELOPE_OPTIONAL, *_OPTIONAL))
    artifacts = [_artifact(field) for field in fields["artifacts"].items(limits.ARTIFACTS, 1)]
    extensions = [_extension(field) for field in fields["extensions"].items(limits.EXTENSIONS, 1)]
    artifact_names = _names(fields["artifacts"], [artifact.name for artifact in artifacts])
    extension_names = _names(fields["extensions"], [extension.name for extension in extensions])
    melodies = [_melody(field, artifact_names) for field in fields["melodies"].items(limits.MELODIES, 1)]
    melody_names = _names(fields["melodies"], [melody.name for melody in melodies])
    functions = [
        _function(field, artifact_names, extension_names, melody_names)
        for field in fields["functions"].items(limits.FUNCTIONS, 1)
    ]
    _names(fields["functions"], [function.name for function in functions])
    _check_owners(artifacts, melodies, functions)
    drifts = (
        [_drift(field, extension_names) for field in fields["drifts"].items(limits.DRIFTS)]
        if "drifts" in fields
        else []
    )
    part = fields.get("failure_part")
    return Level(
        **envelope(fields),
        artifacts=tuple(artifacts),
        extensions=tuple(extensions),
        melodies=tuple(melodies),
        functions=tuple(functions),
        drifts=tuple(sorted(drifts, key=lambda drift: drift.at)),
        preference=fields["preference"].number(0.0, limits.PREFERENCE) if "preference" in fields else 0.0,
        memory=_or_infinite(fields, "memory", limits.MEMORY),
        budget=_or_infinite(fields, "budget", limits.PRICE),
        failure_part=None if part is None or part.value is None else part.number(0.0, 1.0),
    )


def envelope(fields: dict[str, Field]) -> dict[str, Any]:
    generator = fields["generator"].members(("name", "version"))
    return {
        "name": fields["name"].text(),
        "family": fields["family"].text(),
        "seed": fields["seed"].integer(0, limits.SEED),
        "generator": Generator(generator["name"].text(), generator["version"].integer(0, 1_000_000)),
        "title": fields["title"].text(limits.TEXT_CHARACTERS, empty=True) if "title" in fields else "",
        "notes": fields["notes"].text(limits.TEXT_CHARACTERS, empty=True) if "notes" in fields else "",
    }


def _or_infinite(fields: dict[str, Field], name: str, most: float) -> float:
    return fields[name].number_or_none(0.0, most, math.inf) if name in fields else math.inf


def _names(field: Field, names: list[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for index, name in enumerate(names):
        if name in found:
            raise LevelError(f"{field.path}/{index}/name", f"{name!r} stands there twice")
        found[name] = index
    return found


def _artifact(field: Field) -> Artifact:
    fields = field.members(("name",), ("type",))
    return Artifact(fields["name"].text(), fields["type"].text() if "type" in fields else "text")


def _extension(field: Field) -> Extension:
    fields = field.members(("name",), ("instances", "warm", "memory", "cold_start", "failure", "crash"))

    def number(name: str, most: float) -> float:
        return fields[name].number(0.0, most) if name in fields else 0.0

    instances = fields["instances"].integer(1, limits.INSTANCES) if "instances" in fields else 1
    extension = Extension(
        fields["name"].text(),
        instances,
        fields["warm"].integer(0, instances) if "warm" in fields else 0,
        number("memory", limits.MEMORY),
        number("cold_start", limits.SECONDS),
        number("failure", 1.0),
        number("crash", 1.0),
    )
    if extension.failure + extension.crash > 1.0:
        raise LevelError(f"{field.path}/crash", "more calls fail than are made: failure + crash is above 1")
    return extension


def _melody(field: Field, artifacts: dict[str, int]) -> Melody:
    fields = field.members(("name", "goal"), ("given", "arrival", "deadline", "weight"))
    goal = _references(fields["goal"], artifacts, least=1)
    given = _references(fields["given"], artifacts) if "given" in fields else ()
    for index, artifact in enumerate(goal):
        if artifact in given:
            raise LevelError(f"{field.path}/goal/{index}", "is given already: there is nothing to do")
    arrival = fields["arrival"].number(0.0, limits.SECONDS) if "arrival" in fields else 0.0
    deadline = math.inf
    if (
        "deadline" in fields
        and (deadline := fields["deadline"].number_or_none(0.0, limits.SECONDS, math.inf)) <= arrival
    ):
        raise fields["deadline"].fail("is not after its arrival")
    weight = fields["weight"].number(*limits.WEIGHT) if "weight" in fields else 1.0
    return Melody(fields["name"].text(), given, goal, arrival, deadline, weight)


def _references(field: Field, names: dict[str, int], least: int = 0) -> tuple[int, ...]:
    found: dict[int, None] = {}
    for item in field.items(limits.INPUTS, least):
        index = item.name_in(names)
        if index in found:
            raise item.fail("stands there twice")
        found[index] = None
    return tuple(found)


def _function(
    field: Field, artifacts: dict[str, int], extensions: dict[str, int], melodies: dict[str, int]
) -> Function:
    fields = field.members(("name", "melody", "inputs", "output", "work", "providers"), ("sigma",))
    providers: list[Provider] = []
    for item in fields["providers"].items(limits.PROVIDERS, 1):
        parts = item.members(("extension",), ("speed", "price"))
        extension = parts["extension"].name_in(extensions)
        if any(provider.extension == extension for provider in providers):
            raise parts["extension"].fail("stands there twice")
        speed = parts["speed"].number(*limits.SPEED) if "speed" in parts else 1.0
        price = parts["price"].number(0.0, limits.PRICE) if "price" in parts else 0.0
        providers.append(Provider(extension, speed, price))
    return Function(
        fields["name"].text(),
        fields["melody"].name_in(melodies),
        _references(fields["inputs"], artifacts),
        fields["output"].name_in(artifacts),
        fields["work"].number(0.0, limits.SECONDS),
        fields["sigma"].number(0.0, limits.SIGMA) if "sigma" in fields else 0.0,
        tuple(providers),
    )


def _check_owners(artifacts: list[Artifact], melodies: list[Melody], functions: list[Function]) -> None:
    """An artifact belongs to one Melody: what one has made is not there for another, which may not have arrived yet."""
    owner: dict[int, int] = {}

    def claim(artifact: int, melody: int, path: str) -> None:
        if owner.setdefault(artifact, melody) != melody:
            other = melodies[owner[artifact]].name
            raise LevelError(path, f"{artifacts[artifact].name!r} belongs to the Melody {other!r} already")

    for number, melody in enumerate(melodies):
        for index, artifact in enumerate(melody.given):
            claim(artifact, number, f"/melodies/{number}/given/{index}")
        for index, artifact in enumerate(melody.goal):
            claim(artifact, number, f"/melodies/{number}/goal/{index}")
    for number, function in enumerate(functions):
        for index, artifact in enumerate(function.inputs):
            claim(artifact, function.melody, f"/functions/{number}/inputs/{index}")
        claim(function.output, function.melody, f"/functions/{number}/output")


def _drift(field: Field, extensions: dict[str, int]) -> Drift:
    fields = field.members(("at", "extension", "failure", "slowdown"))
    return Drift(
        fields["at"].number(0.0, limits.SECONDS),
        fields["extension"].name_in(extensions),
        fields["failure"].number(0.0, 1.0),
        fields["slowdown"].number(*limits.SPEED),
    )
