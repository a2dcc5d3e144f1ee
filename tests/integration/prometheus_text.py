"""A strict reader of the Prometheus text exposition format 0.0.4, for tests: whatever the format forbids raises."""

from __future__ import annotations

import math
import re
from typing import NamedTuple

_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*\Z")
_LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(,|\Z)')
_SAMPLE = re.compile(r"([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)\Z")
_ESCAPES = {"\\n": "\n", '\\"': '"', "\\\\": "\\"}
_SUFFIXES = ("_bucket", "_sum", "_count")

Labels = tuple[tuple[str, str], ...]


class Family(NamedTuple):
    type: str
    help: str
    samples: dict[tuple[str, Labels], float]


def parse(text: str) -> dict[str, Family]:
    assert text.endswith("\n"), "the last line has no end"
    families: dict[str, Family] = {}
    help_of: tuple[str, str] | None = None
    current = ""
    for line in text[:-1].split("\n"):
        if line.startswith("# HELP "):
            name, _, sentence = line[7:].partition(" ")
            assert help_of is None and _NAME.match(name) and sentence, line
            help_of = (name, sentence)
        elif line.startswith("# TYPE "):
            name, kind = line[7:].split(" ")
            assert help_of is not None and help_of[0] == name and name not in families, line
            assert kind in ("counter", "gauge", "histogram"), line
            assert (kind == "counter") == name.endswith("_total"), line
            families[name] = Family(kind, help_of[1], {})
            current, help_of = name, None
        else:
            assert help_of is None and not line.startswith("#"), line
            _add(families[current], current, line)
    assert help_of is None
    for name, family in families.items():
        if family.type == "histogram":
            _check_histogram(name, family)
    return families


def _add(family: Family, name: str, line: str) -> None:
    match = _SAMPLE.match(line)
    assert match, line
    suffixes = _SUFFIXES if family.type == "histogram" else ("",)
    assert match[1] in [name + suffix for suffix in suffixes], f"{line} stands below {name}"
    key = (match[1], _labels(match[2] or ""))
    assert key not in family.samples, f"twice: {line}"
    value = float(match[3])
    assert family.type == "gauge" or value >= 0, line
    family.samples[key] = value


def _labels(text: str) -> Labels:
    found: list[tuple[str, str]] = []
    position = 0
    while position < len(text):
        match = _LABEL.match(text, position)
        assert match, text
        found.append((match[1], re.sub(r"\\.", lambda escape: _ESCAPES[escape[0]], match[2])))
        position = match.end()
    assert len({name for name, _ in found}) == len(found), text
    return tuple(found)


def _check_histogram(name: str, family: Family) -> None:
    series: dict[Labels, list[tuple[float, float]]] = {}
    for (sample, labels), value in family.samples.items():
        if sample == name + "_bucket":
            bound = dict(labels)["le"]
            rest = tuple(pair for pair in labels if pair[0] != "le")
            series.setdefault(rest, []).append((math.inf if bound == "+Inf" else float(bound), value))
    for labels, buckets in series.items():
        assert buckets == sorted(buckets), f"{name}{labels} is not in order or not cumulative"
        assert buckets[-1][0] == math.inf and buckets[-1][1] == family.samples[(name + "_count", labels)]
        assert (name + "_sum", labels) in family.samples
    assert {labels for sample, labels in family.samples if sample == name + "_count"} == set(series)
