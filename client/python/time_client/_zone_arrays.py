"""ZoneTable's conversions for numpy arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, Sequence

import numpy as np

from ._arguments import MAX_NS, MIN_NS
from ._zone_rules import DAY_NS, NS_PER_S, ZoneRules
from .enums import Disambiguation, LocalKind
from .errors import UsageError

if TYPE_CHECKING:
    from .zone_table import ZoneTable

# So many at a time that all intermediate arrays stay in the processor's cache.
_CHUNK = 1 << 14

# Beyond these a sum could leave 64 bits, and numpy would not say so.
_SAFE_FROM_NS, _SAFE_TO_NS = MIN_NS + 2 * DAY_NS, MAX_NS - 2 * DAY_NS



class BreakLookup:
    """Counts how many of the sorted ``breaks`` are not above each value: as
    np.searchsorted(breaks, values, "right"), for ``values`` within ``low`` and
    ``high``.

    A binary search of random values costs a mispredicted branch at every other
    step. Here the values' leading bits lead to one of many short stretches,
    and the few breaks within it are compared one by one.
    """

    _MOST_STRETCHES = 1 << 14

    def __init__(self, breaks: Sequence[int], low: int, high: int) -> None:
        # The last break is reached by none, so that there is a next one always.
        self._breaks = np.array([*breaks, MAX_NS], dtype=np.int64)
        # Unsigned, since low and high may be more than 63 bits apart.
        self._low = np.uint64(low % (1 << 64))
        # The shortest stretches, so that hardly any holds two breaks.
        shift = max((high - low).bit_length()
                    - (self._MOST_STRETCHES.bit_length() - 1), 0)
        self._shift = np.uint64(shift)
        starts = [low + (stretch << shift)
                  for stretch in range(((high - low) >> shift) + 1)]
        ends = np.array([*starts[1:], high], dtype=np.int64)
        first = np.searchsorted(self._breaks[:-1], np.array(
            starts, dtype=np.int64), "right")
        beyond = np.searchsorted(self._breaks[:-1], ends, "right")
        self._first = first.astype(np.intp)
        self._steps = int((beyond - first).max())

    def __call__(self, values: Any) -> Any:
        stretches = values.view(np.uint64) - self._low
        stretches >>= self._shift
        found = self._first.take(stretches.view(np.int64))
        for _ in range(self._steps):
            found += values >= self._breaks.take(found)
        return found


class ZoneArrays:
    """One table's, made once. Immutable; any thread."""

    def __init__(self, table: ZoneTable, rules: ZoneRules) -> None:
        self._table = table
        self._rules = rules
        offsets = np.array(rules.offsets_ns, dtype=np.int64)
        self._offsets_ns = offsets
        self._offsets_s = (offsets // NS_PER_S).astype(np.int32)
        self._abbreviations = np.array(rules.abbreviations)
        self._last_ns = max(table.until_ns - 1, table.from_ns)
        self._periods = BreakLookup(rules.starts[1:], table.from_ns,
                                    self._last_ns)
        # What else is asked for is not in the table, whatever the offset.
        self._low_local_ns = max(table.from_ns + min(rules.offsets_ns),
                                 MIN_NS + 1)
        self._high_local_ns = min(self._last_ns + max(rules.offsets_ns),
                                  MAX_NS)
        self._regions = BreakLookup(rules.breaks, self._low_local_ns,
                                    self._high_local_ns)
        self._region_offsets_ns = {
            policy: np.array([region.offset_ns(policy)
                              for region in rules.regions], dtype=np.int64)
            for policy in Disambiguation}
        self._refused = np.array([region.kind is not LocalKind.UNIQUE
                                  for region in rules.regions])

    def to_local_ns(self, instants: Any) -> Any:
        def convert(chunk: Any, result: Any) -> bool:
            if not self._covers(chunk):
                return False
            self._offsets_ns.take(self._periods(chunk), out=result,
                                  mode="clip")
            result += chunk
            return True

        return self._convert(instants, convert, self._table._local_of)

    def from_local_ns(self, local: Any, policy: Disambiguation) -> Any:
        offsets_ns = self._region_offsets_ns[policy]
        low, high = self._low_local_ns, self._high_local_ns

        def convert(chunk: Any, result: Any) -> bool:
            if not _within(chunk, low, high):
                return False
            regions = self._regions(chunk)
            if (policy is Disambiguation.REJECT
                    and self._refused.take(regions).any()):
                return False
            np.subtract(chunk, offsets_ns.take(regions), out=result)
            return self._covers(result)

        return self._convert(
            local, convert,
            lambda value, index: self._table._instant_of(value, index, policy))

    def utc_offset_s(self, instants: Any) -> Any:
        return self._look_up(instants, self._offsets_s)

    def abbreviation(self, instants: Any) -> Any:
        return self._look_up(instants, self._abbreviations)

    def _covers(self, chunk: Any) -> bool:
        return _within(chunk, self._table.from_ns, self._last_ns) and bool(
            self._table.from_ns < self._table.until_ns)

    def _look_up(self, instants: Any, table: Any) -> Any:
        values = _numbers(instants)
        result = np.empty(values.shape, dtype=table.dtype)
        for first in range(0, values.size, _CHUNK):
            chunk = values[first:first + _CHUNK]
            if not self._covers(chunk):
                for index, value in enumerate(chunk.tolist()):
                    self._table._check_instant(value, first + index)
            table.take(self._periods(chunk), mode="clip",
                       out=result[first:first + _CHUNK])
        return result.reshape(instants.shape)

    def _convert(self, given: Any, convert: Callable[[Any, Any], bool],
                 convert_one: Callable[[int, int], int]) -> Any:
        """``convert`` does a chunk at once, or says that it cannot; then
        ``convert_one`` does it one by one, and finds what is bad in it."""
        values = _numbers(given)
        is_time = given.dtype.kind == "M"
        result = np.empty(values.shape, dtype=np.int64)
        for first in range(0, values.size, _CHUNK):
            chunk = values[first:first + _CHUNK]
            into = result[first:first + _CHUNK]
            nat = chunk == MIN_NS if is_time and chunk.min() == MIN_NS else None
            if nat is not None:  # any good value may stand in for it
                chunk = np.where(nat, chunk.max(), chunk)
            if (_within(chunk, _SAFE_FROM_NS, _SAFE_TO_NS)
                    and convert(chunk, into)):
                if nat is not None:
                    into[nat] = MIN_NS
                continue
            into[:] = [
                value if is_time and value == MIN_NS
                else convert_one(value, first + index)
                for index, value in enumerate(
                    values[first:first + _CHUNK].tolist())]
        if is_time:
            result = result.view("datetime64[ns]")
        return result.reshape(given.shape)


def _within(chunk: Any, low: int, high: int) -> bool:
    return bool(chunk.min() >= low and chunk.max() <= high)


def _numbers(given: Any) -> Any:
    """The array as int64, flat."""
    if given.dtype.kind == "M":
        if given.dtype != np.dtype("datetime64[ns]"):
            raise UsageError(f"an array of {given.dtype}: it must be of "
                             "datetime64[ns] or int64; see its astype()")
        return np.ascontiguousarray(given).view(np.int64).reshape(-1)
    if given.dtype.kind == "b" or not np.can_cast(given.dtype, np.int64,
                                                  "safe"):
        raise UsageError(f"an array of {given.dtype}: it must be of int64 or "
                         "datetime64[ns]; see its astype()")
    return np.ascontiguousarray(given, dtype=np.int64).reshape(-1)
