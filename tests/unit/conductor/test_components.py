"""The real components: none needs itself in a circle; a new one is one file and one line (docs/conductor.md)."""

from __future__ import annotations

import asyncio
import graphlib
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conductor import components
from conductor.bootstrap import Sequence, StartReport
from conductor.bootstrap.assembly import AssemblyPhase
from conductor.components import COMPONENTS, register_components
from conductor.container import Container, DependencyCycle
from conductor.main import phases_for
from conductor.settings import Settings, settings_from
from orchestra_kit import Kit
from symphony_ipc import Bus, Pit

GUIDE = Path(__file__).parents[3] / "docs" / "conductor.md"
# What the phases before have made.
GIVEN = {Settings, Bus, Pit, Kit, StartReport}


def real_dependencies() -> dict[type[Any], tuple[type[Any], ...]]:
    container = Container()
    register_components(container)
    return container.dependencies()


EDGES = [
    pytest.param(needer, need, id=f"{needer.__name__}-{need.__name__}")
    for needer, needs in real_dependencies().items()
    for need in needs
    if need not in GIVEN
]


def test_the_real_components_can_be_put_in_an_order() -> None:
    order = list(graphlib.TopologicalSorter(real_dependencies()).static_order())
    assert {each.__name__ for each in order} >= {line.partition(":")[2] for line in COMPONENTS}


def test_what_the_real_components_need_is_there() -> None:
    dependencies = real_dependencies()
    assert {need for needs in dependencies.values() for need in needs} <= GIVEN | dependencies.keys()


def needing(back: type[Any]) -> Callable[..., Any]:
    def factory(needed: Any) -> Any:
        return needed

    factory.__annotations__["needed"] = back
    return factory


@pytest.mark.parametrize(("needer", "need"), EDGES)
def test_closing_a_circle_among_them_is_refused_and_named(needer: type[Any], need: type[Any]) -> None:
    """Whichever of the real dependencies is turned back: the registration that closes the circle says so."""
    closed = [line for line in COMPONENTS if line.partition(":")[2] == need.__name__]
    container = Container()
    register_components(container, [line for line in COMPONENTS if line not in closed])
    with pytest.raises(DependencyCycle) as caught:
        container.register(need, needing(needer))
    path = caught.value.path
    assert path[0] is path[-1] and {needer, need} <= set(path)
    assert f"{need.__name__} → " in str(caught.value) and f" → {needer.__name__}" in str(caught.value)
    turned: dict[type[Any], tuple[type[Any], ...]] = {**container.dependencies(), need: (needer,)}
    with pytest.raises(graphlib.CycleError):
        tuple(graphlib.TopologicalSorter(turned).static_order())


def test_there_are_real_dependencies_to_turn_back() -> None:
    assert len(EDGES) >= 3


def shown_in_the_guide() -> tuple[str, str, str]:
    """The file's name, what is in it, and the line of the registration."""
    section = GUIDE.read_text().partition("## A new component")[2].partition("\n## ")[0]
    name = re.search(r"`conductor/conductor/(\w+\.py)`", section)
    blocks = [re.sub(r"(?m)^    ", "", block) for block in re.findall(r"(?:(?:^    .*)?\n)+", section, re.MULTILINE)]
    file, line = [block.strip() for block in blocks if block.strip()]
    assert name is not None
    return name[1], file + "\n", line.strip('",')


def test_the_component_of_the_guide_is_one_file_and_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name, source, line = shown_in_the_guide()
    (tmp_path / name).write_text(source)
    import conductor

    monkeypatch.setattr(conductor, "__path__", [*conductor.__path__, str(tmp_path)])
    monkeypatch.setattr(components, "COMPONENTS", (*COMPONENTS, line))
    (tmp_path / "folder").mkdir()
    settings = settings_from(
        {"mode": "headless", "data_directory": str(tmp_path / "data"), "workspace": str(tmp_path / "folder")}
    )

    async def ask() -> Any:
        report = StartReport()
        phases = phases_for(settings, report)
        sequence = Sequence(phases, report)
        await sequence.start()
        (assembly,) = [phase for phase in phases if isinstance(phase, AssemblyPhase)]
        assert assembly.container is not None
        bus = assembly.container.resolve(Bus)
        try:
            return await bus.send_message("greeting", {"method": "greeting.get"})
        finally:
            await sequence.stop()

    assert asyncio.run(ask()) == {"text": f"Good day. Open is {tmp_path / 'folder'}."}
