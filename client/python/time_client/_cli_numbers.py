"""Numbers of a command line. Each throws UsageError, which begins with the
source and the text and says what would be right."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Optional

from ._arguments import MAX_NS, MIN_NS
from .errors import UsageError

_UNITS = {"ns": 1, "us": 10**3, "ms": 10**6, "s": 10**9, "m": 60 * 10**9,
          "h": 3600 * 10**9}
_LONGEST_NS = 24 * _UNITS["h"]


def parse_count(source: str, text: str, least: int, most: int) -> int:
    """A whole number from ``least`` to ``most``."""
    whole = re.fullmatch(r"[0-9]{1,12}", text)
    if not whole or not least <= int(text) <= most:
        raise UsageError(f"{source} {text!r} is no whole number from {least} "
                         f"to {most}")
    return int(text)


def parse_seconds(source: str, text: str, most: int) -> float:
    """Seconds, as in "2" or "0.25", or a time with its unit, as in "500ms" or
    "1m", from 1 ms on."""
    number = re.fullmatch(r"([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?",
                          text)
    exact_ns = _with_unit_ns(text)
    if number:
        seconds = float(text)
    else:
        seconds = 0.0 if exact_ns is None else float(exact_ns / 10**9)
    if not 0.001 <= seconds <= most:
        raise UsageError(f"{source} {text!r} is no number of seconds from "
                         f"0.001 to {most}, nor such a time with its unit, as "
                         "500ms or 1m")
    return seconds


def parse_duration(source: str, text: str) -> int:
    """A time with its unit, as in "5ms", "1.5s" or "2h", in nanoseconds."""
    exact_ns = _with_unit_ns(text)
    if exact_ns is not None and 1 <= exact_ns <= _LONGEST_NS:
        return int(exact_ns + Fraction(1, 2))
    raise UsageError(f"{source} {text!r} is no duration from 1ns to 24h, such "
                     "as 5ms")


def _with_unit_ns(text: str) -> Optional[Fraction]:
    """None where it is no time with its unit."""
    found = re.fullmatch(r"([0-9]{1,40}(?:\.[0-9]{1,40})?)(ns|us|ms|s|m|h)",
                         text)
    return (Fraction(found.group(1)) * _UNITS[found.group(2)] if found
            else None)


def parse_instant(text: str) -> Optional[int]:
    """A count of nanoseconds since 1970; None where it is none of 64 bits."""
    if not re.fullmatch(r"-?[0-9]{1,40}", text):
        return None
    value = int(text)
    return value if MIN_NS <= value <= MAX_NS else None
