"""Function Quest: the Conductor's training ground. It stands alone: no bus, no Conductor (docs/quest.md)."""
