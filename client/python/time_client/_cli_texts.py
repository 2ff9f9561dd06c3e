"""How times are written, for people and as JSON."""

from __future__ import annotations

import datetime
import json
from typing import Any, Mapping, Optional

_EPOCH = datetime.datetime(1970, 1, 1)


def duration_text(ns: int) -> str:
    """Exactly, in the unit that suits: "12.345 us", "1.200345 ms"."""
    for unit, digits in (("us", 3), ("ms", 6)):
        if abs(ns) < 1000 * 10 ** digits:
            break
    else:
        unit, digits = "s", 9
    whole, fraction = divmod(abs(ns), 10 ** digits)
    return f"{'-' if ns < 0 else ''}{whole}.{fraction:0{digits}} {unit}"


def signed_duration_text(ns: int) -> str:
    return ("" if ns < 0 else "+") + duration_text(ns)


def instant_text(ns: int) -> str:
    """2026-11-24T21:30:56.123456789Z"""
    seconds, fraction = divmod(ns, 10 ** 9)
    instant = _EPOCH + datetime.timedelta(seconds=seconds)
    return f"{instant.isoformat()}.{fraction:09}Z"


def offset_text(offset_s: int) -> str:
    """-04:00, and with seconds only where it has some."""
    minutes, seconds = divmod(abs(offset_s), 60)
    text = (f"{'-' if offset_s < 0 else '+'}"
            f"{minutes // 60:02}:{minutes % 60:02}")
    return f"{text}:{seconds:02}" if seconds else text


def error_text(error_ns: Optional[int]) -> str:
    if error_ns is None:
        return "no error bound"
    return f"error bound {duration_text(error_ns)}"


def printable(text: str) -> str:
    """Fit for a terminal: it came over the network."""
    return "".join("?" if char < " " or char == "\x7f" else char
                   for char in text)


def dump(value: Mapping[str, Any]) -> str:
    """One line."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True,
                      separators=(",", ":"))
