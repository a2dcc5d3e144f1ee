"""What the definitions say of senders is what the Orchestra Kit and the Conductor grant."""

from __future__ import annotations

import ast
import json
from fnmatch import fnmatchcase

from definition import read_interfaces
from generate import DEFINITIONS, ROOT

METHODS = [
    (f"{interface.endpoint}:{method.name}", method)
    for interface in read_interfaces(ROOT / DEFINITIONS)
    if interface.endpoint is not None
    for method in interface.methods.values()
]


def constant(path: str, name: str) -> object:
    """The value of a module's constant; importing it would need the native module."""
    for node in ast.parse((ROOT / path).read_text(encoding="utf-8")).body:
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        if any(isinstance(target, ast.Name) and target.id == name for target in targets):
            assert isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None
            return ast.literal_eval(node.value)
    raise AssertionError(f"{path} has no {name}")


def test_capabilities() -> None:
    capabilities = constant("extensions/kit/orchestra_kit/grants.py", "CAPABILITY_GRANTS")
    assert isinstance(capabilities, dict)
    granted = {grant: name for name, grants in capabilities.items() for grant in grants}
    defined = {
        grant: method.grant
        for grant, method in METHODS
        if method.grant not in ("none", "every", "views", "topic", "stream")
    }
    assert granted == defined


def test_every_extension_and_those_with_views() -> None:
    for name, word in (("_EVERY_EXTENSION", "every"), ("_WITH_VIEWS", "views")):
        granted = constant("extensions/kit/orchestra_kit/grants.py", name)
        assert isinstance(granted, tuple)
        assert sorted(granted) == sorted(grant for grant, method in METHODS if method.grant == word)


def test_outside_programs() -> None:
    grants = constant("conductor/conductor/bootstrap/assembly.py", "OUTSIDE_GRANTS")
    assert isinstance(grants, list)
    for grant, method in METHODS:
        assert any(fnmatchcase(grant, pattern) for pattern in grants) == method.outside, grant
    for pattern in grants:
        assert any(fnmatchcase(grant, pattern) for grant, _ in METHODS), f"{pattern} grants nothing"


def test_no_extension_may_take_the_name_of_an_endpoint() -> None:
    schema = json.loads((ROOT / "extensions/kit/orchestra_kit/manifest.schema.json").read_text(encoding="utf-8"))
    reserved = set(schema["properties"]["id"]["not"]["enum"])
    assert reserved >= {grant.partition(":")[0] for grant, _ in METHODS}
