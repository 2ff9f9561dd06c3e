"""The lines of standard input, as many as are there at a time."""

from __future__ import annotations

import os
from typing import Iterator, List

from .errors import TimeClientError, one_line

_LONGEST_BYTES = 64 * 1024


def batches_of_lines(descriptor: int, most: int) -> Iterator[List[str]]:
    """Waits for a line; then gives that and what else has come, at most
    ``most``, without their line ends (LF or CRLF). So who types gets an answer
    to each line, and who pipes a file gets few, large batches.

    Throws TimeClientError for a read that fails, and for a line of more than
    64 KiB."""
    rest = b""
    while True:
        data = _read(descriptor)
        *lines, rest = (rest + data).split(b"\n")
        if not data and rest:  # the last line may lack its end
            lines, rest = [rest], b""
        if len(rest) > _LONGEST_BYTES:
            raise TimeClientError("standard input: a line of more than 64 "
                                  "KiB; write one value on each line")
        for first in range(0, len(lines), most):
            yield [_text(line) for line in lines[first:first + most]]
        if not data:
            return


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
