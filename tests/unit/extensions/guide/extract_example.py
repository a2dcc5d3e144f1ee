"""Copies the first C++ example of the author's guide into a source file."""

import pathlib
import re
import sys


def main() -> int:
    guide, source = (pathlib.Path(argument) for argument in sys.argv[1:3])
    example = re.search(r"^```cpp\n(.*?)^```$", guide.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    if example is None:
        print(f"{guide} has no C++ example", file=sys.stderr)
        return 1
    source.write_text(example.group(1), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
