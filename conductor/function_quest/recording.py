"""A run as a document, and a run's document as a level: what went wrong can be played again, by a person or a policy.

A run holds the level as it was offered and every call as it went. The exported level has the same graph, with what was
hidden replaced by what was measured: failure and crash rates, cold starts, slowness, spread.
"""

from __future__ import annotations

import math
from typing import Any

from . import level_document, limits
from .document import Field, hash_of, parse, sealed
from .level import Generator, Level
from .simulation import Simulation

FORMAT = "symphony.function_quest.run"
VERSION = 1
CALLS = 1_000_000
OUTCOMES = ("success", "failure", "crash")
# A level in which a call can only fail has no solution, however bad the extension was.
MOST_FAILURES = 0.95


def run_document(simulation: Simulation, policy: str) -> dict[str, Any]:
    """Sealed. The simulation must have been made with `record=True`."""
    level = simulation.graph.level
    open_calls: dict[int, dict[str, Any]] = {}
    calls = []
    for record in simulation.records or []:
        if record.what == "dispatch":
            open_calls[record.function] = {
                "function": level.functions[record.function].name,
                "extension": level.extensions[record.extension].name,
                "at": record.at,
                "waited": record.seconds,
            }
        elif record.what in OUTCOMES:
            calls.append({**open_calls.pop(record.function), "seconds": record.seconds, "outcome": record.what})
    return sealed(
        {
            "format": FORMAT,
            "version": VERSION,
            "policy": policy,
            "seed": simulation.seed,
            "success": simulation.success,
            "objective": simulation.objective,
            "level": level_document.to_document(level),
            "calls": calls,
        }
    )


class _Measured:
    """What one extension did."""

    def __init__(self) -> None:
        self.outcomes = dict.fromkeys(OUTCOMES, 0)
        self.waits: list[float] = []
        self.ratios: list[float] = []  # logarithms: of what calls took against what was stated

    def share(self, outcome: str) -> float:
        return self.outcomes[outcome] / max(sum(self.outcomes.values()), 1)


def level_from_run(data: bytes) -> Level:
    """Raises LevelError."""
    document = parse(data)
    root = Field(document)
    fields = root.members(("format", "version", "level", "calls", "seed"), ("policy", "success", "objective", "hash"))
    if fields["format"].value != FORMAT:
        raise fields["format"].fail(f"must be {FORMAT!r}: this is no recorded run")
    if fields["version"].value != VERSION or isinstance(fields["version"].value, bool):
        raise fields["version"].fail(f"this program reads version {VERSION}")
    if isinstance(document, dict) and "hash" in document and document["hash"] != hash_of(document):
        raise fields["hash"].fail("does not belong to this content: it was changed after it was sealed")
    level = level_document.from_field(fields["level"])
    measured = _measure(level, fields["calls"])
    seed = fields["seed"].integer(0, limits.SEED)
    return _as_measured(level, measured)._replace(
        name=f"run of {level.name}"[: limits.NAME_CHARACTERS],
        family="recorded",
        seed=seed,
        generator=Generator("recorded", VERSION),
        notes=f"Exported from a run of {level.name} with seed {seed}.",
    )


def _measure(level: Level, calls: Field) -> dict[int, _Measured]:
    functions = {function.name: number for number, function in enumerate(level.functions)}
    extensions = {extension.name: number for number, extension in enumerate(level.extensions)}
    measured: dict[int, _Measured] = {}
    for item in calls.items(CALLS):
        fields = item.members(("function", "extension", "seconds", "outcome"), ("at", "waited"))
        function = level.functions[fields["function"].name_in(functions)]
        extension = fields["extension"].name_in(extensions)
        provider = next((each for each in function.providers if each.extension == extension), None)
        if provider is None:
            raise fields["extension"].fail(f"does not provide {function.name}")
        seconds = fields["seconds"].number(0.0, limits.SECONDS)
        outcome = fields["outcome"].choice(OUTCOMES)
        found = measured.setdefault(extension, _Measured())
        found.outcomes[outcome] += 1
        if "waited" in fields and (waited := fields["waited"].number(0.0, limits.SECONDS)) > 0.0:
            found.waits.append(waited)
        stated = function.work / provider.speed
        if outcome == "success" and seconds > 0.0 and stated > 0.0:
            found.ratios.append(math.log(seconds / stated))
    return measured


def _as_measured(level: Level, measured: dict[int, _Measured]) -> Level:
    extensions = list(level.extensions)
    slowdown = [1.0] * len(extensions)
    spread: list[float | None] = [None] * len(extensions)
    for number, found in measured.items():
        crash = min(found.share("crash"), MOST_FAILURES)
        extensions[number] = extensions[number]._replace(
            failure=round(min(found.share("failure"), MOST_FAILURES - crash), 6),
            crash=round(crash, 6),
        )
        if found.waits:
            extensions[number] = extensions[number]._replace(cold_start=round(sum(found.waits) / len(found.waits), 6))
        if found.ratios:
            mean = sum(found.ratios) / len(found.ratios)
            variance = sum((ratio - mean) ** 2 for ratio in found.ratios) / len(found.ratios)
            slowdown[number] = math.exp(mean + 0.5 * variance)
            spread[number] = math.sqrt(variance)
    functions = []
    for function in level.functions:
        providers = tuple(
            provider._replace(speed=min(max(provider.speed / slowdown[provider.extension], 1e-6), 1e6))
            for provider in function.providers
        )
        spreads = [value for provider in providers if (value := spread[provider.extension]) is not None]
        sigma = min(sum(spreads) / len(spreads), limits.SIGMA) if spreads else function.sigma
        functions.append(function._replace(providers=providers, sigma=round(sigma, 6)))
    return level._replace(extensions=tuple(extensions), functions=tuple(functions), drifts=())
