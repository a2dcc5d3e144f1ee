"""A definition is taken whole, or refused with the place that is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from definition import DefinitionError, parse_interface, read_interface, references
from small import put, small

SAY = "/methods/greet.say"


def test_a_good_definition_is_read() -> None:
    interface = parse_interface(small(), "greeter.json")
    assert (interface.name, interface.version, interface.endpoint) == ("greeter", 1, "greeter")
    say, stop = interface.methods["greet.say"], interface.methods["greet.stop"]
    assert say.answered and say.idempotent and say.outside and say.grant == "greet.say"
    assert say.params.closed and say.params.required == {"person"}
    assert say.params.properties["times"].default == 1
    assert say.params.properties["tone"].reference == "tone"
    assert interface.resolved(say.params.properties["tone"]).choices == ("warm", "cool")
    assert interface.types["person"].properties["age"].nullable
    assert references(say.params) == {"person", "tone"}
    assert stop.result is None and not stop.answered and not stop.idempotent


@pytest.mark.parametrize(
    ("path", "value", "pointer"),
    [
        ("/interface", ..., "/interface"),
        ("/interface", "Greeter", "/interface"),
        ("/interface", "class", "/interface"),
        ("/version", 0, "/version"),
        ("/version", True, "/version"),
        ("/endpoint", "no spaces", "/endpoint"),
        ("/description", "", "/description"),
        ("/description", "No full stop", "/description"),
        ("/more", 1, "/more"),
        ("/types", [], "/types"),
        ("/types/Person", {"type": "string", "description": "x."}, "/types/Person"),
        ("/types/person/description", ..., "/types/person/description"),
        ("/types/person/required/0", "nobody", "/types/person/required/0"),
        ("/types/person/required", ["name", "name"], "/types/person/required/1"),
        ("/types/person/required", "name", "/types/person/required"),
        ("/types/person/properties/int", {"type": "string"}, "/types/person/properties/int"),
        ("/types/person/properties/" + "x" * 32, {"type": "string"}, "/types/person/properties/" + "x" * 32),
        ("/types/person/properties/name/type", "text", "/types/person/properties/name/type"),
        ("/types/person/properties/name/type", ["string", "integer"], "/types/person/properties/name/type"),
        ("/types/person/properties/name/maximum", 3, "/types/person/properties/name/maximum"),
        ("/types/person/properties/name/minLength", 81, "/types/person/properties/name/minLength"),
        ("/types/person/properties/name/minLength", -1, "/types/person/properties/name/minLength"),
        ("/types/person/properties/name/pattern", "a+", "/types/person/properties/name/pattern"),
        ("/types/person/properties/age/minimum", 2.5, "/types/person/properties/age/minimum"),
        ("/types/person/properties/age/maximum", 2**63, "/types/person/properties/age/maximum"),
        ("/types/person/properties/name", {"$ref": "#/types/nobody"}, "/types/person/properties/name/$ref"),
        ("/types/person/properties/name", {"$ref": "#/types/person"}, "/types/person"),
        ("/types/person/properties/name", {"type": "object", "properties": {"a": {}}}, None),
        ("/types/tone/enum", [], "/types/tone/enum"),
        ("/types/tone/enum", ["warm", "warm"], "/types/tone/enum/1"),
        ("/types/tone/enum", [1], "/types/tone/enum/0"),
        ("/methods", [], "/methods"),
        ("/methods/greet", {}, "/methods/greet"),
        (f"{SAY}/description", ..., f"{SAY}/description"),
        (f"{SAY}/answered", "yes", f"{SAY}/answered"),
        (f"{SAY}/idempotent", ..., f"{SAY}/idempotent"),
        (f"{SAY}/result", ..., f"{SAY}/result"),
        (f"{SAY}/grant", "No Grant", f"{SAY}/grant"),
        (f"{SAY}/outside", None, f"{SAY}/outside"),
        (f"{SAY}/params", {"type": "array"}, f"{SAY}/params"),
        (f"{SAY}/params", {"type": ["object", "null"]}, f"{SAY}/params"),
        (f"{SAY}/params", {"$ref": "#/types/tone"}, f"{SAY}/params"),
        (f"{SAY}/params/additionalProperties", {}, f"{SAY}/params/additionalProperties"),
        (f"{SAY}/params/properties/times/default", 10, f"{SAY}/params/properties/times/default"),
        (f"{SAY}/params/properties/times/default", "1", f"{SAY}/params/properties/times/default"),
        (f"{SAY}/params/properties/tone/default", "hot", f"{SAY}/params/properties/tone/default"),
        (f"{SAY}/params/properties/tone/default", [], f"{SAY}/params/properties/tone/default"),
        (f"{SAY}/params/required", ["times"], f"{SAY}/params/required/0"),
        ("/methods/greet.stop/idempotent", False, "/methods/greet.stop/idempotent"),
        ("/methods/greet.stop/result", {"type": "object"}, "/methods/greet.stop/result"),
        ("/types/greet_say_params", {"description": "Taken.", "type": "object"}, f"{SAY}/params"),
    ],
)
def test_what_is_wrong_is_named(path: str, value: object, pointer: str | None) -> None:
    with pytest.raises(DefinitionError) as caught:
        parse_interface(put(small(), path, value), "greeter.json")
    assert caught.value.file == "greeter.json"
    assert caught.value.pointer == (pointer if pointer is not None else f"{path}/properties")
    assert str(caught.value).startswith(f"greeter.json: {caught.value.pointer}")


@pytest.mark.parametrize("document", [None, [], "text", 7, {}])
def test_what_is_no_definition_at_all_is_refused(document: object) -> None:
    with pytest.raises(DefinitionError):
        parse_interface(document, "greeter.json")


def test_types_that_hold_each_other_are_refused_with_the_way() -> None:
    document = small()
    for name, other in (("left", "right"), ("right", "left")):
        document["types"][name] = {
            "description": "Round.",
            "type": "object",
            "properties": {"next": {"type": "array", "items": {"$ref": f"#/types/{other}"}}},
        }
    with pytest.raises(DefinitionError, match="left → right → left"):
        parse_interface(document, "greeter.json")


def test_more_fields_than_a_struct_may_have_are_refused() -> None:
    document = put(small(), "/types/person/properties", {f"f{n}": {} for n in range(65)})
    document["types"]["person"]["required"] = []
    with pytest.raises(DefinitionError, match="more than 64"):
        parse_interface(document, "greeter.json")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "not a JSON document"),
        ('{"interface": ', "not a JSON document"),
        ('{"interface": "a", "interface": "b"}', "interface stands twice"),
        ("[" * 100_000, "not a JSON document"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path, text: str, complaint: str) -> None:
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(DefinitionError, match=complaint):
        read_interface(tmp_path / "a.json")


def test_a_file_is_named_after_its_interface(tmp_path: Path) -> None:
    import json

    (tmp_path / "other.json").write_text(json.dumps(small()))
    with pytest.raises(DefinitionError, match="the file's name is other"):
        read_interface(tmp_path / "other.json")
