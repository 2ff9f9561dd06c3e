"""The commands that convert: to-local, from-local, periods and zones."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Callable, List, Optional

from ._cli_lines import batches_of_lines
from ._cli_numbers import parse_instant
from ._cli_output import ExitCode, print_error, print_line, print_lines
from .client import BATCH, TimeClient
from .errors import BadRequest, UsageError

if TYPE_CHECKING:
    from ._cli_options import CliOptions


# Prints what it makes of the items. Throws _BadItem for the first bad one, and
# then has printed nothing.
_Convert = Callable[[List[str]], None]


class _BadItem(Exception):
    """A word or line that cannot be converted."""

    def __init__(self, index: int, why: str) -> None:
        super().__init__(why)
        self.index = index


def to_local(clock: TimeClient, options: CliOptions) -> ExitCode:
    def convert(items: List[str]) -> None:
        instants = _instants_of(items, options)
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
    from_ns = _resolve(clock, "--from", options.from_ or "")
    until_ns = _resolve(clock, "--until", options.until or "")
    print_lines(map(options.output.period,
                    clock.zone_periods(options.zone, from_ns, until_ns)))
    return ExitCode.DONE


def zones(clock: TimeClient, options: CliOptions) -> ExitCode:
    print_line(options.output.zones(clock.list_zones()))
    return ExitCode.DONE


def _for_items(options: CliOptions, convert: _Convert) -> ExitCode:
    if options.words:
        return _for_words(options.words, convert)
    return _for_lines(convert)


def _for_words(words: List[str], convert: _Convert) -> ExitCode:
    """All or none."""
    try:
        _convert_all(words, convert)
    except _BadItem as bad:
        return _refuse("item", bad.index + 1, str(bad))
    return ExitCode.DONE


def _for_lines(convert: _Convert) -> ExitCode:
    done = 0
    for lines in batches_of_lines(sys.stdin.fileno(), BATCH):
        bad = _convert_good(lines, convert)
        if bad is not None:
            return _refuse("line", done + bad.index + 1, str(bad))
        done += len(lines)
    return ExitCode.DONE


def _convert_all(items: List[str], convert: _Convert) -> None:
    """As ``convert``, with the server's answer to a bad item as _BadItem."""
    try:
        convert(items)
    except BadRequest as error:
        if error.index < 0:
            raise
        raise _BadItem(error.index, error.message) from error


def _convert_good(items: List[str], convert: _Convert) -> Optional[_BadItem]:
    """Converts what comes before the first bad item, too, which is given
    back: how many lines came at once depends on the time, and what is printed
    must not."""
    found: Optional[_BadItem] = None
    while items or found is None:
        try:
            _convert_all(items, convert)
            break
        except _BadItem as bad:
            found = bad
            items = items[:bad.index]
    return found


def _refuse(kind: str, number: int, why: str) -> ExitCode:
    print_error(f"{kind} {number}: {why}")
    return ExitCode.FAILED


def _instants_of(items: List[str], options: CliOptions) -> List[int]:
    instants = []
    for index, item in enumerate(items):
        instant = parse_instant(item)
        if instant is None:
            why = f"'{item}' is no count of nanoseconds"
            if options.words:
                raise UsageError(why)
            raise _BadItem(index, why)
        instants.append(instant)
    return instants


def _resolve(clock: TimeClient, flag: str, text: str) -> int:
    """A T of the command line: nanoseconds, or a text that the server reads.
    ``flag`` is the one that it stands at."""
    instant = parse_instant(text)
    if instant is not None:
        return instant
    is_date = re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", text)
    try:
        return clock.from_local([text + "T00:00:00" if is_date else text]
                                )[0].instant_ns
    except BadRequest as error:
        raise BadRequest(
            f"{flag} '{text}': {error.message}; write nanoseconds since 1970, "
            "or ISO 8601 in UTC, such as 2026-01-01 or 2026-01-01T12:00",
            code=error.code) from error
