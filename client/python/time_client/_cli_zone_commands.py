"""The commands that convert: to-local, from-local, periods and zones."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Callable, List

from ._cli_lines import batches_of_lines
from ._cli_numbers import parse_instant
from ._cli_output import ExitCode, print_error, print_line, print_lines
from .client import MAX_BATCH, TimeClient
from .errors import BadRequest, UsageError

if TYPE_CHECKING:
    from ._cli_options import CliOptions


class _BadInstant(Exception):
    """A word or line that is no count of nanoseconds."""

    def __init__(self, index: int, text: str) -> None:
        super().__init__(f"'{text}' is no count of nanoseconds")
        self.index = index


def to_local(clock: TimeClient, options: CliOptions) -> ExitCode:
    def convert(items: List[str]) -> None:
        instants = _instants_of(items)
        print_lines(map(options.output.local, instants,
                        clock.to_local(instants, options.zone,
                                       options.format)))

    return _for_items(options, convert)


def from_local(clock: TimeClient, options: CliOptions) -> ExitCode:
    def convert(items: List[str]) -> None:
        print_lines(map(options.output.resolved, items,
                        clock.from_local(items, options.zone, options.format,
                                         options.policy)))

    return _for_items(options, convert)


def periods(clock: TimeClient, options: CliOptions) -> ExitCode:
    from_ns = _resolve(clock, options.from_ or "")
    until_ns = _resolve(clock, options.until or "")
    print_lines(map(options.output.period,
                    clock.zone_periods(options.zone, from_ns, until_ns)))
    return ExitCode.DONE


def zones(clock: TimeClient, options: CliOptions) -> ExitCode:
    print_line(options.output.zones(clock.list_zones()))
    return ExitCode.DONE


def _for_items(options: CliOptions,
               convert: Callable[[List[str]], None]) -> ExitCode:
    """Calls ``convert`` with each batch of items, which prints what it makes
    of them."""
    batches = (iter([options.words]) if options.words
               else batches_of_lines(sys.stdin.fileno(), MAX_BATCH))
    kind = "item" if options.words else "line"
    done = 0
    try:
        for items in batches:
            convert(items)
            done += len(items)
    except BadRequest as error:
        if error.index < 0:
            raise
        return _refuse(kind, done + error.index + 1, error.message)
    except _BadInstant as bad:
        if options.words:
            raise UsageError(str(bad)) from None
        return _refuse(kind, done + bad.index + 1, str(bad))
    return ExitCode.DONE


def _refuse(kind: str, number: int, why: str) -> ExitCode:
    print_error(f"{kind} {number}: {why}")
    return ExitCode.FAILED


def _instants_of(items: List[str]) -> List[int]:
    instants = []
    for index, item in enumerate(items):
        instant = parse_instant(item)
        if instant is None:
            raise _BadInstant(index, item)
        instants.append(instant)
    return instants


def _resolve(clock: TimeClient, text: str) -> int:
    """A T of the command line: nanoseconds, or a text that the server
    reads."""
    instant = parse_instant(text)
    return clock.from_local([text])[0].instant_ns if instant is None \
        else instant
