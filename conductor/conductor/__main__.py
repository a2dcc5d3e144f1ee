"""`python3 -m conductor`: the Conductor without a window, for tests, servers and scripts."""

from __future__ import annotations

import argparse
import os
import sys

from .main import EXIT_USAGE, StartFailed, run


def main() -> int:
    parser = argparse.ArgumentParser(prog="conductor", description="Symphony's Conductor without a window.")
    parser.add_argument("workspace", nargs="?", help="the folder to open")
    parser.add_argument("--data-directory", help="where databases live")
    parser.add_argument("--runtime-directory", help="where instance.json and the socket are put")
    parser.add_argument("--listen", action="store_true", help="let other programs connect")
    parser.add_argument("--launcher", help="the program extensions are started with")
    parser.add_argument("--extensions-directory", help="where the extensions are; they are started")
    parser.add_argument("--log-file", help="where to log (JSON, one document a line)")
    arguments = parser.parse_args()
    config = vars(arguments)
    if arguments.workspace is not None:
        from symphony_ipc import escape_path

        config["workspace"] = escape_path(os.fsencode(os.path.abspath(arguments.workspace)))
    config["start_extensions"] = arguments.extensions_directory is not None
    try:
        return run({"mode": "module", **config})
    except StartFailed as failure:
        if failure.exit_code == EXIT_USAGE:  # the log has said everything else already
            print(f"conductor: {failure}", file=sys.stderr)
        return failure.exit_code


if __name__ == "__main__":
    sys.exit(main())
