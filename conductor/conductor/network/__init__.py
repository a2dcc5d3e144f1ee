"""The network for extensions that have none of their own: `net.fetch` (docs/sandbox.md, "Network")."""
