"""Reads the interface definitions of ipc/interfaces: either an Interface that can be relied on, or a DefinitionError.

The format is described in docs/interfaces.md; what this module does not know is an error, so that a definition cannot
promise a check nobody makes.
"""

from __future__ import annotations

import json
import keyword
import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

TYPES = ("any", "object", "array", "string", "integer", "number", "boolean")
LONGEST_NAME = 31  # of a field, as ipc/include/symphony/ipc/typed.h allows
MOST_FIELDS = 64
LARGEST_EXACT = 2**63 - 1

_INTERFACE_NAME = re.compile(r"[a-z][a-z0-9_]{0,30}\Z")
_FIELD_NAME = re.compile(r"[a-z][a-z0-9_]{0,30}\Z")
_METHOD_NAME = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+\Z")
_GRANT_NAME = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?\Z")
_CPP_WORDS = frozenset(
    "alignas alignof and asm auto bitand bitor bool break case catch char class compl const continue default delete do "
    "double else enum explicit export extern false float for friend goto if inline int long mutable namespace new not "
    "operator or private protected public register requires return short signed sizeof static struct switch template "
    "this throw true try typedef typeid typename union unsigned using virtual void volatile while xor fields".split()
)


class DefinitionError(Exception):
    """`file` cannot be used; `pointer` names the place (JSON Pointer)."""

    def __init__(self, file: str, pointer: str, message: str) -> None:
        super().__init__(f"{file}: {pointer or '/'} {message}")
        self.file = file
        self.pointer = pointer
        self.message = message


@dataclass(frozen=True)
class Schema:
    """One value. `reference` names a type of the interface; beside it stand only a default and a description."""

    type: str = "any"
    nullable: bool = False
    reference: str | None = None
    description: str = ""
    default: str | int | bool | None = None
    choices: tuple[str, ...] = ()
    minimum: int | None = None
    maximum: int | None = None
    min_length: int | None = None
    max_length: int | None = None
    max_bytes: int | None = None
    max_items: int | None = None
    items: Schema | None = None
    properties: dict[str, Schema] = field(default_factory=dict)
    required: frozenset[str] = frozenset()
    closed: bool = False

    @property
    def has_fields(self) -> bool:
        return bool(self.properties)


@dataclass(frozen=True)
class Method:
    name: str
    description: str
    answered: bool
    idempotent: bool
    grant: str
    outside: bool
    params: Schema
    result: Schema | None


@dataclass(frozen=True)
class Interface:
    name: str
    version: int
    endpoint: str | None
    description: str
    types: dict[str, Schema]
    methods: dict[str, Method]

    def resolved(self, schema: Schema) -> Schema:
        return schema if schema.reference is None else self.types[schema.reference]

    def types_in_order(self) -> list[tuple[str, Schema]]:
        """Each type after the types it uses."""
        done: dict[str, Schema] = {}

        def add(name: str) -> None:
            if name not in done:
                for other in sorted(references(self.types[name])):
                    add(other)
                done[name] = self.types[name]

        for name in self.types:
            add(name)
        return list(done.items())


def references(schema: Schema) -> set[str]:
    found = set() if schema.reference is None else {schema.reference}
    for part in (*schema.properties.values(), *((schema.items,) if schema.items else ())):
        found |= references(part)
    return found


def read_interface(path: Path) -> Interface:
    """Raises DefinitionError."""
    try:
        document = json.loads(path.read_bytes(), object_pairs_hook=_without_repetition)
    except (ValueError, RecursionError) as error:
        raise DefinitionError(path.name, "", f"is not a JSON document: {error}") from error
    interface = parse_interface(document, path.name)
    if interface.name != path.stem:
        raise DefinitionError(path.name, "/interface", f"is {interface.name}, the file's name is {path.stem}")
    return interface


def read_interfaces(folder: Path) -> list[Interface]:
    return [read_interface(path) for path in sorted(folder.glob("*.json"))]


def _without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) != len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"{next(name for name in names if names.count(name) > 1)} stands twice in an object")
    return document


def parse_interface(document: object, file: str) -> Interface:
    """Raises DefinitionError."""
    return _Parser(file).interface(document)


def _step(path: str, name: str | int) -> str:
    return f"{path}/{str(name).replace('~', '~0').replace('/', '~1')}"


class _Parser:
    def __init__(self, file: str) -> None:
        self._file = file
        self._type_names: frozenset[str] = frozenset()

    def _refuse(self, path: str, message: str) -> DefinitionError:
        return DefinitionError(self._file, path, message)

    def _object(self, value: object, path: str, required: set[str], optional: set[str]) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise self._refuse(path, "must be an object")
        for name in sorted(required - value.keys()):
            raise self._refuse(_step(path, name), "is missing")
        for name in value:
            if name not in required and name not in optional:
                raise self._refuse(_step(path, name), "is not known")
        return value

    def _text(self, value: object, path: str) -> str:
        if not isinstance(value, str) or not value.strip():
            raise self._refuse(path, "must be text that is not empty")
        return value

    def _boolean(self, value: object, path: str) -> bool:
        if not isinstance(value, bool):
            raise self._refuse(path, "must be true or false")
        return value

    def _integer(self, value: object, path: str, least: int = -(2**63)) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= LARGEST_EXACT:
            raise self._refuse(path, f"must be a whole number from {least} to {LARGEST_EXACT}")
        return value

    def _sentence(self, source: dict[str, Any], path: str) -> str:
        path = _step(path, "description")
        text = self._text(source["description"], path)
        if not text.endswith("."):
            raise self._refuse(path, "must be a sentence and end with a full stop")
        return text

    def interface(self, document: object) -> Interface:
        required = {"interface", "version", "endpoint", "description", "types", "methods"}
        source = self._object(document, "", required, set())
        name = self._text(source["interface"], "/interface")
        if not _INTERFACE_NAME.match(name) or keyword.iskeyword(name) or name in _CPP_WORDS:
            raise self._refuse("/interface", "must be of a-z, 0-9, _, at most 31 characters, no word of a language")
        endpoint = source["endpoint"]
        if endpoint is not None and not _INTERFACE_NAME.match(self._text(endpoint, "/endpoint")):
            raise self._refuse("/endpoint", "must be an address, or null")
        types = self._object(source["types"], "/types", set(), set(source["types"] or ()))
        self._type_names = frozenset(types)
        parsed_types = {}
        for type_name, value in types.items():
            path = _step("/types", type_name)
            self._check_name(type_name, path)
            parsed_types[type_name] = self._schema(value, path, may_have_fields=True)
            if not parsed_types[type_name].description:
                raise self._refuse(_step(path, "description"), "is missing")
        self._refuse_cycles(parsed_types)
        methods = source["methods"]
        if not isinstance(methods, dict):
            raise self._refuse("/methods", "must be an object")
        interface = Interface(
            name=name,
            version=self._integer(source["version"], "/version", 1),
            endpoint=endpoint,
            description=self._sentence(source, ""),
            types=parsed_types,
            methods={method: self._method(method, value) for method, value in methods.items()},
        )
        self._check_structs(interface)
        return interface

    def _method(self, name: str, value: object) -> Method:
        path = _step("/methods", name)
        if not _METHOD_NAME.match(name) or len(name) > 128:
            raise self._refuse(path, "must be words of a-z, 0-9, _ with dots between them, at most 128 characters")
        required = {"description", "answered", "grant", "outside", "params"}
        source = self._object(value, path, required, {"idempotent", "result"})
        answered = self._boolean(source["answered"], _step(path, "answered"))
        for key in ("idempotent", "result"):
            if answered and key not in source:
                raise self._refuse(_step(path, key), "is missing")
            if not answered and key in source:
                raise self._refuse(_step(path, key), "has no meaning for what is not answered")
        grant = self._text(source["grant"], _step(path, "grant"))
        if not _GRANT_NAME.match(grant):
            raise self._refuse(_step(path, "grant"), "must be a capability, every, views, topic, stream, or none")
        return Method(
            name=name,
            description=self._sentence(source, path),
            answered=answered,
            idempotent=answered and self._boolean(source["idempotent"], _step(path, "idempotent")),
            grant=grant,
            outside=self._boolean(source["outside"], _step(path, "outside")),
            params=self._body(source["params"], _step(path, "params")),
            result=self._body(source["result"], _step(path, "result")) if answered else None,
        )

    def _body(self, value: object, path: str) -> Schema:
        schema = self._schema(value, path, may_have_fields=True)
        if schema.reference is None and (schema.type != "object" or schema.nullable):
            raise self._refuse(path, "must be an object: parameters and results can grow")
        return schema

    def _schema(self, value: object, path: str, *, may_have_fields: bool = False) -> Schema:
        if not isinstance(value, dict):
            raise self._refuse(path, "must be an object")
        if "$ref" in value:
            return self._reference(value, path)
        type_name, nullable = self._type(value.get("type", "any"), _step(path, "type"))
        known = {"type", "description", "default"} | _KEYWORDS[type_name]
        for key in value:
            if key not in known:
                raise self._refuse(_step(path, key), f"is not known for type {type_name}")
        properties = {}
        source = value.get("properties", {})
        if not isinstance(source, dict):
            raise self._refuse(_step(path, "properties"), "must be an object")
        if source and not may_have_fields:
            raise self._refuse(_step(path, "properties"), "stand in a named type: write a $ref")
        if len(source) > MOST_FIELDS:
            raise self._refuse(_step(path, "properties"), f"are more than {MOST_FIELDS}")
        for name, part in source.items():
            where = _step(_step(path, "properties"), name)
            self._check_name(name, where)
            properties[name] = self._schema(part, where)
        schema = Schema(
            type=type_name,
            nullable=nullable,
            description=self._text(value["description"], _step(path, "description")) if "description" in value else "",
            choices=self._choices(value, path),
            minimum=self._limit(value, path, "minimum", -(2**63)),
            maximum=self._limit(value, path, "maximum", -(2**63)),
            min_length=self._limit(value, path, "minLength"),
            max_length=self._limit(value, path, "maxLength"),
            max_bytes=self._limit(value, path, "maxBytes"),
            max_items=self._limit(value, path, "maxItems"),
            items=self._schema(value["items"], _step(path, "items")) if "items" in value else None,
            properties=properties,
            required=self._required(value, path, properties),
            closed="additionalProperties" in value and self._closed(value, path),
        )
        self._check_order(schema, path)
        if "default" not in value:
            return schema
        return self._with_default(schema, schema, value["default"], path)

    def _reference(self, value: dict[str, Any], path: str) -> Schema:
        source = self._object(value, path, {"$ref"}, {"default", "description"})
        target = self._text(source["$ref"], _step(path, "$ref"))
        name = target.removeprefix("#/types/")
        if name == target or name not in self._type_names:
            raise self._refuse(_step(path, "$ref"), f"{target} is no type of this interface")
        description = self._text(source["description"], _step(path, "description")) if "description" in source else ""
        default = source.get("default")
        if default is not None and not isinstance(default, (str, int, bool)):
            raise self._refuse(_step(path, "default"), "must be text, a whole number, true or false")
        return Schema(reference=name, description=description, default=default)

    def _type(self, value: object, path: str) -> tuple[str, bool]:
        nullable = isinstance(value, list)
        if isinstance(value, list):
            if len(value) != 2 or value[1] != "null":
                raise self._refuse(path, 'must be a type, or a list of a type and "null"')
            value = value[0]
        if not isinstance(value, str) or value not in TYPES or (nullable and value == "any"):
            raise self._refuse(path, "must be one of " + ", ".join(TYPES[1:]))
        return value, nullable

    def _limit(self, value: dict[str, Any], path: str, key: str, least: int = 0) -> int | None:
        return self._integer(value[key], _step(path, key), least) if key in value else None

    def _choices(self, value: dict[str, Any], path: str) -> tuple[str, ...]:
        if "enum" not in value:
            return ()
        path = _step(path, "enum")
        choices = value["enum"]
        if not isinstance(choices, list) or not choices:
            raise self._refuse(path, "must be a list that is not empty")
        for index, choice in enumerate(choices):
            self._text(choice, _step(path, index))
            if choice in choices[:index]:
                raise self._refuse(_step(path, index), "stands there twice")
        return tuple(choices)

    def _required(self, value: dict[str, Any], path: str, properties: dict[str, Schema]) -> frozenset[str]:
        path = _step(path, "required")
        names = value.get("required", [])
        if not isinstance(names, list):
            raise self._refuse(path, "must be a list")
        for index, name in enumerate(names):
            if name not in properties:
                raise self._refuse(_step(path, index), f"{name} is none of the properties")
            if name in names[:index]:
                raise self._refuse(_step(path, index), "stands there twice")
            if properties[name].default is not None:
                raise self._refuse(_step(path, index), f"{name} has a default")
        return frozenset(names)

    def _closed(self, value: dict[str, Any], path: str) -> bool:
        path = _step(path, "additionalProperties")
        return not self._boolean(value["additionalProperties"], path)

    def _check_order(self, schema: Schema, path: str) -> None:
        pairs = (
            ("minimum", schema.minimum, "maximum", schema.maximum),
            ("minLength", schema.min_length, "maxLength", schema.max_length),
        )
        for low, least, high, most in pairs:
            if least is not None and most is not None and least > most:
                raise self._refuse(_step(path, low), f"is more than {high}")

    def _with_default(self, schema: Schema, target: Schema, default: object, path: str) -> Schema:
        path = _step(path, "default")
        problem = default_problem(target, default)
        if problem is not None:
            raise self._refuse(path, problem)
        assert isinstance(default, (str, int, bool))
        return replace(schema, default=default)

    def _check_name(self, name: str, path: str) -> None:
        if not _FIELD_NAME.match(name):
            raise self._refuse(path, f"must be of a-z, 0-9, _ and at most {LONGEST_NAME} characters")
        if keyword.iskeyword(name) or name in _CPP_WORDS:
            raise self._refuse(path, "is a word of C++ or Python")

    def _refuse_cycles(self, types: dict[str, Schema]) -> None:
        def visit(name: str, way: tuple[str, ...]) -> None:
            if name in way:
                raise self._refuse(_step("/types", name), "holds itself: " + " → ".join((*way, name)))
            for other in sorted(references(types[name])):
                visit(other, (*way, name))

        for name in types:
            visit(name, ())

    def _check_structs(self, interface: Interface) -> None:
        """What can only be judged once every type is known."""
        places = [(_step("/types", name), schema) for name, schema in interface.types.items()]
        for name, method in interface.methods.items():
            places.append((_step(_step("/methods", name), "params"), method.params))
            if method.result is not None:
                places.append((_step(_step("/methods", name), "result"), method.result))
        for path, schema in places:
            if schema.reference is not None and interface.resolved(schema).type != "object":
                raise self._refuse(path, "must be an object: parameters and results can grow")
            for name, part in schema.properties.items():
                if part.reference is not None and part.default is not None:
                    problem = default_problem(interface.resolved(part), part.default)
                    if problem is not None:
                        raise self._refuse(_step(_step(_step(path, "properties"), name), "default"), problem)
        names: dict[str, str] = {}
        for path, name in [
            *((_step("/types", name), type_name(name)) for name in interface.types),
            *(
                (_step(_step("/methods", name), part), method_type_name(name, part))
                for name in interface.methods
                for part in ("params", "result")
            ),
        ]:
            if name in names:
                raise self._refuse(path, f"gives {name} a second meaning, beside {names[name]}")
            names[name] = path


_KEYWORDS: dict[str, set[str]] = {
    "any": set(),
    "object": {"properties", "required", "additionalProperties"},
    "array": {"items", "maxItems"},
    "string": {"enum", "minLength", "maxLength", "maxBytes"},
    "integer": {"minimum", "maximum"},
    "number": {"minimum", "maximum"},
    "boolean": set(),
}


def default_problem(schema: Schema, default: object) -> str | None:
    """Why `default` is no value of `schema`; nothing when it is one."""
    if schema.type == "string" and isinstance(default, str):
        return None if not schema.choices or default in schema.choices else "is none of the choices"
    if schema.type == "boolean" and isinstance(default, bool):
        return None
    if schema.type == "integer" and isinstance(default, int) and not isinstance(default, bool):
        low = schema.minimum is None or default >= schema.minimum
        high = schema.maximum is None or default <= schema.maximum
        return None if low and high else "is out of range"
    return f"is no {schema.type}"


def type_name(name: str) -> str:
    """`search_request` → `SearchRequest`."""
    return "".join(part.capitalize() for part in name.split("_"))


def method_type_name(method: str, part: str) -> str:
    """`index.search`, `params` → `IndexSearchParams`."""
    return type_name(method.replace(".", "_")) + part.capitalize()
