"""Stories from seeds: a chain of things to fetch and use, with side doors that lead nowhere. Path style."""

from __future__ import annotations

import random

from .level import GENERATOR_VERSION, Generator
from .story import HIDDEN, PATH, Parameter, Story, StoryFunction

_PLACES = ("lighthouse", "library", "workshop", "greenhouse", "observatory", "archive", "theatre", "harbour office")
_THINGS = (
    ("rusty_key", "a key with rust on it"),
    ("oil_lamp", "a lamp that still burns"),
    ("old_map", "a map with a mark on it"),
    ("brass_gear", "a gear of brass"),
    ("sealed_letter", "a letter with a red seal"),
    ("rope", "ten metres of rope"),
    ("lens", "a polished lens"),
    ("punched_card", "a card full of holes"),
    ("tuning_fork", "a fork that rings at 440 Hz"),
    ("copper_wire", "a coil of copper wire"),
    ("spare_fuse", "a fuse"),
    ("ledger", "a ledger of the year of the flood"),
)
_HIDING = ("drawer", "cellar", "attic", "chest", "clock", "desk", "shelf", "stove", "piano", "cabinet", "well", "crate")
TARGET = "The door opens!"


def generate_story(seed: int) -> Story:
    source = random.Random(f"story/{seed}/{GENERATOR_VERSION}")
    steps = source.randint(3, 6)
    place = source.choice(_PLACES)
    things = source.sample(_THINGS, len(_THINGS))
    hiding = source.sample(_HIDING, len(_HIDING))
    chain = [name for name, _ in things[:steps]]
    functions = [
        StoryFunction(
            f"search_{hiding[0]}",
            f"Looks through the {hiding[0]}, which is not locked.",
            chain[0],
            gives=(f"have:{chain[0]}",),
        )
    ]
    clues = [f"The {hiding[0]} is not locked."]
    fits: list[str] = []
    for index in range(1, steps):
        before, here = chain[index - 1], hiding[index]
        functions.append(_opening(here, before, chain[: index + 1], chain[index], things[index][1]))
        fits.append(f"{HIDDEN}fits:{here}:{before}")
        clues.append(f"The {here} gives way to the {before.replace('_', ' ')} only.")
    last = chain[-1]
    functions.append(
        StoryFunction(
            "open_door",
            f"Opens the door of the {place}, for whoever holds what the lock asks for.",
            TARGET,
            needs=(f"have:{last}",),
            refusal="The door does not move.",
        )
    )
    clues.append(f"The door asks for the {last.replace('_', ' ')}.")
    for index in range(source.randint(0, 3)):
        thing, here = things[steps + index][0], hiding[steps + index]
        needed = source.choice(chain)
        functions.append(_opening(here, needed, chain, thing, things[steps + index][1]))
        fits.append(f"{HIDDEN}fits:{here}:{needed}")
        clues.append(f"Somebody left the {thing.replace('_', ' ')} in the {here}.")
    source.shuffle(functions)
    source.shuffle(clues)
    return Story(
        name=f"story-{seed}",
        family="story",
        seed=seed,
        generator=Generator("story", GENERATOR_VERSION),
        style=PATH,
        statement=f"You stand before the {place}, and its door is shut. " + " ".join(clues),
        target=TARGET,
        functions=tuple(functions),
        facts=tuple(fits),
        title=f"The door of the {place}",
    )


def _opening(here: str, key: str, things: list[str], thing: str, what: str) -> StoryFunction:
    """Opened with one thing; which one the story tells."""
    return StoryFunction(
        f"open_{here}",
        f"Tries a thing on the {here}. Inside is {what}.",
        thing,
        parameters=(Parameter("thing", "text", tuple(sorted({*things, key}))),),
        needs=("have:{thing}", f"{HIDDEN}fits:{here}:{{thing}}"),
        refusal=f"The {{thing}} does not open the {here}, or you do not have it.",
        gives=(f"have:{thing}",),
    )
