from __future__ import annotations

import pytest
from conductor.container import Container, DependencyCycle, MissingDependency, Scope


class A:
    def __init__(self, b: B) -> None:
        self.b = b


class B:
    def __init__(self, c: C, size: int = 3) -> None:
        self.c = c
        self.size = size


class C:
    def __init__(self) -> None:
        pass


class CycleC(C):
    def __init__(self, a: A) -> None:
        self.a = a


class Itself:
    def __init__(self, other: Itself) -> None:
        self.other = other


def chain() -> Container:
    container = Container()
    container.register(A, A)
    container.register(B, B)
    container.register(C, C)
    return container


def test_what_is_needed_is_made_in_any_order_of_registration() -> None:
    container = chain()
    container.verify()
    made = container.resolve(A)
    assert isinstance(made.b.c, C)
    assert made.b.size == 3


def test_a_singleton_is_one_and_a_transient_is_new() -> None:
    container = chain()
    assert container.resolve(B) is container.resolve(A).b
    other = Container()
    other.register(C, C, Scope.TRANSIENT)
    assert other.resolve(C) is not other.resolve(C)


def test_a_cycle_is_named_when_it_is_closed() -> None:
    container = Container()
    container.register(A, A)
    container.register(B, B)
    with pytest.raises(DependencyCycle) as caught:
        container.register(C, CycleC)
    assert str(caught.value) == "C → A → B → C"
    assert caught.value.path == [C, A, B, C]
    container.register(C, C)  # the refused registration left nothing behind
    container.verify()


def test_needing_oneself_is_a_cycle() -> None:
    with pytest.raises(DependencyCycle, match="^Itself → Itself$"):
        Container().register(Itself, Itself)


def test_what_is_missing_is_named_with_who_needs_it() -> None:
    container = Container()
    container.register(A, A)
    container.register(B, B)
    with pytest.raises(MissingDependency, match="B needs C"):
        container.verify()
    with pytest.raises(MissingDependency, match="C is not registered"):
        container.resolve(A)


def test_an_override_lasts_as_long_as_its_context() -> None:
    container = chain()
    real, stand_in = container.resolve(A), C()
    with container.override(C, stand_in):
        assert container.resolve(A).b.c is stand_in
    assert container.resolve(A) is real
    assert container.resolve(A).b.c is not stand_in


def test_an_override_satisfies_verification() -> None:
    container = Container()
    container.register(B, B)
    with container.override(C, C()):
        container.verify()
        assert container.resolve(B)


def test_a_factory_may_be_a_function() -> None:
    def make(c: C) -> B:
        return B(c, size=7)

    container = Container()
    container.register(C, C)
    container.register(B, make)
    assert container.resolve(B).size == 7


def test_a_parameter_without_type_is_refused() -> None:
    def make(c):  # type: ignore[no-untyped-def]
        return B(c)

    with pytest.raises(TypeError, match="'c'"):
        Container().register(B, make)


def test_a_second_registration_is_refused() -> None:
    container = chain()
    with pytest.raises(ValueError, match="A is registered already"):
        container.register(A, A)
