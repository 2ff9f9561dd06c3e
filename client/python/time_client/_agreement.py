"""From the bounds of several servers, of which some may be false, to one, and
to the names of those that are. Without clocks and sockets."""

from __future__ import annotations

from typing import Dict, List, NamedTuple, Optional, Sequence, Set

from ._bounds import Bound, ServerBound, agreement, bound_of
from ._comparison import Sample
from .enums import ClockState

# How many exchanges in a row must agree until a server that contradicted itself
# is believed again.
_PROBATION = 8

NONE_YET = "no server has given a bound yet"


class Verdict(NamedTuple):
    """``bound`` is None if there is none, and then ``reason`` says why.
    ``false`` names the servers that are proven wrong. ``synchronized_ns`` is
    when boot showed that each server of the bound had told that it is
    SYNCHRONIZED; None if one has told otherwise since."""

    bound: Optional[Bound]
    reason: str
    false: Sequence[str]
    synchronized_ns: Optional[int] = None


class Servers:
    """All that is known of each server. One thread at a time.

    Of n servers at most (n - 1) // 2 may be false at one time; the bound holds
    true time if no more are. A server is false if any of what it said and is
    still in use was. Nothing of one that contradicted itself is in use until
    it is believed again, so any of the others may be false meanwhile.

    Where too many contradict each other, some have been false for sure. That
    they overlap later, since an old bound grows, is no proof that they are no
    more: each must be heard again.
    """

    def __init__(self, names: Sequence[str], drift_ppm: int) -> None:
        self._drift_ppm = drift_ppm
        self._bounds: Dict[str, ServerBound] = {
            name: ServerBound(drift_ppm) for name in names}
        self._probation: Dict[str, int] = {}
        self._synchronized_ns: Dict[str, Optional[int]] = {}
        self._unheard: Set[str] = set()  # since the last contradiction
        self._tolerated = (len(names) - 1) // 2

    def add(self, name: str, sample: Sample) -> Optional[Bound]:
        """What the exchange says by itself, None if nothing."""
        bound = bound_of(sample, self._drift_ppm)
        if bound is None:
            return None
        self._unheard.discard(name)
        self._synchronized_ns[name] = (
            bound.boot_ns if sample.state is ClockState.SYNCHRONIZED else None)
        if not self._bounds[name].add(bound):
            self._probation[name] = _PROBATION
        elif name in self._probation:
            self._probation[name] -= 1
            if self._probation[name] == 0:
                del self._probation[name]
        return bound

    def verdict(self, boot_ns: int) -> Verdict:
        """At this time, no earlier than any sample's. To be asked for after
        each add(), to miss no contradiction."""
        bounds: Dict[str, Bound] = {}
        for name, server in self._bounds.items():
            bound = server.at(boot_ns)
            if bound is not None and name not in self._probation:
                bounds[name] = bound
        false: Set[str] = set(self._probation)
        if not bounds and not false:
            return Verdict(None, NONE_YET, ())
        if len(false) > self._tolerated:
            return Verdict(None, "too many servers contradict themselves: "
                           + ", ".join(sorted(false)), sorted(false))
        common = agreement([(bound.earliest_ns, bound.latest_ns)
                            for bound in bounds.values()], self._tolerated)
        if common is None:
            if len(bounds) <= self._tolerated:
                return Verdict(None, _too_few(len(bounds), self._tolerated),
                               sorted(false))
            self._unheard.update(bounds)
            return Verdict(None, "the servers contradict each other: "
                           + _intervals(bounds), sorted(false))
        if self._unheard:
            return Verdict(None, "the servers contradicted each other, and "
                           "have not been heard again since: "
                           + ", ".join(sorted(self._unheard)), sorted(false))
        earliest_ns, latest_ns = common
        false.update(name for name, bound in bounds.items()
                     if bound.latest_ns < earliest_ns
                     or bound.earliest_ns > latest_ns)
        return Verdict(Bound(boot_ns, earliest_ns, latest_ns), "",
                       sorted(false),
                       self._all_synchronized_ns(set(bounds) - false))

    def _all_synchronized_ns(self, names: Set[str]) -> Optional[int]:
        told = [self._synchronized_ns[name] for name in names]
        known = [boot_ns for boot_ns in told if boot_ns is not None]
        return min(known) if known and len(known) == len(told) else None


def _too_few(there: int, false: int) -> str:
    return (f"{there} of the servers answered, of which {false} may be false: "
            "it takes one more")


def _intervals(bounds: Dict[str, Bound]) -> str:
    texts: List[str] = [
        f"{name} says {bound.earliest_ns} to {bound.latest_ns}"
        for name, bound in bounds.items()]
    return ", ".join(texts)
