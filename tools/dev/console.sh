# shellcheck shell=bash
# What the commands say. Everything goes to stderr: stdout belongs to the program that is run.

say() { printf 'dev: %s\n' "$*" >&2; }

fail() {
  printf 'dev: error: %s\n' "$*" >&2
  exit 1
}

fail_usage() {
  printf 'dev: error: %s\n' "$*" >&2
  exit 2
}
