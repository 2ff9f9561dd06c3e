"""What the calls return: plain immutable values."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Optional


class ClockState(enum.IntEnum):
    """How far the server trusts its own clock."""

    UNKNOWN = 0
    """Nothing is known about the clock. Also any state that a newer server
    has and this client does not know."""

    SYNCHRONIZED = 1
    """Disciplined by a time source; the error bound was refreshed recently."""

    HOLDOVER = 2
    """The time source went silent; the error bound still holds, and grows."""

    UNSYNCHRONIZED = 3
    """Not synchronized, or set and not confirmed since. No bound holds."""

    @classmethod
    def _missing_(cls, value: object) -> ClockState:
        return cls.UNKNOWN


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
class ClockStatus:
    """The server's clock when it replied.

    ``now_ns``: nanoseconds since 1970-01-01T00:00:00Z.
    ``error_ns``: bound on |now_ns - true time|, None if there is none.
    """

    now_ns: int
    state: ClockState
    error_ns: Optional[int]


@dataclass(frozen=True)
class ServerStatus:
    """``version`` of the server, ``started_ns``: when it started, in
    nanoseconds since 1970-01-01T00:00:00Z, and its clock."""

    version: str
    started_ns: int
    clock: ClockStatus
