"""Turns decoded Thrift structs into this package's result types.

No field of the IDL is required, and old thriftpy neither checks the type of
a string nor of an enum, so nothing is taken on trust. Throws BadValue.
"""

from __future__ import annotations

from typing import Any, Optional

from ._comparison import Sample
from .results import ClockState, ClockStatus, ServerStatus


class BadValue(Exception):
    """A field that the call cannot do without is missing or malformed."""


def read_text(value: Any) -> str:
    if not isinstance(value, str):
        raise BadValue("the text is not UTF-8")
    return value


def read_sample(value: Any, client_send_ns: int,
                client_receive_ns: int) -> Sample:
    return Sample(
        client_send_ns=client_send_ns,
        server_receive_ns=_number(value, "server_receive_ns"),
        server_send_ns=_number(value, "server_send_ns"),
        client_receive_ns=client_receive_ns,
        error_ns=_error_ns(value),
        state=ClockState(value.state))


def read_status(value: Any) -> ServerStatus:
    clock = value.clock
    if clock is None:
        raise BadValue("clock is missing")
    return ServerStatus(
        version=read_text(value.version),
        started_ns=_number(value, "started_ns"),
        clock=ClockStatus(now_ns=_number(clock, "now_ns"),
                          state=ClockState(clock.state),
                          error_ns=_error_ns(clock)))


def _number(struct: Any, field: str) -> int:
    value = getattr(struct, field)
    if not isinstance(value, int):
        raise BadValue(f"{field} is missing")
    return value


def _error_ns(struct: Any) -> Optional[int]:
    """None also where the state promises no bound, whatever stands there."""
    value = struct.error_ns
    promised = ClockState(struct.state) in (ClockState.SYNCHRONIZED,
                                            ClockState.HOLDOVER)
    return (value if promised and isinstance(value, int) and value >= 0
            else None)
