"""The Conductor: Symphony's orchestrator and architectural root. docs/conductor.md describes it."""

from . import without_tls  # noqa: F401  # before whatever imports asyncio
