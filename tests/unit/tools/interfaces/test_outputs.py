"""What each language gets from the small definition."""

from __future__ import annotations

import cpp
import markdown
import python_source
import typescript
from definition import parse_interface
from small import put, small

INTERFACE = parse_interface(small(), "greeter.json")


def test_cpp() -> None:
    text = cpp.generate(INTERFACE)
    assert cpp.file_name(INTERFACE) == "ipc/include/symphony/interfaces/greeter.h"
    assert "namespace symphony::interfaces::greeter {" in text
    assert (
        "/// Who is greeted.\n"
        "struct Person {\n"
        "  /// As it is called. 1 to 80 characters.\n"
        "  std::string name;\n"
        "  /// 0 to 200.\n"
        "  std::optional<std::uint64_t> age;\n"
        "  static constexpr auto fields = ipc::describe(\n"
        '      ipc::field("name", &Person::name),\n'
        '      ipc::field("age", &Person::age));\n'
        "};\n"
    ) in text
    assert "  Person person;\n" in text
    assert '  static constexpr std::string_view tone_default = "warm";\n' in text
    assert "  std::optional<std::uint64_t> times;\n  static constexpr std::uint64_t times_default = 1;\n" in text
    assert "  std::optional<std::vector<Person>> others;\n" in text
    assert "  nlohmann::json data;\n" in text
    assert 'inline constexpr ipc::Method greet_say{"greeter", "greet.say", true, true};\n' in text
    assert 'inline constexpr ipc::Method greet_stop{"greeter", "greet.stop", false, false};\n' in text
    assert text.index("struct Person") < text.index("struct GreetSayParams") < text.index("struct GreetSayResult")


def test_cpp_names_a_type_that_is_the_parameters() -> None:
    other = parse_interface(put(small(), "/methods/greet.say/params", {"$ref": "#/types/person"}), "greeter.json")
    assert "using GreetSayParams = Person;\n" in cpp.generate(other)


def test_cpp_puts_a_type_after_those_it_uses() -> None:
    document = small()
    types = {"all": {"description": "All.", "type": "object", "properties": {"one": {"$ref": "#/types/person"}}}}
    document["types"] = types | document["types"]
    text = cpp.generate(parse_interface(document, "greeter.json"))
    assert text.index("struct Person") < text.index("struct All")


def test_python() -> None:
    text = python_source.generate(INTERFACE)
    compiled: dict[str, object] = {}
    exec(compile(text, "greeter.py", "exec"), compiled)  # the names it gives at run time
    names = {name: value for name, value in compiled.items() if name.isupper()}
    assert names == {
        "ENDPOINT": "greeter",
        "GREET_SAY": "greet.say",
        "GREET_STOP": "greet.stop",
        "GREET_SAY_TONE_DEFAULT": "warm",
        "GREET_SAY_TIMES_DEFAULT": 1,
        "TYPE_CHECKING": False,
    }
    assert "    class Person(TypedDict):" in text
    assert "        age: NotRequired[int | None]\n" in text
    assert '        tone: NotRequired[Literal["warm", "cool"]]\n' in text
    assert "        others: NotRequired[list[Person]]\n" in text
    assert "        data: Any\n" in text
    assert "    GreetStopParams = dict[str, Any]\n" in text


def test_typescript() -> None:
    text = typescript.generate(INTERFACE)
    assert '  readonly tone?: "warm" | "cool";\n' in text
    assert "  readonly age?: number | null;\n" in text
    assert "  readonly others?: readonly Person[];\n" in text
    assert '  readonly "greet.say": { readonly params: GreetSayParams; readonly result: GreetSayResult };\n' in text
    assert '  readonly "greet.stop": { readonly params: JsonObject; readonly result: undefined };\n' in text
    assert 'import type { JsonObject } from "./json";\n' in text


def test_markdown() -> None:
    text = markdown.generate([INTERFACE])
    assert "## `greeter`\nSays hello. (endpoint `greeter`, version 1)\n" in text
    assert (
        "| `greet.say` | Greets somebody. Idempotent. | `greet.say`, programs | `person` person; "
        '`tone` tone, else "warm"; `times` integer (1 to 9), else 1; `others` list of person (at most 5 items), '
        "may be left out; nothing else | `text` string (at most 100 bytes); `data` anything |\n"
    ) in text
    assert "| `greet.stop` | No more. Notification. | every extension | `{}` | – |\n" in text
    assert "| tone | How. | string (one of warm, cool) |\n" in text
