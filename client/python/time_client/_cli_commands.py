"""What the command line can do, a row each."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Callable, Mapping

from ._cli_output import ExitCode, exit_code, print_error, print_line
from .client import TimeClient
from .errors import TimeClientError

if TYPE_CHECKING:
    from ._cli_options import CliOptions


@dataclass(frozen=True)
class Command:
    """``run`` prints the result, and throws the TimeClientError of a call
    that failed."""

    name: str
    help: str
    run: Callable[[TimeClient, CliOptions], ExitCode]


def _get_time(clock: TimeClient, options: CliOptions) -> ExitCode:
    print_line(options.output.time(clock.get_time()))
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


COMMANDS: Mapping[str, Command] = {row.name: row for row in (
    Command("get_time", "the server's local time, as text", _get_time),
    Command("exchange", "how far the server's clock is from this machine's",
            _exchange),
    Command("status", "the server's version, start and clock", _status),
    Command("watch",
            "exchange again and again, a line each; 0 if one succeeded",
            _watch),
)}
