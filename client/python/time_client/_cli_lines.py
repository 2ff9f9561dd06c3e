"""The lines of standard input, as many as are there at a time."""

from __future__ import annotations

import itertools
import os
from typing import Iterator, List

from .errors import TimeClientError, one_line

_LONGEST_BYTES = 64 * 1024


def batches_of_lines(descriptor: int, most: int) -> Iterator[List[str]]:
    """Waits for a line; then gives that and what else has come, at most
    ``most``, without their line ends (LF or CRLF). So who types gets an answer
    to each line, and who pipes a file gets few, large batches.

    Throws TimeClientError for a read that fails, and for a line of more than
    64 KiB, whose number it says; the lines before that have been given by
    then."""
    rest = b""
    count = 0
    while True:
        data = _read(descriptor)
        *lines, rest = (rest + data).split(b"\n")
        if not data and rest:  # the last line may lack its end
            lines, rest = [rest], b""
        good = list(itertools.takewhile(_is_short, lines))
        for first in range(0, len(good), most):
            yield [_text(line) for line in good[first:first + most]]
        count += len(good)
        if len(good) < len(lines) or not _is_short(rest):
            raise TimeClientError(f"line {count + 1}: it is longer than 64 "
                                  "KiB; write one value on each line")
        if not data:
            return


def _is_short(line: bytes) -> bool:
    return len(line) <= _LONGEST_BYTES


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, _LONGEST_BYTES)
    except OSError as error:
        raise TimeClientError("standard input: cannot be read: "
                              f"{one_line(error.strerror)}") from error


def _text(line: bytes) -> str:
    # What is no UTF-8 is for the server to refuse, with the line's number.
    if line.endswith(b"\r"):
        line = line[:-1]
    return line.decode("utf-8", "replace")
