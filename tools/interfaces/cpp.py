"""A header of a service: its methods, and their parameters and results as structs for symphony/ipc/typed.h."""

from __future__ import annotations

import json

from definition import Interface, Schema, method_type_name, type_name
from layout import bounds, comment

FOLDER = "ipc/include/symphony/interfaces"
_ABOUT = (
    "A member that may be left out is optional; its default stands beside it. Limits, which the bus checks before a "
    "handler sees a body (symphony/ipc/interface.h), are in the comments. Errors of reading: symphony/ipc/typed.h."
)


def file_name(interface: Interface) -> str:
    return f"{FOLDER}/{interface.name}.h"


def generate(interface: Interface) -> str:
    lines = [
        "#pragma once",
        f"// Generated from ipc/interfaces/{interface.name}.json by tools/interfaces/generate.py; do not edit.",
        "// clang-format off",
        *comment("// ", interface.description),
        "//",
        *comment("// ", _ABOUT),
        "",
        "#include <cstdint>",
        "#include <optional>",
        "#include <string>",
        "#include <string_view>",
        "#include <vector>",
        "",
        "#include <nlohmann/json.hpp>",
        "",
        "#include <symphony/ipc/method.h>",
        "#include <symphony/ipc/typed.h>",
        "",
        f"namespace symphony::interfaces::{interface.name} {{",
    ]
    for name, described in interface.types_in_order():
        if described.has_fields:
            lines += _struct(interface, type_name(name), described, described.description)
    for method in interface.methods.values():
        for part, schema in (("params", method.params), ("result", method.result)):
            if schema is None:
                continue
            struct = method_type_name(method.name, part)
            if schema.reference is not None:
                lines += ["", f"using {struct} = {type_name(schema.reference)};"]
            elif schema.has_fields:
                lines += _struct(interface, struct, schema, f"The {_WORDS[part]} of {method.name}.")
    if interface.methods:
        lines += ["", "namespace method {"]
        target = json.dumps(interface.endpoint or "")
        for method in interface.methods.values():
            lines += comment("/// ", method.description)
            answered, idempotent = json.dumps(method.answered), json.dumps(method.idempotent)
            lines.append(
                f"inline constexpr ipc::Method {method.name.replace('.', '_')}"
                f"{{{target}, {json.dumps(method.name)}, {answered}, {idempotent}}};"
            )
        lines.append("}  // namespace method")
    lines += ["", f"}}  // namespace symphony::interfaces::{interface.name}", ""]
    return "\n".join(lines)


_WORDS = {"params": "parameters", "result": "result"}


def _struct(interface: Interface, name: str, schema: Schema, description: str) -> list[str]:
    lines = ["", *comment("/// ", description), f"struct {name} {{"]
    for field, part in schema.properties.items():
        target = interface.resolved(part)
        about = " ".join(text for text in (part.description or target.description, bounds(target)) if text)
        lines += [f"  {line}" for line in comment("/// ", about)]
        cpp = _type(interface, part)
        if (field not in schema.required or target.nullable) and target.type != "any":
            cpp = f"std::optional<{cpp}>"
        lines.append(f"  {cpp} {field}{_initial(cpp)};")
        if part.default is not None:
            constant = _constant(interface, part)
            lines.append(f"  static constexpr {constant} {field}_default = {json.dumps(part.default)};")
    members = [f'ipc::field("{field}", &{name}::{field})' for field in schema.properties]
    lines.append("  static constexpr auto fields = ipc::describe(")
    lines += [f"      {member}{',' if member is not members[-1] else ');'}" for member in members]
    lines.append("};")
    return lines


def _initial(cpp: str) -> str:
    return {"bool": " = false", "double": " = 0", "std::int64_t": " = 0", "std::uint64_t": " = 0"}.get(cpp, "")


def _type(interface: Interface, schema: Schema) -> str:
    target = interface.resolved(schema)
    if target.has_fields and schema.reference is not None:
        return type_name(schema.reference)
    if target.type == "array":
        return f"std::vector<{_type(interface, target.items)}>" if target.items else "nlohmann::json"
    if target.type == "integer":
        return "std::uint64_t" if target.minimum is not None and target.minimum >= 0 else "std::int64_t"
    return {"string": "std::string", "number": "double", "boolean": "bool"}.get(target.type, "nlohmann::json")


def _constant(interface: Interface, schema: Schema) -> str:
    cpp = _type(interface, schema)
    return "std::string_view" if cpp == "std::string" else cpp
