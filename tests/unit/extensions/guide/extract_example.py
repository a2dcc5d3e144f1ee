"""Copies the C++ program of one name out of the author's guide into a source file."""

import pathlib
import re
import sys


def main() -> int:
    guide, name, source = sys.argv[1:4]
    programs = re.findall(r"^```cpp\n(.*?)^```$", pathlib.Path(guide).read_text("utf-8"), re.MULTILINE | re.DOTALL)
    found = [program for program in programs if f'.name = "{name}"' in program]
    if len(found) != 1:
        print(f'{guide} has {len(found)} programs with .name = "{name}"', file=sys.stderr)
        return 1
    pathlib.Path(source).write_text(found[0], encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
