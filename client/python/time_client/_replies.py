"""Turns decoded Thrift structs into this package's result types, and holds them
against what the IDL promises.

No field of the IDL is required, and old thriftpy neither checks the type of
a string nor of an enum, so nothing is taken on trust. Throws BadValue.
"""

from __future__ import annotations

from typing import Any, Callable, List, Optional, Sequence, TypeVar

from ._arguments import MAX_NS, MIN_NS
from ._boot_clock import longest_ns
from ._comparison import Sample
from .enums import ClockState, LocalKind, OracleRole
from .results import (ClockStatus, LocalTime, OracleStatus, ResolvedTime,
                      ServerStatus, TimeInterval, TimestampRange, ZonePeriod)

_Item = TypeVar("_Item")

_DAY_S = 86_400


class BadValue(Exception):
    """A field that the call cannot do without is missing or malformed."""


def read_text(value: Any) -> str:
    if not isinstance(value, str):
        raise BadValue("the text is not UTF-8")
    return value


def read_interval(value: Any, round_trip_ns: int) -> TimeInterval:
    """On receipt: true time has gone on since the server looked, at most by
    the round trip."""
    earliest_ns = _number(value, "earliest_ns")
    latest_ns = _number(value, "latest_ns")
    state = ClockState(value.state)
    if earliest_ns > latest_ns:
        raise BadValue("earliest_ns is after latest_ns")
    if not state.is_bounded:
        raise BadValue("an interval from a clock that has no bound")
    return TimeInterval(earliest_ns,
                        min(latest_ns + longest_ns(round_trip_ns), MAX_NS),
                        state)


def read_sample(value: Any, client_send_ns: int,
                client_receive_ns: int) -> Sample:
    if _number(value, "client_send_ns") != client_send_ns:
        raise BadValue("the exchange is another's")
    return Sample(
        client_send_ns=client_send_ns,
        server_receive_ns=_number(value, "server_receive_ns"),
        server_send_ns=_number(value, "server_send_ns"),
        client_receive_ns=client_receive_ns,
        error_ns=_error_ns(value),
        state=ClockState(value.state))


def read_timestamps(value: Any, count: int) -> TimestampRange:
    first = _number(value, "first")
    if _number(value, "count") != count:
        raise BadValue(f"count {value.count} for {count} timestamps")
    if first + count - 1 > MAX_NS:
        raise BadValue(f"timestamps from {first} on")
    return TimestampRange(first, count)


def read_local_times(value: Any, count: int) -> List[LocalTime]:
    return _items(value, count, lambda item: LocalTime(
        text=read_text(item.text),
        utc_offset_s=_offset_s(item),
        abbreviation=read_text(item.abbreviation)))


def read_resolved_times(value: Any, count: int) -> List[ResolvedTime]:
    return _items(value, count, lambda item: ResolvedTime(
        instant_ns=_instant(item, "instant_ns"),
        kind=LocalKind(item.kind),
        utc_offset_s=_offset_s(item)))


def read_periods(value: Any, from_ns: int, until_ns: int) -> List[ZonePeriod]:
    periods = _items(value, None, lambda item: ZonePeriod(
        start_ns=_instant(item, "start_ns"),
        end_ns=_instant(item, "end_ns"),
        utc_offset_s=_offset_s(item),
        abbreviation=read_text(item.abbreviation)))
    _check_without_holes(periods, from_ns, until_ns)
    return periods


def _check_without_holes(periods: Sequence[ZonePeriod], from_ns: int,
                         until_ns: int) -> None:
    reached_ns = from_ns
    for period in periods:
        if period.start_ns != reached_ns or period.end_ns <= reached_ns:
            raise BadValue(f"a hole in the periods at {reached_ns}")
        reached_ns = period.end_ns
    if reached_ns != max(from_ns, until_ns):
        raise BadValue(f"the periods end at {reached_ns}, not at {until_ns}")


def read_names(value: Any) -> List[str]:
    names = _items(value, None, read_text)
    # The order of code points is that of the bytes of UTF-8.
    if not names or any(name >= after for name, after in zip(names,
                                                             names[1:])):
        raise BadValue("the zones are not in order, or one is there twice, or "
                       "none at all")
    return names


def read_status(value: Any) -> ServerStatus:
    """Only what every server has must be there."""
    clock = value.clock
    if clock is None:
        raise BadValue("clock is missing")
    return ServerStatus(
        version=read_text(value.version),
        started_ns=_number(value, "started_ns"),
        clock=ClockStatus(
            now_ns=_number(clock, "now_ns"), state=ClockState(clock.state),
            error_ns=_error_ns(clock),
            bound_source=_optional_text(clock.bound_source),
            steps=clock.steps or 0, tai_offset_s=clock.tai_offset_s or 0,
            pending_leap_s=clock.pending_leap_s or 0),
        tzdb_version=_optional_text(value.tzdb_version),
        oracle=_oracle_status(value.oracle))


def _oracle_status(oracle: Any) -> OracleStatus:
    if oracle is None:
        return OracleStatus()
    return OracleStatus(
        role=OracleRole(oracle.role), leader=_optional_text(oracle.leader),
        last_timestamp=oracle.last_timestamp or 0,
        watermark=oracle.watermark or 0, ahead_ns=oracle.ahead_ns or 0)


def _items(value: Any, count: Optional[int],
           read: Callable[[Any], _Item]) -> List[_Item]:
    if not isinstance(value, list):
        raise BadValue("the list is missing")
    if count is not None and len(value) != count:
        raise BadValue(f"{len(value)} answers for {count} items")
    return [read(item) for item in value]


def _number(struct: Any, field: str) -> int:
    value = getattr(struct, field)
    if not isinstance(value, int):
        raise BadValue(f"{field} is missing")
    return value


def _instant(struct: Any, field: str) -> int:
    value = _number(struct, field)
    if value == MIN_NS:  # numpy and pandas would take it for "not a time"
        raise BadValue(f"{field} is out of range")
    return value


def _offset_s(struct: Any) -> int:
    value = _number(struct, "utc_offset_s")
    if abs(value) >= _DAY_S:
        raise BadValue(f"utc_offset_s {value} is a day or more")
    return value


def _optional_text(value: Any) -> str:
    return "" if value is None else read_text(value)


def _error_ns(struct: Any) -> Optional[int]:
    """None also where the state promises no bound, whatever stands there."""
    value = struct.error_ns
    promised = ClockState(struct.state).is_bounded
    return (value if promised and isinstance(value, int) and value >= 0
            else None)
