"""The rules of the story levels, by the shipped ones."""

from __future__ import annotations

import pytest
from function_quest import library
from function_quest.calls import parse_call
from function_quest.level import Generator
from function_quest.story import Game, Parameter, Score, Story, StoryFunction, best_score, fewest_calls, score, shortest
from function_quest.story_generator import TARGET, generate_story

BASE = ['open_fridge()', 'grab_item("milk")', 'pour_into_glass("milk")', "drink_from_glass()"]  # fmt: skip
BEST = [
    "inventory()",
    "wash_glass()",
    "open_fridge()",
    "look_inside_fridge()",
    'grab_item("milk")',
    'check_freshness("milk")',
    'pour_into_glass("milk")',
    "drink_from_glass()",
]


def story(name: str) -> Story:
    level = library.load(name)
    assert isinstance(level, Story)
    return level


def solve(name: str, *calls: str) -> Score:
    return score(story(name), [parse_call(call) for call in calls])


def test_milk_has_exactly_its_functions() -> None:
    signatures = {
        f"{function.name}({', '.join(parameter.name for parameter in function.parameters)})"
        for function in story("milk").functions
    }
    assert signatures == {
        "open_fridge()",
        "look_inside_fridge()",
        "grab_item(item)",
        "check_freshness(item)",
        "wash_glass()",
        "pour_into_glass(item)",
        "drink_from_glass()",
        "inventory()",
    }


def test_the_fewest_calls_bring_the_hundred() -> None:
    result = solve("milk", *BASE)
    assert (result.won, result.score) == (True, 100)
    assert fewest_calls(story("milk")) == 4


def test_every_help_brings_its_points_once() -> None:
    assert solve("milk", *BEST).score == 145 == best_score(story("milk"))


@pytest.mark.parametrize(
    ("extra", "position", "points"),
    [
        ("look_inside_fridge()", 1, 10),
        ('check_freshness("milk")', 2, 20),
        ('check_freshness("milk")', 3, 20),
        ("wash_glass()", 0, 10),
        ("wash_glass()", 2, 10),
        ("inventory()", 0, 5),
        ("inventory()", 3, 5),
        # where it cannot help
        ("look_inside_fridge()", 0, -5),
        ("look_inside_fridge()", 2, -5),
        ('check_freshness("milk")', 1, -5),
        ("wash_glass()", 3, -5),
        # again
        ("open_fridge()", 1, -5),
        ('grab_item("milk")', 2, -5),
        ('pour_into_glass("milk")', 3, -5),
        # too early, or of something that is not there
        ("drink_from_glass()", 0, -5),
        ('grab_item("juice")', 1, -5),
        # against the rules
        ("fly()", 0, -5),
        ("open_fridge(1)", 0, -5),
        ("grab_item(1)", 1, -5),
    ],
)
def test_a_step_more(extra: str, position: int, points: int) -> None:
    calls = [*BASE[:position], extra, *BASE[position:]]
    result = solve("milk", *calls)
    assert (result.won, result.score) == (True, 100 + points)
    assert f"call {position + 1}, {extra}" in result.why or points > 0


def test_a_help_scores_once() -> None:
    assert solve("milk", "inventory()", "inventory()", *BASE).score == 100
    assert solve("milk", "wash_glass()", "wash_glass()", *BASE).score == 105


def test_drinking_ends_it() -> None:
    result = solve("milk", *BASE, "inventory()", "fly()")
    assert (result.won, result.score, len(result.steps)) == (True, 100, 4)
    assert "2 more were not made" in result.why


def test_not_won_says_so() -> None:
    assert solve("milk") == Score(False, 0, "not won: nothing was called", ())
    result = solve("milk", "wash_glass()", "drink_from_glass()")
    assert (result.won, result.score) == (False, 5)
    assert "The glass is empty" in result.why


def test_a_path_scores_its_efficiency() -> None:
    assert solve("rusty_key", "find_key()", "use_key('rusty_key')", "open_door()").score == 100
    longer = solve("rusty_key", "knock()", "find_key()", "use_key('rusty_key')", "open_door()")
    assert (longer.won, longer.score) == (True, 75)
    assert solve("rusty_key", "open_door()").score == 0


def test_undo_takes_everything_back() -> None:
    game = Game(story("milk"))
    assert not game.undo()
    for text in BEST:
        game.call(parse_call(text))
    assert game.won and game.call(parse_call("inventory()")).accepted is False
    facts_of_the_start = set(story("milk").facts)
    for _ in BEST:
        assert game.undo()
    assert not game.won and game.score == 0 and game.facts == facts_of_the_start and not game.scored


def test_possible_calls_never_cost_points() -> None:
    game = Game(story("milk"))
    while not game.won:
        step = game.call(game.possible()[0])
        assert step.points >= 0
    assert game.score >= 100


def test_points_come_once_even_when_a_fact_comes_again() -> None:
    functions = (
        StoryFunction("light", "", "lit", gives=("light",), points=10),
        StoryFunction("blow", "", "dark", needs=("light",), takes=("light",)),
        StoryFunction("end", "", "end", points=1),
    )
    level = Story("s", "story", 0, Generator("custom", 1), "scored", "x", "end", functions)
    calls = [parse_call(text) for text in ("light()", "blow()", "light()", "end()")]
    assert score(level, calls).score == 11 == best_score(level)


def test_a_call_that_is_forbidden_twice() -> None:
    functions = (
        StoryFunction("knock", "", "tock", once=True, gives=("knocked",)),
        StoryFunction("end", "", "end", needs=("knocked",)),
    )
    level = Story("s", "story", 0, Generator("custom", 1), "path", "x", "end", functions)
    game = Game(level)
    assert game.call(parse_call("knock()")).accepted
    assert "once only" in game.call(parse_call("knock()")).message


def test_a_text_of_a_level_reaches_nothing_but_arguments() -> None:
    hostile = "{item.__class__.__mro__} {item!r} {item:>999999999} {0} {item}"
    function = StoryFunction("f", "", hostile, parameters=(Parameter("item", "text", ("a",)),))
    end = StoryFunction("end", "", "end")
    level = Story("s", "story", 0, Generator("custom", 1), "scored", "x", "end", (function, end))
    step = Game(level).call(parse_call("f('a')"))
    assert step.value == "{item.__class__.__mro__} {item!r} {item:>999999999} {0} a"


@pytest.mark.parametrize("seed", range(30))
def test_generated_stories_can_be_solved(seed: int) -> None:
    level = generate_story(seed)
    solution = shortest(level)
    assert solution is not None and 4 <= len(solution) <= 7
    result = score(level, solution)
    assert (result.won, result.score) == (True, 100) and TARGET in result.why
    assert generate_story(seed) == level and generate_story(seed + 1) != level
