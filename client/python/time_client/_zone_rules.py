"""The periods of a zone as two tables to look up in: by instant and by local
time. Whole numbers of nanoseconds only; no numpy."""

from __future__ import annotations

import bisect
from typing import List, NamedTuple, Sequence

from .enums import Disambiguation, LocalKind
from .results import ZonePeriod

NS_PER_S = 1_000_000_000
DAY_NS = 86_400 * NS_PER_S


class Region(NamedTuple):
    """A stretch of local time that is resolved in one way. The offsets are
    those before and after the change that skips or repeats it."""

    kind: LocalKind
    before_ns: int
    after_ns: int

    def offset_ns(self, policy: Disambiguation) -> int:
        """Local time minus UTC. Of a REJECT this is what there would be, if
        the region were not refused."""
        later = (Disambiguation.EARLIER if self.kind is LocalKind.SKIPPED
                 else Disambiguation.LATER)
        return self.after_ns if policy is later else self.before_ns


class ZoneRules(NamedTuple):
    """``starts[i]`` is where ``offsets_ns[i]`` and ``abbreviations[i]`` begin.
    Local time from ``breaks[i - 1]`` on, up to ``breaks[i]``, is
    ``regions[i]``."""

    starts: List[int]
    offsets_ns: List[int]
    abbreviations: List[str]
    breaks: List[int]
    regions: List[Region]

    def period_at(self, instant_ns: int) -> int:
        return max(bisect.bisect_right(self.starts, instant_ns) - 1, 0)

    def region_at(self, local_ns: int) -> Region:
        return self.regions[bisect.bisect_right(self.breaks, local_ns)]


def make_rules(periods: Sequence[ZonePeriod]) -> ZoneRules:
    """Of at least one period; they have no holes."""
    starts = [period.start_ns for period in periods]
    offsets = [period.utc_offset_s * NS_PER_S for period in periods]
    breaks = sorted({
        start + offset
        for start, before, after in zip(starts[1:], offsets, offsets[1:])
        if before != after for offset in (before, after)})
    # Between two of them nothing changes, so the first of each tells all.
    firsts = [breaks[0] - 1, *breaks] if breaks else [starts[0] + offsets[0]]
    return ZoneRules(starts, offsets,
                     [period.abbreviation for period in periods], breaks,
                     [_resolve(starts, offsets, local) for local in firsts])


def _resolve(starts: Sequence[int], offsets: Sequence[int],
             local_ns: int) -> Region:
    """As the server does: the first change that skips or repeats it counts."""
    # Offsets are less than a day, so no period that it can lie in is earlier.
    index = max(bisect.bisect_right(starts, local_ns - DAY_NS) - 1, 0)
    while index + 1 < len(starts):
        before, after = offsets[index], offsets[index + 1]
        change = starts[index + 1]
        not_after = local_ns - before < change
        not_before = local_ns - after >= change
        if not_after and not_before:
            return Region(LocalKind.REPEATED, before, after)
        if not not_after and not not_before:
            return Region(LocalKind.SKIPPED, before, after)
        if not_after:
            break
        index += 1
    return Region(LocalKind.UNIQUE, offsets[index], offsets[index])
