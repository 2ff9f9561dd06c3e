"""What the calls return: plain immutable values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Iterator, Optional

from .enums import ClockState, LocalKind, OracleRole


@dataclass(frozen=True)
class TimeInterval:
    """When it was received, true time was within ``earliest_ns`` and
    ``latest_ns``, both included: nanoseconds since 1970-01-01T00:00:00Z. An
    instant before ``earliest_ns`` is surely past.

    ``state``: SYNCHRONIZED or HOLDOVER.
    """

    earliest_ns: int
    latest_ns: int
    state: ClockState

    @property
    def midpoint_ns(self) -> int:
        """The best guess, rounded down."""
        return (self.earliest_ns + self.latest_ns) // 2

    @property
    def error_ns(self) -> int:
        """Half the width, rounded up: true time is ``midpoint_ns`` +/- this."""
        return (self.latest_ns - self.earliest_ns + 1) // 2


@dataclass(frozen=True)
class ClockComparison:
    """This host's clock against the server's.

    ``offset_ns``: server minus client. Positive: this host's clock is behind.
    ``delay_ns``: network round trip of the best exchange, without the time
    spent in the server.
    ``bound_ns``: the true offset is within ``offset_ns`` +/- ``bound_ns``;
    half of the delay, rounded up.
    ``server_error_ns``: bound on |server clock - true time|, None if the
    server can give none.
    ``state``: how far the server trusts its clock.
    ``samples``: how many exchanges were made, and ``discarded``: how many of
    them could not be used, since a clock was stepped meanwhile.
    """

    offset_ns: int
    delay_ns: int
    bound_ns: int
    server_error_ns: Optional[int]
    state: ClockState
    samples: int
    discarded: int = 0

    @property
    def client_error_ns(self) -> Optional[int]:
        """Bound on |this host's clock - true time| at the time of the
        comparison, None if the server can give no bound of its own, or if it
        is beyond 64 bits."""
        if self.server_error_ns is None:
            return None
        error_ns = abs(self.offset_ns) + self.bound_ns + self.server_error_ns
        return error_ns if error_ns < 1 << 63 else None


@dataclass(frozen=True)
class TimestampRange:
    """The ``count`` timestamps from ``first`` on; iterating gives each.

    A timestamp is close to the server's clock, in nanoseconds since
    1970-01-01T00:00:00Z, but may run ahead of it: it is for ordering, and
    measures no time.
    """

    first: int
    count: int

    @property
    def last(self) -> int:
        return self.first + self.count - 1

    def __iter__(self) -> Iterator[int]:
        return iter(range(self.first, self.first + self.count))

    def __len__(self) -> int:
        return self.count


@dataclass(frozen=True)
class LocalTime:
    """An instant as a zone's wall clock shows it.

    ``text``: in the format that was asked for.
    ``utc_offset_s``: local time minus UTC, in seconds; east is positive.
    ``abbreviation``: for people only, such as "CST", which is not unique.
    """

    text: str
    utc_offset_s: int
    abbreviation: str


@dataclass(frozen=True)
class ResolvedTime:
    """A local time as an instant, in nanoseconds since 1970-01-01T00:00:00Z.

    ``kind``: whether the zone has that local time once, twice or not at all.
    ``utc_offset_s``: local time minus UTC that was applied, in seconds.
    """

    instant_ns: int
    kind: LocalKind
    utc_offset_s: int


@dataclass(frozen=True)
class ZonePeriod:
    """From ``start_ns`` up to but not including ``end_ns``, in nanoseconds
    since 1970-01-01T00:00:00Z, a zone keeps one UTC offset, in seconds, and
    one abbreviation."""

    start_ns: int
    end_ns: int
    utc_offset_s: int
    abbreviation: str


@dataclass(frozen=True)
class ClockStatus:
    """The server's clock when it replied.

    ``now_ns``: nanoseconds since 1970-01-01T00:00:00Z.
    ``error_ns``: bound on |now_ns - true time|, None if there is none.
    ``bound_source``: where the bound comes from, such as "kernel".
    ``steps``: wall-clock steps seen since the server started.
    ``tai_offset_s``: TAI - UTC in seconds, 0 if unknown.
    ``pending_leap_s``: +1 or -1 if a leap second ends this UTC day, else 0.
    """

    now_ns: int
    state: ClockState
    error_ns: Optional[int]
    bound_source: str = ""
    steps: int = 0
    tai_offset_s: int = 0
    pending_leap_s: int = 0


@dataclass(frozen=True)
class OracleStatus:
    """What the server says of its timestamps.

    ``leader``: host:port of the leader as far as known, else "".
    ``last_timestamp``: no timestamp handed out by this server is above it.
    ``watermark``: durable high-water mark; a restarted server starts above.
    ``ahead_ns``: how far last_timestamp is ahead of the clock, else 0.
    """

    role: OracleRole = OracleRole.UNKNOWN
    leader: str = ""
    last_timestamp: int = 0
    watermark: int = 0
    ahead_ns: int = 0


@dataclass(frozen=True)
class ServerStatus:
    """``version`` of the server, ``started_ns``: when it started, in
    nanoseconds since 1970-01-01T00:00:00Z, its clock, ``tzdb_version``: the
    release of its tz database, such as "2025b", and its oracle. A server that
    is older than one of the latter leaves it at its default."""

    version: str
    started_ns: int
    clock: ClockStatus
    tzdb_version: str = ""
    oracle: OracleStatus = OracleStatus()
