"""The tables people read name the methods and fields the definitions have."""

from __future__ import annotations

import re
from typing import NamedTuple

import pytest
from definition import Interface, Method, Schema, read_interfaces
from generate import DEFINITIONS, ROOT

INTERFACES = [interface for interface in read_interfaces(ROOT / DEFINITIONS) if interface.name != "page"]
METHODS = {method.name: (interface, method) for interface in INTERFACES for method in interface.methods.values()}
PAGES = ("docs/protocol.md", "docs/pit.md")
# Between parts of the host; no stranger sends or gets them, docs/interfaces.md has them.
INNER = {"ui.contributions", "ui.extension", "ui.workspace", "ui.conductor", "index.open", "index.close", "view.shown"}


class Row(NamedTuple):
    page: str
    method: str
    params: str
    result: str


def rows_of(text: str, page: str) -> list[Row]:
    """The rows of tables whose head has the columns `method` and `parameters`; "same" is what stands above."""
    found: list[Row] = []
    columns: list[str] = []
    for line in text.splitlines():
        if not line.startswith("|"):
            columns = []
            continue
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if not columns:
            columns = cells
        elif {"method", "parameters"} <= set(columns) and not line.startswith("|---"):
            cell = dict(zip(columns, cells, strict=True))
            name = re.fullmatch(r"`([a-z_.]+)`", cell["method"])
            if name is not None:
                params = found[-1].params if cell["parameters"] == "same" else cell["parameters"]
                found.append(Row(page, name.group(1), params, cell.get("result", "")))
    return found


ROWS = [row for page in PAGES for row in rows_of((ROOT / page).read_text(encoding="utf-8"), page)]


def quoted(cell: str) -> set[str]:
    return set(re.findall(r'"([^"]*)"', cell))


def texts(interface: Interface, schema: Schema) -> set[str]:
    """Texts that may stand in the place of values."""
    found: set[str] = set()
    for part in schema.properties.values():
        found |= set(interface.resolved(part).choices)
        found |= {part.default} if isinstance(part.default, str) else set()
    return found


def inner_names(interface: Interface, schema: Schema) -> set[str]:
    """Names of fields at any depth."""
    target = interface.resolved(schema)
    found = set(target.properties)
    for part in (*target.properties.values(), *((target.items,) if target.items else ())):
        found |= inner_names(interface, part) | set(interface.resolved(part).choices)
    return found


def missing_and_unknown(interface: Interface, method: Method, row: Row) -> list[str]:
    params = interface.resolved(method.params)
    words = quoted(row.params)
    found = [f"{name} is missing" for name in params.properties if name not in words]
    allowed = inner_names(interface, params) | texts(interface, params)
    found += [f"{word} is no parameter" for word in sorted(words - allowed)]
    if method.result is not None and row.result.startswith("`{"):
        allowed = inner_names(interface, method.result)
        found += [f"{word} is no part of the result" for word in sorted(quoted(row.result) - allowed)]
        result = interface.resolved(method.result)
        if "…" not in row.result:
            found += [f"{name} is missing in the result" for name in result.properties if f'"{name}"' not in row.result]
    return found


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.page}:{row.method}")
def test_a_row_says_what_the_definition_says(row: Row) -> None:
    assert row.method in METHODS, f"{row.page} has a method that is not defined: {row.method}"
    found = missing_and_unknown(*METHODS[row.method], row)
    assert not found, f"{row.page}: {row.method}: {', '.join(found)}"


def test_every_method_a_stranger_meets_has_a_row() -> None:
    documented = {row.method for row in ROWS}
    assert sorted(METHODS.keys() - documented - INNER) == []


def test_a_row_that_is_wrong_is_found() -> None:
    interface, method = METHODS["artifact.list"]
    good = rows_of('| method | parameters |\n|---|---|\n| `artifact.list` | `{"prefix":"", "limit": 100}` |', "a.md")
    assert [row.method for row in good] == ["artifact.list"]
    assert missing_and_unknown(interface, method, good[0]) == []
    wrong = good[0]._replace(params='`{"prefix", "most"}`', result='`{"names","cut"}`')
    assert missing_and_unknown(interface, method, wrong) == [
        "limit is missing",
        "most is no parameter",
        "cut is no part of the result",
        "truncated is missing in the result",
    ]
