"""What exchanges with servers say of true time: plain arithmetic, in whole
nanoseconds, without clocks and sockets.

"boot" is this host's clock that nobody sets, of which nothing is known but how
fast or slow it may run.
"""

from __future__ import annotations

from typing import List, NamedTuple, Optional, Sequence, Tuple

from ._boot_clock import longest_ns, shortest_ns
from ._comparison import Sample


class Bound(NamedTuple):
    """When boot showed ``boot_ns``, true time was within ``earliest_ns`` and
    ``latest_ns``."""

    boot_ns: int
    earliest_ns: int
    latest_ns: int

    def at(self, boot_ns: int, drift_ppm: int) -> Bound:
        """The same, as far as it is known at a later time."""
        elapsed_ns = boot_ns - self.boot_ns
        return Bound(boot_ns,
                     self.earliest_ns + shortest_ns(elapsed_ns, drift_ppm),
                     self.latest_ns + longest_ns(elapsed_ns, drift_ppm))


def bound_of(sample: Sample, drift_ppm: int) -> Optional[Bound]:
    """At the time when the reply came; None if the exchange says nothing.

    The server's clock showed T3 between T1 and T4 of boot. So true time is by
    then at least T3, and at most T3 and all the time since T1, each within the
    server's error. T2 would give a smaller end by the time that the server
    took, but the error is promised for T3: a clock that is set right between
    the two may have shown anything at T2.
    """
    if sample.error_ns is None:
        return None
    elapsed_ns = sample.client_receive_ns - sample.client_send_ns
    served_ns = sample.server_send_ns - sample.server_receive_ns
    # Less time here than in the server: its clock was set meanwhile.
    if served_ns < 0 or longest_ns(elapsed_ns, drift_ppm) < shortest_ns(
            served_ns, drift_ppm):
        return None
    return Bound(sample.client_receive_ns,
                 sample.server_send_ns - sample.error_ns,
                 sample.server_send_ns + sample.error_ns
                 + longest_ns(elapsed_ns, drift_ppm))


class ServerBound:
    """The best that all exchanges with one server say together. One thread at
    a time."""

    def __init__(self, drift_ppm: int) -> None:
        self._drift_ppm = drift_ppm
        self._bound: Optional[Bound] = None

    def add(self, new: Bound) -> bool:
        """False if it contradicts what the server said before: one of the two
        was wrong. Then all before is forgotten."""
        old = None if self._bound is None else self._bound.at(
            new.boot_ns, self._drift_ppm)
        if old is None:
            self._bound = new
            return True
        both = Bound(new.boot_ns, max(old.earliest_ns, new.earliest_ns),
                     min(old.latest_ns, new.latest_ns))
        agree = both.earliest_ns <= both.latest_ns
        self._bound = both if agree else new
        return agree

    def at(self, boot_ns: int) -> Optional[Bound]:
        if self._bound is None:
            return None
        return self._bound.at(boot_ns, self._drift_ppm)


def agreement(bounds: Sequence[Tuple[int, int]],
              false: int) -> Optional[Tuple[int, int]]:
    """Where true time can be, if at most ``false`` of the intervals do not
    hold it: from the first to the last point that all but so many hold
    (Marzullo). None if there is no such point, or if all may be false.

    Not the stretch that most hold: one false interval that overlaps the true
    ones would cut true time off.
    """
    need = len(bounds) - false
    if need < 1:
        return None
    # At one point intervals begin before others end: their ends belong to them.
    edges: List[Tuple[int, int]] = sorted(
        [(earliest, -1) for earliest, _ in bounds]
        + [(latest, +1) for _, latest in bounds])
    holding = 0
    first: Optional[int] = None
    last = 0
    for point, kind in edges:
        if kind < 0:
            holding += 1
            if holding >= need and first is None:
                first = point
        else:
            if holding >= need:
                last = point
            holding -= 1
    return None if first is None else (first, last)
