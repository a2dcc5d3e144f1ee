"""The names and shapes of messages, generated from ipc/interfaces. Importing a module costs a few constants."""
