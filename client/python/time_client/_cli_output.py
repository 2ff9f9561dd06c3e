"""What the command line prints, and its exit codes: as the C++ time-client."""

from __future__ import annotations

import enum
import os
import sys
from dataclasses import dataclass
from typing import Callable, Iterable, Mapping, Sequence, TextIO

from . import _cli_time_output as times
from . import _cli_zone_output as zones
from ._cli_texts import dump, printable
from .errors import CallTimeout, ConnectError, UsageError, one_line
from .results import (ClockComparison, LocalTime, ResolvedTime, ServerStatus,
                      TimeInterval, TimestampRange, ZonePeriod)

PROGRAM = "time_client"


class ExitCode(enum.IntEnum):
    DONE = 0
    FAILED = 1
    USAGE = 2
    CANNOT_CONNECT = 3
    TIMED_OUT = 4


EXIT_CODES: Mapping[ExitCode, str] = {
    ExitCode.DONE: "done",
    ExitCode.FAILED: "the call failed",
    ExitCode.USAGE: "the command line makes no sense",
    ExitCode.CANNOT_CONNECT: "no endpoint could be connected to",
    ExitCode.TIMED_OUT: "the server did not reply in time",
}


def exit_code(error: Exception) -> ExitCode:
    if isinstance(error, UsageError):
        return ExitCode.USAGE
    if isinstance(error, ConnectError):
        return ExitCode.CANNOT_CONNECT
    if isinstance(error, CallTimeout):
        return ExitCode.TIMED_OUT
    return ExitCode.FAILED


@dataclass(frozen=True)
class Output:
    """How each kind of result is written. Without the last newline.
    ``watch`` is given this host's time in ns, too, and ``local`` and
    ``resolved`` what was converted."""

    name: str
    help: str
    time: Callable[[str], str]
    now: Callable[[TimeInterval], str]
    comparison: Callable[[ClockComparison], str]
    watch: Callable[[int, ClockComparison], str]
    check: Callable[[times.CheckResult], str]
    check_failure: Callable[[str], str]
    timestamps: Callable[[TimestampRange], str]
    status: Callable[[ServerStatus], str]
    local: Callable[[int, LocalTime], str]
    resolved: Callable[[str, ResolvedTime], str]
    period: Callable[[ZonePeriod], str]
    zones: Callable[[Sequence[str]], str]


class Unwritable(Exception):
    """Standard output cannot be written; the ``__cause__`` tells why."""


def print_line(line: str) -> None:
    """At once, for a reader at the end of a pipe. Throws Unwritable."""
    print_lines([line])


def print_lines(lines: Iterable[str]) -> None:
    """The same, none or many."""
    try:
        sys.stdout.write("".join(line + "\n" for line in lines))
        sys.stdout.flush()
    except OSError as error:
        raise Unwritable("standard output: cannot be written: "
                         f"{one_line(error.strerror or error)}") from error


def print_error(what: object) -> None:
    try:
        print(f"{PROGRAM}: {what}", file=sys.stderr, flush=True)
    except OSError:  # the exit code is left to tell
        drop_unwritten(sys.stderr)


def drop_unwritten(stream: TextIO) -> None:
    """After a write that failed: Python would try once more at its end, and
    then decide the exit code."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def replace_closed_streams() -> None:
    """Python has None for a standard stream that it found closed: print() then
    writes to another, or says nothing. Instead what reads or writes it is to
    fail as it would in C."""
    for name, mode, other_way in (("stdin", "r", os.O_WRONLY),
                                  ("stdout", "w", os.O_RDONLY),
                                  ("stderr", "w", os.O_RDONLY)):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.open(os.devnull, other_way), mode,
                                    encoding="utf-8", closefd=False))


OUTPUTS: Mapping[str, Output] = {row.name: row for row in (
    Output("text", "for people", printable, times.now_text,
           times.comparison_text, times.watch_text, times.check_text,
           times.check_failure_text, times.timestamps_text,
           times.status_text, zones.local_text, zones.resolved_text,
           zones.period_text, zones.zones_text),
    Output("json", "one object a line; counts of nanoseconds, null for a "
           "bound that is not promised",
           lambda text: dump({"time": text}), times.now_json,
           times.comparison_json, times.watch_json, times.check_json,
           times.check_failure_json, times.timestamps_json,
           times.status_json, zones.local_json, zones.resolved_json,
           zones.period_json, zones.zones_json),
)}
