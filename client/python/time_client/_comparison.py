"""Chooses the best of several NTP-style exchanges."""

from __future__ import annotations

from typing import NamedTuple, Optional, Sequence

from .enums import ClockState
from .errors import ClockStepped
from .results import ClockComparison


class Sample(NamedTuple):
    """The four timestamps T1 to T4 in ns, and what the server says of its
    clock at T3."""

    client_send_ns: int
    server_receive_ns: int
    server_send_ns: int
    client_receive_ns: int
    error_ns: Optional[int]
    state: ClockState

    @property
    def delay_ns(self) -> int:
        return ((self.client_receive_ns - self.client_send_ns)
                - (self.server_send_ns - self.server_receive_ns))

    @property
    def offset_ns(self) -> int:
        # Rounded down. It is odd when the delay is, so the bound, rounded
        # up, covers the half nanosecond.
        return ((self.server_receive_ns - self.client_send_ns)
                + (self.server_send_ns - self.client_receive_ns)) // 2

    @property
    def is_usable(self) -> bool:
        """A negative delay means that a clock was set during the exchange."""
        return self.delay_ns >= 0 and all(
            -1 << 63 <= value < 1 << 63
            for value in (self.delay_ns, self.offset_ns))


def compare(samples: Sequence[Sample]) -> ClockComparison:
    """The usable sample of least delay; throws ClockStepped without one."""
    usable = [sample for sample in samples if sample.is_usable]
    if not usable:
        raise ClockStepped(
            f"exchange: none of {len(samples)} samples can be used: a clock "
            "was stepped meanwhile, or is out of range: try again")
    best = min(usable, key=lambda sample: sample.delay_ns)
    return ClockComparison(
        offset_ns=best.offset_ns,
        delay_ns=best.delay_ns,
        bound_ns=(best.delay_ns + 1) // 2,
        server_error_ns=best.error_ns,
        state=best.state,
        samples=len(samples),
        discarded=len(samples) - len(usable))
