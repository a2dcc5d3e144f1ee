"""The dependency container: who needs whom is read from annotations and checked before anything is made."""

from __future__ import annotations

import enum
import typing
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple, Protocol, TypeVar

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


class Resolve(Protocol):
    def __call__(self, interface: type[T], /) -> T:
        """Raises MissingDependency."""


class _Instances(dict[type[Any], Any]):
    """What is made already; what is not is made when it is asked for."""

    def __init__(self, make: Callable[[type[Any]], Any], overrides: Mapping[type[Any], Any]) -> None:
        super().__init__(overrides)
        self.overrides = overrides
        self._make = make

    def __missing__(self, interface: type[Any]) -> Any:
        return self._make(interface)


class Container:
    """Used on one thread. register() everything, verify(), then resolve()."""

    # Not a method: where the instance is there, asking for it is one look-up, no dearer than a call.
    resolve: Resolve

    def __init__(self) -> None:
        self._registrations: dict[type[Any], _Registration] = {}
        self._use(_Instances(self._make, {}))

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
                if need not in self._registrations and need not in self._instances.overrides:
                    raise MissingDependency(f"{interface.__name__} needs {need.__name__}, which is not registered")

    def dependencies(self) -> dict[type[Any], tuple[type[Any], ...]]:
        """Of everything registered, what it needs. Nothing is made."""
        return {
            interface: tuple(registration.needs.values()) for interface, registration in self._registrations.items()
        }

    @contextmanager
    def override(self, interface: type[T], instance: T) -> Iterator[None]:
        """For tests: `instance` stands in for `interface` while the context lasts."""
        kept = self._instances
        # Anew: what was made with a replacement inside must not outlive the replacement.
        self._use(_Instances(self._make, {**kept.overrides, interface: instance}))
        try:
            yield
        finally:
            self._use(kept)

    def _use(self, instances: _Instances) -> None:
        self._instances = instances
        self.resolve = instances.__getitem__

    def _make(self, interface: type[Any]) -> Any:
        registration = self._registrations.get(interface)
        if registration is None:
            raise MissingDependency(f"{interface.__name__} is not registered")
        made = registration.factory(**{name: self.resolve(need) for name, need in registration.needs.items()})
        if registration.scope is Scope.SINGLETON:
            self._instances[interface] = made
        return made

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
