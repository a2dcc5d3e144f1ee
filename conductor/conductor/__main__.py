"""`python3 -m conductor`: the Conductor without a window, for tests, servers and scripts."""

from __future__ import annotations

import getopt  # argparse costs 8 ms of a start that is measured
import os
import sys
from typing import Any

from .main import EXIT_USAGE, SequenceOf, StartFailed, run, sequence_for

USAGE = """\
usage: python3 -m conductor [OPTION...] [FOLDER]

  --data-directory DIR        where databases live
  --runtime-directory DIR     where instance.json and the socket are put
  --listen                    let other programs connect
  --launcher FILE             the program extensions are started with
  --extensions-directory DIR  where the extensions are; they are started
  --safe-mode                 start no extension that does not come with Symphony
  --log-file FILE             where to log (JSON, one document a line)
"""
FLAGS = ["listen", "safe-mode"]
OPTIONS = ["data-directory=", "runtime-directory=", "launcher=", "extensions-directory=", "log-file=", "help", *FLAGS]


def main(arguments: list[str], *, sequence_of: SequenceOf = sequence_for) -> int:
    config: dict[str, Any] = {"mode": "module"}
    try:
        options, folders = getopt.gnu_getopt(arguments, "h", OPTIONS)
        if len(folders) > 1:
            raise getopt.GetoptError("one folder at a time")
    except getopt.GetoptError as error:
        print(f"conductor: {error}\n{USAGE}", end="", file=sys.stderr)
        return EXIT_USAGE
    for name, value in options:
        if name in ("-h", "--help"):
            print(USAGE, end="")
            return 0
        option = name.removeprefix("--")
        config[option.replace("-", "_")] = True if option in FLAGS else value
    if folders:
        from symphony_ipc import escape_path

        config["workspace"] = escape_path(os.fsencode(os.path.abspath(folders[0])))
    config["start_extensions"] = "extensions_directory" in config
    try:
        return run(config, sequence_of=sequence_of)
    except StartFailed as failure:
        if failure.exit_code == EXIT_USAGE:  # the log has said everything else already
            print(f"conductor: {failure}", file=sys.stderr)
        return failure.exit_code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
