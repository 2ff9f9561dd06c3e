"""count_lines.py [FOLDER...]: the lines of the smallest programs that get get_time working.

A line counts if something stands on it that is not a comment. Each folder of minimal/ is
one framework's project: its IDL, server, client, build file, and commands to type.
Without folders: all of them.
"""

from __future__ import annotations

import os
import re
import sys
from typing import Dict, List

MINIMAL = os.path.join(os.path.dirname(os.path.abspath(__file__)), "minimal")
KINDS = ("idl", "server", "client", "build", "commands")

_HASH = re.compile(r"#.*")
_SLASHES = re.compile(r"//[^\n]*|/\*.*?\*/", re.S)
# By the name's end; of Python, strings that nobody uses count as well.
_COMMENTS = {".py": _HASH, ".sh": _HASH, ".txt": _HASH, ".cpp": _SLASHES, ".proto": _SLASHES, ".thrift": _SLASHES}


def kind(name: str) -> str:
    """Which of KINDS a file is."""
    stem, ending = os.path.splitext(name)
    if ending in (".thrift", ".proto"):
        return "idl"
    if name == "CMakeLists.txt":
        return "build"
    if ending == ".sh":
        return "commands"
    if stem in ("server", "client") and ending in _COMMENTS:
        return stem
    raise ValueError(f"{name}: a minimal program is a server, a client, an IDL, CMakeLists.txt or commands.sh")


def count(path: str) -> int:
    with open(path, encoding="utf-8") as file:
        text = file.read()
    # Where a string holds what begins a comment, the line still counts for what stands before it.
    text = _COMMENTS[os.path.splitext(path)[1]].sub("", text)
    return sum(1 for line in text.splitlines() if line.strip())


def count_folder(folder: str) -> Dict[str, int]:
    """The lines of each kind, and their total."""
    lines = dict.fromkeys(KINDS, 0)
    for name in sorted(os.listdir(folder)):
        path = os.path.join(folder, name)
        if os.path.isfile(path):
            lines[kind(name)] += count(path)
    return {**lines, "total": sum(lines.values())}


def frameworks() -> List[str]:
    return sorted(name for name in os.listdir(MINIMAL) if os.path.isdir(os.path.join(MINIMAL, name)))


def main() -> int:
    folders = sys.argv[1:] or [os.path.join(MINIMAL, name) for name in frameworks()]
    columns = (*KINDS, "total")

    def show(name, cells):
        print(f"{name:14}" + "".join(f"{cell:>10}" for cell in cells))

    show("", columns)
    for folder in folders:
        try:
            lines = count_folder(folder)
        except (OSError, ValueError) as error:
            print(f"count_lines.py: {folder}: {error}", file=sys.stderr)
            return 1
        show(os.path.basename(os.path.normpath(folder)), (lines[column] for column in columns))
    return 0


if __name__ == "__main__":
    sys.exit(main())
