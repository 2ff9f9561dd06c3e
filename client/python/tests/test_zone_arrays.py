"""ZoneTable's conversions of numpy arrays: they are those of lists."""

import random
import sys
import unittest

from time_client import BadRequest, BadRequestCode, Disambiguation, UsageError

from .test_zone_table import ERAS, ZONES, spring_and_autumn
from .zones import DAY_NS, NS, instant_ns, made_up, table_of

try:
    import numpy as np

    from time_client import _zone_arrays
except ImportError:
    np = None

MAX_NS, MIN_NS = (1 << 63) - 1, -1 << 63


def setUpModule():
    if np is None:
        print("\nNOT TESTED: arrays, since numpy is not installed",
              file=sys.stderr)
        raise unittest.SkipTest("numpy is not installed")


class ArraysTest(unittest.TestCase):
    def same(self, call, values, *arguments):
        """The list's results, also of an array of each type that is taken."""
        expected = call(values, *arguments)
        numbers = np.array(values, dtype=np.int64)
        found = call(numbers, *arguments)
        self.assertEqual(found.tolist(), expected)
        times = call(numbers.view("datetime64[ns]"), *arguments)
        if times.dtype.kind == "M":
            times = times.view(np.int64)
        self.assertEqual(times.tolist(), expected)
        # A view that is not contiguous, and more than one dimension.
        twice = np.repeat(numbers, 2)[::2].reshape(1, -1)
        self.assertEqual(call(twice, *arguments).tolist(), [expected])
        return found

    def refused(self, call, *arguments):
        with self.assertRaises(BadRequest) as caught:
            call(*arguments)
        return caught.exception.code, caught.exception.index

    def test_arrays_and_lists_of_real_zones_agree(self):
        seed = random.randrange(1 << 32)
        dice = random.Random(seed)
        for name, first, last in ([(name, 2019, 2045) for name in ZONES]
                                  + list(ERAS)):
            with self.subTest(name, first=first, seed=seed):
                table = table_of(name, instant_ns(first), instant_ns(last))
                self.check(table, dice)

    def check(self, table, dice):
        def inside(edges):
            return [edge + nudge for edge in edges for nudge in (-1, 0, 1)
                    if table.from_ns + 2 * DAY_NS <= edge + nudge
                    < table.until_ns - 2 * DAY_NS]

        spread = [dice.randrange(table.from_ns + 2 * DAY_NS,
                                 table.until_ns - 2 * DAY_NS)
                  for _ in range(1000)]
        instants = inside(table._rules.starts) + spread + [
            table.from_ns, table.until_ns - 1]
        for call in (table.to_local_ns, table.utc_offset_s,
                     table.abbreviation):
            self.same(call, instants)
        self.assertEqual(table.utc_offset_s(np.array(instants)).dtype,
                         np.int32)
        local = inside(table._rules.breaks) + spread
        for policy in list(Disambiguation)[1:]:
            self.same(table.from_local_ns, local, policy)
        for index, each in enumerate(local):
            try:
                table.from_local_ns([each])
            except BadRequest as error:
                self.assertEqual(
                    self.refused(table.from_local_ns, np.array(local)),
                    (error.code, index))
                break
        else:
            self.same(table.from_local_ns, local, Disambiguation.REJECT)

    def test_the_index_of_a_bad_item_is_right_in_a_later_chunk(self):
        table = spring_and_autumn()
        count = 2 * _zone_arrays._CHUNK + 10
        for bad, code in ((200 * DAY_NS, BadRequestCode.OUT_OF_RANGE),
                          (MIN_NS, BadRequestCode.OUT_OF_RANGE),
                          (MAX_NS, BadRequestCode.OUT_OF_RANGE)):
            values = np.full(count, DAY_NS)
            values[count - 3:] = bad
            for call in (table.to_local_ns, table.utc_offset_s,
                         table.abbreviation, table.from_local_ns):
                self.assertEqual(self.refused(call, values),
                                 (code, count - 3))
        values = np.full(count, 7 * DAY_NS)
        values[count - 2] = 10 * DAY_NS - 5 * 3600 * NS
        values[count - 1] = 20 * DAY_NS - 5 * 3600 * NS
        self.assertEqual(self.refused(table.from_local_ns, values),
                         (BadRequestCode.NONEXISTENT_TIME, count - 2))

    def test_an_instant_beyond_the_edge_of_the_table_is_refused(self):
        change = 20 * DAY_NS
        repeated = change - 5 * 3600 * NS + 900 * NS
        values = np.array([15 * DAY_NS, repeated])
        table = spring_and_autumn(0, change)
        self.assertEqual(table.from_local_ns(values, Disambiguation.EARLIER)
                         .tolist()[1], change - 2700 * NS)
        self.assertEqual(
            self.refused(table.from_local_ns, values, Disambiguation.LATER),
            (BadRequestCode.OUT_OF_RANGE, 1))

    def test_not_a_time_stays_so(self):
        table = spring_and_autumn()
        times = np.array([DAY_NS, MIN_NS, 11 * DAY_NS]).view("datetime64[ns]")
        for call in (table.to_local_ns, table.from_local_ns):
            found = call(times)
            self.assertEqual(np.isnat(found).tolist(), [False, True, False])
            self.assertEqual(
                [found[0], found[2]],
                [call(times[:1])[0], call(times[2:])[0]])
            self.assertTrue(np.isnat(call(times[1:2]))[0])
        self.assertEqual(self.refused(table.utc_offset_s, times),
                         (BadRequestCode.OUT_OF_RANGE, 1))
        self.assertEqual(self.refused(table.to_local_ns,
                                      times.view(np.int64)),
                         (BadRequestCode.OUT_OF_RANGE, 1))

    def test_bad_items_beside_not_a_time_are_found(self):
        table = spring_and_autumn()
        times = np.array([MIN_NS, DAY_NS, 200 * DAY_NS])
        self.assertEqual(
            self.refused(table.to_local_ns, times.view("datetime64[ns]")),
            (BadRequestCode.OUT_OF_RANGE, 2))

    def test_the_ends_of_64_bits_do_not_wrap(self):
        for offset in (-43200, 43200):
            table = made_up(MIN_NS + 1, MAX_NS, (0, offset, "ONE"))
            for edge in (MIN_NS + 1, MAX_NS - 1):
                inner = edge + (1 if edge < 0 else -1) * DAY_NS
                self.same(table.to_local_ns, [inner, 0])
                self.same(table.from_local_ns, [inner, 0])
                leaves = (edge < 0) == (offset < 0)
                if leaves:
                    self.assertEqual(
                        self.refused(table.to_local_ns, np.array([0, edge])),
                        (BadRequestCode.OUT_OF_RANGE, 1))
                else:
                    self.same(table.to_local_ns, [edge])

    def test_the_index_of_a_bad_item_is_that_in_flat_order(self):
        table = spring_and_autumn(0, 100 * DAY_NS)
        values = np.array([[1, 2, 3], [4, -5, -6]])
        for call in (table.to_local_ns, table.utc_offset_s,
                     table.abbreviation):
            self.assertEqual(self.refused(call, values),
                             (BadRequestCode.OUT_OF_RANGE, 4))

    def test_other_types_of_array_are_refused_or_widened(self):
        table = spring_and_autumn(-DAY_NS, 100 * DAY_NS)
        self.assertEqual(
            table.to_local_ns(np.array([5], dtype=np.int32)).dtype, np.int64)
        for values in (np.array([1.5]), np.array([5], dtype=np.uint64),
                       np.array(["x"]), np.array([None]), np.array([True]),
                       np.array([5], dtype="datetime64[s]"),
                       np.array([5], dtype="timedelta64[ns]")):
            with self.assertRaises(UsageError):
                table.to_local_ns(values)

    def test_bounds_and_single_values_may_be_integers_of_numpy(self):
        table = spring_and_autumn(np.int64(MIN_NS + 1), np.int64(MAX_NS))
        values = np.array([5 * DAY_NS])
        self.same(table.to_local_ns, values.tolist())
        self.same(table.from_local_ns, values.tolist())
        self.assertEqual(table.to_local_ns(values).tolist(),
                         [table.local_of(values[0])])
        self.assertEqual(table.from_local_ns(values).tolist(),
                         [table.instant_of(values[0])])
        for one in (table.local_of(values[0]), table.instant_of(values[0])):
            self.assertIs(type(one), int)
        for value in (np.float64(5), np.datetime64(5, "ns"), np.bool_(True)):
            with self.assertRaises(UsageError):
                table.local_of(value)

    def test_empty_arrays_and_single_values_keep_their_shape(self):
        table = spring_and_autumn()
        for call in (table.to_local_ns, table.from_local_ns,
                     table.utc_offset_s, table.abbreviation):
            self.assertEqual(call(np.zeros((0, 3), dtype=np.int64)).shape,
                             (0, 3))
            self.assertEqual(call(np.array(DAY_NS)).shape, ())

    def test_what_was_given_is_not_changed(self):
        table = spring_and_autumn()
        values = np.array([MIN_NS, DAY_NS]).view("datetime64[ns]")
        before = values.copy()
        table.to_local_ns(values)
        table.from_local_ns(values)
        self.assertTrue((values.view(np.int64)
                         == before.view(np.int64)).all())

    def test_the_lookup_counts_as_a_binary_search(self):
        seed = random.randrange(1 << 32)
        dice = np.random.default_rng(seed)
        for count, low, high in ((0, 0, 10), (1, -5, 5), (50, 0, 100),
                                 (700, MIN_NS + 1, MAX_NS - 1),
                                 (30, 0, 1 << 62)):
            with self.subTest(count=count, seed=seed):
                breaks = np.unique(dice.integers(low, high, count))
                values = np.concatenate([dice.integers(low, high, 5000),
                                         breaks, [low, high]])
                found = _zone_arrays.BreakLookup(breaks.tolist(), low,
                                                 high)(values)
                self.assertTrue((found == np.searchsorted(
                    breaks, values, "right")).all())
