"""Holds arguments against what can be sent, before anything is. Each throws
UsageError, which says what would be right."""

from __future__ import annotations

import operator
from typing import Any, Iterable, List

from .enums import Disambiguation
from .errors import UsageError, one_line

MIN_NS, MAX_NS = -1 << 63, (1 << 63) - 1

_LONGEST_TIMEOUT_S = 86400.0
_LONGEST_WAIT_S = 365 * 86400.0


def check_timeout(name: str, seconds: float) -> float:
    if not _is_number(seconds) or not 0.0 < seconds <= _LONGEST_TIMEOUT_S:
        raise UsageError(f"{name} {seconds!r}: it must be a number of seconds "
                         f"over 0, at most {_LONGEST_TIMEOUT_S:.0f}")
    return float(seconds)


def check_wait(name: str, seconds: float) -> float:
    """As a timeout, but 0 looks once, and it may be as long as one likes."""
    if not _is_number(seconds) or not seconds >= 0.0:
        raise UsageError(f"{name} {one_line(repr(seconds), 60)}: it must be a "
                         "number of seconds, 0 or more")
    return float(min(seconds, _LONGEST_WAIT_S))


def check_limit(name: str, value: Any) -> int:
    number = whole_number(name, value)
    if number < 0:
        raise UsageError(f"{name} {number}: it must be 0, for no limit, or "
                         "more")
    return number


def check_count(name: str, count: int, least: int) -> int:
    if (not isinstance(count, int) or isinstance(count, bool)
            or count < least):
        raise UsageError(f"{name} {count!r}: it must be a whole number, "
                         f"{least} or more")
    return count


def whole_number(name: str, value: Any, bits: int = 64) -> int:
    """Of any integer type, numpy's as well, that fits the wire. No bool: it
    is more likely an argument in the wrong place."""
    try:
        if isinstance(value, bool):
            raise TypeError
        number = operator.index(value)
    except TypeError:
        raise UsageError(f"{name} {one_line(repr(value), 60)}: it must be a "
                         "whole number") from None
    if not -1 << bits - 1 <= number < 1 << bits - 1:
        raise UsageError(f"{name} {one_line(number, 60)}: it must fit in "
                         f"{bits} bits")
    return number


def text(name: str, value: Any) -> str:
    try:
        value.encode("utf-8")
    except (AttributeError, UnicodeError):
        raise UsageError(f"{name} {one_line(repr(value), 60)}: it must be a "
                         "str that UTF-8 can write") from None
    return str(value)


def whole_numbers(name: str, values: Iterable[Any]) -> List[int]:
    return [whole_number(f"{name}[{index}]", value)
            for index, value in enumerate(_items(name, values))]


def text_list(name: str, values: Iterable[Any]) -> List[str]:
    return [text(f"{name}[{index}]", value)
            for index, value in enumerate(_items(name, values))]


def policy_number(policy: Any) -> Disambiguation:
    """The server takes an unknown number for REJECT; a typo should say so."""
    if (isinstance(policy, int) and not isinstance(policy, bool)
            and policy in list(Disambiguation)):
        return Disambiguation(policy)
    raise UsageError(f"policy {one_line(repr(policy), 60)}: it must be one of "
                     + ", ".join(f"Disambiguation.{each.name}"
                                 for each in Disambiguation))


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _items(name: str, values: Iterable[Any]) -> Iterable[Any]:
    if isinstance(values, (str, bytes)):
        raise UsageError(f"{name} {one_line(repr(values), 60)}: it must be a "
                         "list, also of one")
    try:
        return iter(values)
    except TypeError:
        raise UsageError(f"{name} {one_line(repr(values), 60)}: it must be a "
                         "list") from None
