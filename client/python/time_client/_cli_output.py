"""What the command line prints, and its exit codes: as the C++ time-client."""

from __future__ import annotations

import datetime
import enum
import json
import sys
from dataclasses import dataclass
from typing import Any, Callable, Dict, Mapping, Optional

from .errors import CallTimeout, ConnectError, TimeClientError, UsageError
from .results import ClockComparison, ServerStatus

PROGRAM = "time_client"

_EPOCH = datetime.datetime(1970, 1, 1)


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


def exit_code(error: TimeClientError) -> ExitCode:
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
    ``watch`` is given this host's time in ns, too."""

    name: str
    help: str
    time: Callable[[str], str]
    comparison: Callable[[ClockComparison], str]
    status: Callable[[ServerStatus], str]
    watch: Callable[[int, ClockComparison], str]


def print_line(line: str) -> None:
    """At once, for a reader at the end of a pipe. Throws OSError."""
    print(line, flush=True)


def print_error(what: object) -> None:
    print(f"{PROGRAM}: {what}", file=sys.stderr, flush=True)


def duration_text(ns: int) -> str:
    """Exactly, in the unit that suits: "12.345 us", "1.200345 ms"."""
    for unit, digits in (("us", 3), ("ms", 6)):
        if abs(ns) < 1000 * 10 ** digits:
            break
    else:
        unit, digits = "s", 9
    whole, fraction = divmod(abs(ns), 10 ** digits)
    return f"{'-' if ns < 0 else ''}{whole}.{fraction:0{digits}} {unit}"


def instant_text(ns: int) -> str:
    """2026-11-24T21:30:56.123456789Z"""
    seconds, fraction = divmod(ns, 10 ** 9)
    instant = _EPOCH + datetime.timedelta(seconds=seconds)
    return f"{instant.isoformat()}.{fraction:09}Z"


def _printable(text: str) -> str:
    """Fit for a terminal: it came over the network."""
    return "".join("?" if char < " " or char == "\x7f" else char
                   for char in text)


def _error_text(error_ns: Optional[int]) -> str:
    if error_ns is None:
        return "no error bound"
    return f"error bound {duration_text(error_ns)}"


def _measured_text(result: ClockComparison) -> str:
    sign = "" if result.offset_ns < 0 else "+"
    return (f"offset {sign}{duration_text(result.offset_ns)} \u00b1 "
            f"{duration_text(result.bound_ns)} "
            f"(delay {duration_text(result.delay_ns)}, "
            f"best of {result.samples})")


def _comparison_text(result: ClockComparison) -> str:
    return (f"{_measured_text(result)}, server state {result.state.name}, "
            f"{_error_text(result.server_error_ns)}")


def _status_text(status: ServerStatus) -> str:
    clock = status.clock
    return (f"version {_printable(status.version)}\n"
            f"started {instant_text(status.started_ns)}\n"
            f"clock   {instant_text(clock.now_ns)}, state {clock.state.name}, "
            f"{_error_text(clock.error_ns)}")


def _watch_text(now_ns: int, result: ClockComparison) -> str:
    return f"{instant_text(now_ns)} {_measured_text(result)}"


def _dump(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True,
                      separators=(",", ":"))


def _comparison_object(result: ClockComparison) -> Dict[str, Any]:
    return {"offset_ns": result.offset_ns, "delay_ns": result.delay_ns,
            "bound_ns": result.bound_ns,
            "server_error_ns": result.server_error_ns,
            "client_error_ns": result.client_error_ns,
            "samples": result.samples, "discarded": result.discarded,
            "state": result.state.name}


def _status_object(status: ServerStatus) -> Dict[str, Any]:
    clock = status.clock
    return {"version": status.version, "started_ns": status.started_ns,
            "clock": {"now_ns": clock.now_ns, "state": clock.state.name,
                      "error_ns": clock.error_ns}}


OUTPUTS: Mapping[str, Output] = {row.name: row for row in (
    Output("text", "for people", _printable, _comparison_text, _status_text,
           _watch_text),
    Output("json", "one object a line; counts of nanoseconds, null for a "
           "bound that is not promised",
           lambda text: _dump({"time": text}),
           lambda result: _dump(_comparison_object(result)),
           lambda status: _dump(_status_object(status)),
           lambda now_ns, result: _dump({**_comparison_object(result),
                                         "time_ns": now_ns})),
)}
