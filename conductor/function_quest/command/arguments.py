"""The words behind a command. Written out because argparse prints and exits by itself, which embedded code must not."""

from __future__ import annotations


class UsageError(ValueError):
    """Wrong use of the command line."""


class Arguments:
    """`--name value`, `--name=value`, flags, and names; after `--` everything is a name."""

    def __init__(self, words: list[str], values: tuple[str, ...], flags: tuple[str, ...]) -> None:
        self.names: list[str] = []
        self._values: dict[str, str] = {}
        self._flags: set[str] = set()
        rest = iter(words)
        for word in rest:
            if word == "--":
                self.names.extend(rest)
                break
            if not word.startswith("-") or word == "-":
                self.names.append(word)
                continue
            name, equals, value = word.partition("=")
            if name in values:
                if not equals:
                    following = next(rest, None)
                    if following is None:
                        raise UsageError(f"{name} needs a value")
                    value = following
                if name in self._values:
                    raise UsageError(f"{name} stands there twice")
                self._values[name] = value
            elif name in flags:
                if equals:
                    raise UsageError(f"{name} takes no value")
                self._flags.add(name)
            else:
                raise UsageError(f"there is no option {name}")

    def one_name(self, what: str) -> str:
        if len(self.names) != 1:
            raise UsageError(f"one {what} is needed, {len(self.names)} are given")
        return self.names[0]

    def no_names(self) -> None:
        if self.names:
            raise UsageError(f"{self.names[0]!r} is one argument too many")

    def value(self, name: str) -> str | None:
        return self._values.get(name)

    def needed(self, name: str) -> str:
        if name not in self._values:
            raise UsageError(f"{name} is missing")
        return self._values[name]

    def whole(self, name: str, otherwise: int, low: int, high: int) -> int:
        text = self._values.get(name)
        if text is None:
            return otherwise
        if not text.isascii() or not text.isdigit() or len(text) > 19 or not low <= int(text) <= high:
            raise UsageError(f"{name} must be a number from {low} to {high}, not {text!r}")
        return int(text)

    def flag(self, name: str) -> bool:
        return name in self._flags
