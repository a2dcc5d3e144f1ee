"""The Conductor: Symphony's orchestrator and architectural root. docs/conductor.md describes it."""
