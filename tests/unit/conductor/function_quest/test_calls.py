from __future__ import annotations

import pytest
from function_quest.calls import Call, CallError, parse_call


@pytest.mark.parametrize(
    ("text", "name", "arguments"),
    [
        ("open_fridge()", "open_fridge", ()),
        ('  grab_item ( "milk" ) ', "grab_item", ("milk",)),
        ("grab_item('milk')", "grab_item", ("milk",)),
        (r"say('it\'s \\ here')", "say", (r"it's \ here",)),
        (r'say("a\"b\u00e9\n")', "say", ('a"bé\n',)),
        ("f(1, -2.5, true, false,)", "f", (1, -2.5, True, False)),
        ("f(0)", "f", (0,)),
    ],
)
def test_calls_are_read(text: str, name: str, arguments: tuple[object, ...]) -> None:
    call = parse_call(text)
    assert call == Call(name, call.arguments) and call.arguments == arguments
    assert [type(value) for value in call.arguments] == [type(value) for value in arguments]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "f",
        "f(",
        "f)",
        "f()()",
        "f() g()",
        "f(,)",
        "f(1 2)",
        "f(x)",
        "f(1+1)",
        "f(g())",
        "f([1])",
        "f(item=1)",
        "f('a",
        'f("a\n")',
        r"f('\x41')",
        r'f("\q")',
        "f(01)",
        "f(1e9)",
        "f(0x10)",
        "f(True)",
        "f(None)",
        "a.b()",
        "1f()",
        "__import__('os').system('x')",
        "f(" + "1," * 100 + ")",
        "f('" + "x" * 5000 + "')",
        "f(99999999999999999999)",
        "é()",
    ],
)
def test_what_is_no_call_is_refused(text: str) -> None:
    with pytest.raises(CallError) as error:
        parse_call(text)
    assert len(str(error.value)) < 300


def test_a_call_is_written_as_it_is_read() -> None:
    call = Call("f", ('a"b', 2, True))
    assert parse_call(str(call)) == call
