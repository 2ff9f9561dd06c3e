"""The enums of the IDL. A number that this client does not know, which a newer
server may send, is read as the enum's 0."""

from __future__ import annotations

import enum


class _Known(enum.IntEnum):
    @classmethod
    def _missing_(cls, value: object) -> _Known:
        return cls(0)


class ClockState(_Known):
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

    @property
    def is_bounded(self) -> bool:
        """Whether an error bound is promised in this state."""
        return self in (ClockState.SYNCHRONIZED, ClockState.HOLDOVER)


class Disambiguation(_Known):
    """What to do with a local time that a zone skips or repeats."""

    REJECT = 0
    """Fail with NONEXISTENT_TIME or AMBIGUOUS_TIME."""

    COMPATIBLE = 1
    """Repeated: the earlier one. Skipped: moved forward by the gap."""

    EARLIER = 2
    """Repeated: the earlier one. Skipped: moved back by the gap."""

    LATER = 3
    """Repeated: the later one. Skipped: moved forward by the gap."""


class LocalKind(_Known):
    """How a local time relates to the time line of its zone."""

    UNKNOWN = 0

    UNIQUE = 1
    """Exactly one instant, or the text carried its own UTC offset."""

    SKIPPED = 2
    """The clocks were set forward past it: no instant."""

    REPEATED = 3
    """The clocks were set back over it: two instants."""


class OracleRole(_Known):
    """What a server does about timestamps."""

    UNKNOWN = 0

    SERVING = 1
    """Hands them out."""

    STANDBY = 2
    """Healthy, but another server is the leader."""

    UNAVAILABLE = 3
    """Cannot hand them out now: storage or lease lost, or starting."""

    DISABLED = 4
    """Switched off by configuration."""


class BadRequestCode(_Known):
    """What is wrong with a request."""

    UNKNOWN = 0

    UNKNOWN_ZONE = 1
    """The zone is not in the server's tz database."""

    BAD_FORMAT = 2
    """The format is too long or has an unknown conversion."""

    BAD_TEXT = 3
    """The text does not match the format, or names an impossible date."""

    OUT_OF_RANGE = 4
    """A number or a resulting instant is out of the documented range."""

    TOO_MANY = 5
    """The list is too long. This package splits lists, so that it is not."""

    NONEXISTENT_TIME = 6
    """The policy is REJECT and the zone skips this local time."""

    AMBIGUOUS_TIME = 7
    """The policy is REJECT and the zone repeats this local time."""


class OracleFault(_Known):
    """Why no timestamp was handed out."""

    UNKNOWN = 0

    NOT_LEADER = 1
    """Another server leads."""

    STORAGE = 2
    """The high-water mark could not be made durable."""

    EXHAUSTED = 3
    """More timestamps were asked for than nanoseconds went by."""

    NOT_READY = 4
    """Starting, stopping, electing or switched off."""
