"""The configuration the Conductor is started with, checked once."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, NamedTuple

MODES = ("desktop", "headless", "module")
PLUGINS_VARIABLE = "SYMPHONY_PIT_PLUGINS"
PROCESSES_VARIABLE = "SYMPHONY_PIT_PROCESSES"


class ConfigurationError(ValueError):
    """The configuration cannot be used; the text names the key."""


class Settings(NamedTuple):
    mode: str
    workspace: str | None  # absolute, escaped (docs/protocol.md section 10)
    data_directory: str
    runtime_directory: str
    listen: bool
    launcher: str
    extensions_directory: str | None
    log_file: str | None
    start_extensions: bool
    safe_mode: bool  # nothing runs that does not come with Symphony
    outer_sandbox: bool  # bubblewrap around every extension, where it is installed
    host_version: str
    stop_descriptor: int | None
    pit_plugins: list[str]  # shared objects with modules of the Pit (docs/pit.md)
    pit_processes: dict[str, list[str]]  # modules in a process of their own, by their id


def settings_from(config: Mapping[str, Any]) -> Settings:
    """Raises ConfigurationError. Keys it does not know are left alone: the application has its own there."""
    mode = config.get("mode", "module")
    if mode not in MODES:
        raise ConfigurationError(f"/mode must be one of {', '.join(MODES)}, not {mode!r}")
    descriptor = config.get("stop_descriptor")
    if descriptor is not None and (not isinstance(descriptor, int) or isinstance(descriptor, bool)):
        raise ConfigurationError("/stop_descriptor must be an integer")
    safe_mode = _flag(config, "safe_mode", False)
    return Settings(
        mode=mode,
        workspace=_text(config, "workspace"),
        data_directory=_text(config, "data_directory") or _default_data_directory(),
        runtime_directory=_text(config, "runtime_directory") or _default_runtime_directory(),
        listen=_flag(config, "listen", False),
        launcher=_text(config, "launcher") or _default_launcher(),
        extensions_directory=_text(config, "extensions_directory"),
        log_file=_text(config, "log_file"),
        start_extensions=_flag(config, "start_extensions", mode == "desktop"),
        safe_mode=safe_mode,
        outer_sandbox=_flag(config, "outer_sandbox", False),
        host_version=_text(config, "host_version") or "0.1.0",
        stop_descriptor=descriptor,
        pit_plugins=[] if safe_mode else _pit_plugins(config),
        pit_processes={} if safe_mode else _pit_processes(config),
    )


def _pit_plugins(config: Mapping[str, Any]) -> list[str]:
    plugins = config.get("pit_plugins")
    if plugins is None:
        return [file for file in os.environ.get(PLUGINS_VARIABLE, "").split(os.pathsep) if file]
    if not isinstance(plugins, list) or not all(isinstance(file, str) for file in plugins):
        raise ConfigurationError("/pit_plugins must be a list of paths")
    return plugins


def _pit_processes(config: Mapping[str, Any]) -> dict[str, list[str]]:
    processes = config.get("pit_processes")
    if processes is None:
        return _processes_from(os.environ.get(PROCESSES_VARIABLE, ""))
    if not isinstance(processes, dict) or not all(
        isinstance(command, list) and all(isinstance(part, str) for part in command) for command in processes.values()
    ):
        raise ConfigurationError("/pit_processes must be an object of commands, each a list of text")
    return processes


def _processes_from(text: str) -> dict[str, list[str]]:
    """`ID=COMMAND;ID`: without a command it is the built-in module, in the program that comes with Symphony."""
    processes: dict[str, list[str]] = {}
    for entry in filter(None, (part.strip() for part in text.split(";"))):
        module, equals, command = entry.partition("=")
        if not equals:
            processes[module] = [_beside("symphony-pit-module"), module]
            continue
        import shlex  # only whoever develops a module waits for it

        try:
            processes[module.strip()] = shlex.split(command)
        except ValueError as error:
            raise ConfigurationError(f"{PROCESSES_VARIABLE}, {entry!r}: {error}") from error
    return processes


def _text(config: Mapping[str, Any], key: str) -> str | None:
    value = config.get(key)
    if value is not None and not isinstance(value, str):
        raise ConfigurationError(f"/{key} must be text")
    return value or None


def _flag(config: Mapping[str, Any], key: str, default: bool) -> bool:
    value = config.get(key)
    if value is None:
        return default
    if not isinstance(value, bool):
        raise ConfigurationError(f"/{key} must be true or false")
    return value


def _default_launcher() -> str:
    return _beside("symphony-launcher")


def _beside(program: str) -> str:
    # lib/symphony/python/conductor/ → lib/symphony/, in the build tree as in the installed one.
    return os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..", program))


def _default_data_directory() -> str:
    base = os.environ.get("XDG_DATA_HOME") or os.path.expanduser("~/.local/share")
    return os.path.join(base, "symphony")


def _default_runtime_directory() -> str:
    # As the application has it, so that `symphony status` finds a Conductor of plain Python.
    if base := os.environ.get("XDG_RUNTIME_DIR"):
        return os.path.join(base, "symphony")
    return os.path.join(os.environ.get("TMPDIR") or "/tmp", f"symphony-{os.geteuid()}")
