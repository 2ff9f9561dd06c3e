"""What the command line can do, a row each."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Callable, Mapping

from . import _cli_zone_commands as zones
from ._cli_check import check
from ._cli_numbers import parse_count
from ._cli_output import ExitCode, exit_code, print_error, print_line
from .client import MAX_TIMESTAMPS, TimeClient
from .errors import TimeClientError

if TYPE_CHECKING:
    from ._cli_options import CliOptions


@dataclass(frozen=True)
class Command:
    """``run`` prints the result, and throws the TimeClientError of a call
    that failed; it gives the exit code. ``most_words`` may stand behind the
    command."""

    name: str
    help: str
    run: Callable[[TimeClient, CliOptions], int]
    most_words: int = 0


def _get_time(clock: TimeClient, options: CliOptions) -> ExitCode:
    print_line(options.output.time(clock.get_time()))
    return ExitCode.DONE


def _now(clock: TimeClient, options: CliOptions) -> ExitCode:
    print_line(options.output.now(clock.now(options.max_error_ns)))
    return ExitCode.DONE


def _timestamps(clock: TimeClient, options: CliOptions) -> ExitCode:
    left = 1
    if options.words:
        left = parse_count("timestamps", options.words[0], 1, 10**9)
    while left > 0:
        count = min(left, MAX_TIMESTAMPS)
        print_line(options.output.timestamps(clock.get_timestamps(count)))
        left -= count
    return ExitCode.DONE


def _exchange(clock: TimeClient, options: CliOptions) -> ExitCode:
    print_line(options.output.comparison(clock.exchange(options.samples)))
    return ExitCode.DONE


def _status(clock: TimeClient, options: CliOptions) -> ExitCode:
    print_line(options.output.status(clock.get_status()))
    return ExitCode.DONE


def _end(*unused: Any) -> None:
    """At once, also while a call waits: each line has been flushed, so there
    is nothing left to finish."""
    os._exit(ExitCode.DONE)


def _watch_once(clock: TimeClient, options: CliOptions) -> ExitCode:
    try:
        comparison = clock.exchange(options.samples)
    except TimeClientError as error:
        print_error(error)
        return exit_code(error)
    print_line(options.output.watch(time.time_ns(), comparison))
    return ExitCode.DONE


def _watch(clock: TimeClient, options: CliOptions) -> ExitCode:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _end)
    code = _watch_once(clock, options)
    lines = 1
    due_s = time.monotonic()
    while lines != options.count:
        # After a call that took longer than an interval, none is made up for.
        due_s = max(due_s + options.interval_s, time.monotonic())
        time.sleep(max(0.0, due_s - time.monotonic()))
        latest = _watch_once(clock, options)
        lines += 1
        if code is not ExitCode.DONE:
            code = latest
    return code


_ANY_WORDS = 1 << 62

COMMANDS: Mapping[str, Command] = {row.name: row for row in (
    Command("get_time", "the server's local time, as text", _get_time),
    Command("now", "true time as an interval, the round trip included", _now),
    Command("exchange", "how far the server's clock is from this machine's",
            _exchange),
    Command("check", "whether this machine's clock is right, for monitoring: "
            "exit 0, 1, 2 or 3", check),
    Command("timestamps", "N unique, increasing timestamps (1)", _timestamps,
            most_words=1),
    Command("to-local", "instants, NS... or a line each from standard input "
            "up to the first bad one, as a zone's wall clock shows them",
            zones.to_local,
            most_words=_ANY_WORDS),
    Command("from-local", "local times, TEXT... or a line each from standard "
            "input up to the first bad one, as instants", zones.from_local,
            most_words=_ANY_WORDS),
    Command("periods", "a zone's UTC offsets from --from until --until",
            zones.periods),
    Command("zones", "the names of zones that the server knows",
            zones.zones),
    Command("status", "the server's version, clock and oracle", _status),
    Command("watch",
            "exchange again and again, a line each; 0 if one succeeded",
            _watch),
)}
