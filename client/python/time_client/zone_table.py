"""ZoneTable: a zone's rules, to convert any number of values without a call."""

from __future__ import annotations

import sys
from typing import Any, List, Sequence, Tuple

from ._arguments import (MAX_NS, MIN_NS, policy_number, whole_number,
                         whole_numbers)
from ._zone_rules import DAY_NS, NS_PER_S, make_rules
from .enums import BadRequestCode, Disambiguation, LocalKind
from .errors import BadRequest
from .results import ZonePeriod

# A local time can be as far from the instants that it may mean; a change at the
# edge of the table is told by what is beyond it.
_MARGIN_NS = 2 * DAY_NS


class ZoneTable:
    """One zone's rules for the instants from ``from_ns`` up to but not
    including ``until_ns``. Immutable; any thread. Made by
    ``TimeClient.zone_table()``.

    Each conversion takes a numpy array of int64 or datetime64[ns], of any
    shape, and gives one of the same shape; or it takes any other iterable of
    int, and gives a list. numpy is not needed. What is neither is a
    UsageError. Instants are nanoseconds since 1970-01-01T00:00:00Z. A local time
    is what the zone's wall clock shows, as if it were UTC: the same as a naive
    datetime64[ns].

    All or nothing, as the server's: each throws BadRequest for the first bad
    item, with its index, which in an array is that in flat order. OUT_OF_RANGE is one that the table does not cover.
    NaT stays NaT where instants or local times are given back, and has no
    offset or abbreviation: it is OUT_OF_RANGE there, and among numbers.
    """

    def __init__(self, zone: str, from_ns: int, until_ns: int,
                 periods: Sequence[ZonePeriod]) -> None:
        """``periods``: those of ``periods_around(from_ns, until_ns)``."""
        self.zone = zone
        self.from_ns = whole_number("from_ns", from_ns)
        self.until_ns = whole_number("until_ns", until_ns)
        self._rules = make_rules(periods or [
            ZonePeriod(self.from_ns, self.from_ns, 0, "")])
        self._arrays: Any = None  # made when the first array comes

    def to_local_ns(self, instants_ns: Any) -> Any:
        """Instants as local times: of an array, int64 or datetime64[ns] as
        that is."""
        if _is_array(instants_ns):
            return self._for_arrays().to_local_ns(instants_ns)
        return [self._local_of(instant, index) for index, instant
                in enumerate(whole_numbers("instants_ns", instants_ns))]

    def from_local_ns(self, local_ns: Any,
                      policy: Disambiguation = Disambiguation.REJECT) -> Any:
        """Local times as instants: of an array, int64 or datetime64[ns] as
        that is. What the zone skips or repeats is resolved as
        ``TimeClient.from_local()`` does it; REJECT throws NONEXISTENT_TIME or
        AMBIGUOUS_TIME."""
        policy = policy_number(policy)
        if _is_array(local_ns):
            return self._for_arrays().from_local_ns(local_ns, policy)
        return [self._instant_of(local, index, policy) for index, local
                in enumerate(whole_numbers("local_ns", local_ns))]

    def utc_offset_s(self, instants_ns: Any) -> Any:
        """Local time minus UTC at each instant, in seconds: int32 of an
        array."""
        if _is_array(instants_ns):
            return self._for_arrays().utc_offset_s(instants_ns)
        return [self._rules.offsets_ns[period] // NS_PER_S
                for period in self._periods_at(instants_ns)]

    def abbreviation(self, instants_ns: Any) -> Any:
        """The zone's abbreviation at each instant, as str, for people."""
        if _is_array(instants_ns):
            return self._for_arrays().abbreviation(instants_ns)
        return [self._rules.abbreviations[period]
                for period in self._periods_at(instants_ns)]

    def local_of(self, instant_ns: int, index: int = 0) -> int:
        """Of one instant. ``index`` is told in the error."""
        return self._local_of(whole_number("instant_ns", instant_ns), index)

    def instant_of(self, local_ns: int, index: int = 0,
                   policy: Disambiguation = Disambiguation.REJECT) -> int:
        """Of one local time. ``index`` is told in the error."""
        return self._instant_of(whole_number("local_ns", local_ns), index,
                                policy_number(policy))

    def __repr__(self) -> str:
        return f"<ZoneTable {self.zone} {self.from_ns} to {self.until_ns}>"

    # The next three are for ints that were checked; ZoneArrays has such, too.

    def _local_of(self, instant_ns: int, index: int) -> int:
        self._check_instant(instant_ns, index)
        local_ns = instant_ns + self._rules.offsets_ns[
            self._rules.period_at(instant_ns)]
        if not MIN_NS < local_ns <= MAX_NS:
            self._refuse(BadRequestCode.OUT_OF_RANGE, index,
                         f"the local time of {instant_ns} is beyond 64 bits")
        return local_ns

    def _instant_of(self, local_ns: int, index: int,
                    policy: Disambiguation) -> int:
        if not MIN_NS < local_ns <= MAX_NS:
            self._refuse(BadRequestCode.OUT_OF_RANGE, index,
                         f"{local_ns} is no local time")
        region = self._rules.region_at(local_ns)
        instant_ns = local_ns - region.offset_ns(policy)
        self._check_instant(instant_ns, index)
        if policy is Disambiguation.REJECT:
            if region.kind is LocalKind.SKIPPED:
                self._refuse(BadRequestCode.NONEXISTENT_TIME, index,
                             f"the zone skips the local time {local_ns}")
            if region.kind is LocalKind.REPEATED:
                self._refuse(BadRequestCode.AMBIGUOUS_TIME, index,
                             f"the zone repeats the local time {local_ns}")
        return instant_ns

    def _check_instant(self, instant_ns: int, index: int) -> None:
        """Throws BadRequest for one that the table does not cover."""
        if not self.from_ns <= instant_ns < self.until_ns:
            self._refuse(BadRequestCode.OUT_OF_RANGE, index,
                         f"the instant {instant_ns} is not in this table, "
                         f"from {self.from_ns} to {self.until_ns}")

    def _periods_at(self, instants_ns: Any) -> List[int]:
        periods = []
        for index, instant in enumerate(whole_numbers("instants_ns",
                                                      instants_ns)):
            self._check_instant(instant, index)
            periods.append(self._rules.period_at(instant))
        return periods

    def _for_arrays(self) -> Any:
        if self._arrays is None:
            from ._zone_arrays import ZoneArrays
            self._arrays = ZoneArrays(self, self._rules)
        return self._arrays

    def _refuse(self, code: BadRequestCode, index: int, what: str) -> None:
        raise BadRequest(f"zone table {self.zone}: {what} "
                         f"({code.name}, index {index})", code=code,
                         index=index)


def periods_around(from_ns: int, until_ns: int) -> Tuple[int, int]:
    """The stretch whose periods a table needs."""
    from_ns = whole_number("from_ns", from_ns)
    until_ns = whole_number("until_ns", until_ns)
    if until_ns <= from_ns or from_ns == MIN_NS:
        return from_ns, until_ns  # empty, or refused by the server
    return (max(from_ns - _MARGIN_NS, MIN_NS + 1),
            min(until_ns + _MARGIN_NS, MAX_NS))


def _is_array(values: Any) -> bool:
    # Who has an array has imported numpy.
    numpy = sys.modules.get("numpy")
    return numpy is not None and isinstance(values, numpy.ndarray)
