"""The dependency container: who needs whom is read from annotations and checked before anything is made."""

from __future__ import annotations

import enum
import typing
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple, TypeVar, cast

T = TypeVar("T")


class Scope(enum.Enum):
    SINGLETON = "singleton"  # one for the life of the container
    TRANSIENT = "transient"  # a new one for everybody who asks


class DependencyCycle(Exception):
    """Names the cycle: `A → B → A`."""

    def __init__(self, path: list[type[Any]]) -> None:
        super().__init__(" → ".join(step.__name__ for step in path))
        self.path = path


class MissingDependency(Exception):
    """Something is needed that nobody registered."""


class _Registration(NamedTuple):
    factory: Callable[..., Any]
    scope: Scope
    needs: dict[str, type[Any]]


class Container:
    """Used on one thread. register() everything, verify(), then resolve()."""

    def __init__(self) -> None:
        self._registrations: dict[type[Any], _Registration] = {}
        self._singletons: dict[type[Any], Any] = {}
        self._overrides: dict[type[Any], Any] = {}

    def register(self, interface: type[T], factory: Callable[..., T], scope: Scope = Scope.SINGLETON) -> None:
        """`factory`'s annotated parameters without default are what it needs. Raises DependencyCycle at once."""
        if interface in self._registrations:
            raise ValueError(f"{interface.__name__} is registered already")
        self._registrations[interface] = _Registration(factory, scope, _needs_of(factory))
        try:
            self._follow(interface, [])
        except DependencyCycle:
            del self._registrations[interface]
            raise

    def register_instance(self, interface: type[T], instance: T) -> None:
        self.register(interface, lambda: instance)

    def verify(self) -> None:
        """Raises MissingDependency, naming who needs it."""
        for interface, registration in self._registrations.items():
            for need in registration.needs.values():
                if need not in self._registrations and need not in self._overrides:
                    raise MissingDependency(f"{interface.__name__} needs {need.__name__}, which is not registered")

    def resolve(self, interface: type[T]) -> T:
        if interface in self._overrides:
            return cast(T, self._overrides[interface])
        if interface in self._singletons:
            return cast(T, self._singletons[interface])
        registration = self._registrations.get(interface)
        if registration is None:
            raise MissingDependency(f"{interface.__name__} is not registered")
        made = registration.factory(**{name: self.resolve(need) for name, need in registration.needs.items()})
        # What was made with a replacement inside must not outlive the replacement.
        if registration.scope is Scope.SINGLETON and not self._overrides:
            self._singletons[interface] = made
        return cast(T, made)

    @contextmanager
    def override(self, interface: type[T], instance: T) -> Iterator[None]:
        """For tests: `instance` stands in for `interface` while the context lasts."""
        kept_overrides, kept_singletons = self._overrides, self._singletons
        self._overrides, self._singletons = {**kept_overrides, interface: instance}, {}
        try:
            yield
        finally:
            self._overrides, self._singletons = kept_overrides, kept_singletons

    def _follow(self, interface: type[Any], path: list[type[Any]]) -> None:
        if interface in path:
            raise DependencyCycle(path[path.index(interface) :] + [interface])
        registration = self._registrations.get(interface)
        if registration is not None:
            for need in registration.needs.values():
                self._follow(need, path + [interface])


def _needs_of(factory: Callable[..., Any]) -> dict[str, type[Any]]:
    function = factory.__init__ if isinstance(factory, type) else factory  # type: ignore[misc]
    code = getattr(function, "__code__", None)
    if code is None:
        return {}
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    defaults = len(function.__defaults__ or ())
    optional = set(names[code.co_argcount - defaults : code.co_argcount]) | set(function.__kwdefaults__ or ())
    hints = typing.get_type_hints(function)
    needs: dict[str, type[Any]] = {}
    for name in names:
        if name == "self" or name in optional:
            continue
        if name not in hints:
            raise TypeError(f"parameter {name!r} of {factory!r} has no type: the container cannot know what it needs")
        needs[name] = hints[name]
    return needs
