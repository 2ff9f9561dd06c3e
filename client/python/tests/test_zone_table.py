"""Converting without calls: plain lists here, arrays in test_zone_arrays."""

import datetime
import random
import unittest

try:
    import zoneinfo
except ImportError as error:
    raise unittest.SkipTest("Python 3.8 has no zoneinfo to compare with"
                            ) from error

import time_client
from time_client import (BadRequest, BadRequestCode, Disambiguation,
                         UsageError)

from .fake_server import FakeClock, FakeServer, serve
from .zones import (DAY_NS, NS, instant_ns, made_up, resolve, rule_at,
                    table_of)

HOUR_NS = 3600 * NS
MAX_NS, MIN_NS = (1 << 63) - 1, -1 << 63

# Two hours forward and back; half an hour; a whole day skipped; odd seconds.
ZONES = ("America/New_York", "Europe/Dublin", "Australia/Lord_Howe",
         "Antarctica/Troll", "Africa/Casablanca", "UTC")
ERAS = (("Pacific/Apia", 2010, 2013), ("America/New_York", 1880, 1885),
        ("Pacific/Kwajalein", 1968, 1971), ("Asia/Manila", 1844, 1846),
        ("America/Juneau", 1867, 1869))


def spring_and_autumn(from_ns=0, until_ns=100 * DAY_NS):
    """Forward by an hour at day 10, back at day 20."""
    return made_up(from_ns, until_ns, (0, -5 * 3600, "EST"),
                   (10 * DAY_NS, -4 * 3600, "EDT"),
                   (20 * DAY_NS, -5 * 3600, "EST"))


class PoliciesTest(unittest.TestCase):
    def refused(self, call, *arguments):
        with self.assertRaises(BadRequest) as caught:
            call(*arguments)
        self.assertNotIn("\n", str(caught.exception))
        self.assertIn(f"index {caught.exception.index}", str(caught.exception))
        return caught.exception.code, caught.exception.index

    def test_a_skipped_time_is_moved_as_the_policy_says(self):
        table = spring_and_autumn()
        change = 10 * DAY_NS
        skipped = change - 5 * HOUR_NS + HOUR_NS // 2
        for policy, instant in (
                (Disambiguation.COMPATIBLE, change + HOUR_NS // 2),
                (Disambiguation.LATER, change + HOUR_NS // 2),
                (Disambiguation.EARLIER, change - HOUR_NS // 2)):
            self.assertEqual(table.from_local_ns([skipped], policy),
                             [instant])
        self.assertEqual(self.refused(table.from_local_ns, [0, skipped]),
                         (BadRequestCode.NONEXISTENT_TIME, 1))

    def test_a_repeated_time_is_what_the_policy_says(self):
        table = spring_and_autumn()
        change = 20 * DAY_NS
        repeated = change - 5 * HOUR_NS + HOUR_NS // 2
        for policy, instant in (
                (Disambiguation.COMPATIBLE, change - HOUR_NS // 2),
                (Disambiguation.EARLIER, change - HOUR_NS // 2),
                (Disambiguation.LATER, change + HOUR_NS // 2)):
            self.assertEqual(table.from_local_ns([repeated], policy),
                             [instant])
        self.assertEqual(self.refused(table.from_local_ns, [0, 0, repeated]),
                         (BadRequestCode.AMBIGUOUS_TIME, 2))

    def test_the_edges_of_a_gap_and_a_fold_are_exact(self):
        table = spring_and_autumn()
        gap = 10 * DAY_NS - 5 * HOUR_NS
        fold = 20 * DAY_NS - 5 * HOUR_NS
        unique = [gap - 1, gap + HOUR_NS, fold - 1, fold + HOUR_NS]
        for policy in Disambiguation:
            self.assertEqual(
                table.from_local_ns(unique, policy),
                [10 * DAY_NS - 1, 10 * DAY_NS, 20 * DAY_NS - HOUR_NS - 1,
                 20 * DAY_NS + HOUR_NS])
        for refused in (gap, gap + HOUR_NS - 1, fold, fold + HOUR_NS - 1):
            self.refused(table.from_local_ns, [refused])

    def test_a_change_at_the_edge_of_the_table_is_told(self):
        change = 20 * DAY_NS
        repeated = change - 5 * HOUR_NS + HOUR_NS // 2
        for from_ns, until_ns in ((0, change), (change, 50 * DAY_NS)):
            table = spring_and_autumn(from_ns, until_ns)
            policy = (Disambiguation.LATER if from_ns
                      else Disambiguation.EARLIER)
            table.from_local_ns([repeated], policy)
            for other in (Disambiguation.EARLIER, Disambiguation.LATER):
                if other is not policy:
                    self.assertEqual(
                        self.refused(table.from_local_ns, [repeated], other),
                        (BadRequestCode.OUT_OF_RANGE, 0))

    def test_what_the_table_does_not_cover_is_refused(self):
        table = spring_and_autumn(5 * DAY_NS, 15 * DAY_NS)
        for call in (table.to_local_ns, table.utc_offset_s,
                     table.abbreviation):
            for instant in (5 * DAY_NS - 1, 15 * DAY_NS, MIN_NS, MAX_NS):
                self.assertEqual(
                    self.refused(call, [6 * DAY_NS, instant]),
                    (BadRequestCode.OUT_OF_RANGE, 1))
            call([5 * DAY_NS, 15 * DAY_NS - 1])
        for local in (0, 16 * DAY_NS, MIN_NS, MAX_NS):
            self.assertEqual(self.refused(table.from_local_ns, [local]),
                             (BadRequestCode.OUT_OF_RANGE, 0))

    def test_a_local_time_beyond_64_bits_is_refused(self):
        end = MAX_NS
        table = made_up(end - DAY_NS, end, (0, 3600, "ONE"))
        self.assertEqual(self.refused(table.to_local_ns, [end - 1]),
                         (BadRequestCode.OUT_OF_RANGE, 0))
        self.assertEqual(table.from_local_ns([end]), [end - HOUR_NS])
        table = made_up(MIN_NS + 1, MIN_NS + DAY_NS, (0, -3600, "ONE"))
        self.assertEqual(self.refused(table.to_local_ns, [MIN_NS + 1]),
                         (BadRequestCode.OUT_OF_RANGE, 0))

    def test_an_empty_table_converts_nothing(self):
        table = made_up(5, 5, (0, 0, "UTC"))
        self.assertEqual(table.to_local_ns([]), [])
        self.refused(table.to_local_ns, [5])
        self.refused(table.from_local_ns, [5])

    def test_wrong_arguments_are_usage_errors(self):
        table = spring_and_autumn()
        for values in (5, [1.5], ["1"], "12", None):
            with self.assertRaises(UsageError):
                table.to_local_ns(values)
        for policy in ("later", True, 4, None):
            with self.assertRaises(UsageError):
                table.from_local_ns([0], policy)

    def test_one_value_is_a_whole_number_of_nanoseconds_too(self):
        table = spring_and_autumn()
        for call in (table.local_of, table.instant_of):
            for value in (1.5, 50.0 * DAY_NS, "5", True, None, 1 << 63,
                          datetime.datetime(1970, 2, 1)):
                with self.subTest(value, call=call.__name__):
                    with self.assertRaisesRegex(
                            UsageError, "(instant|local)_ns .*: it must "):
                        call(value)
        self.assertEqual(table.local_of(5 * DAY_NS), 5 * DAY_NS - 5 * HOUR_NS)
        self.assertEqual(table.instant_of(5 * DAY_NS), 5 * DAY_NS + 5 * HOUR_NS)

    def test_one_value_is_refused_with_the_index_that_is_given(self):
        table = spring_and_autumn()
        self.assertEqual(self.refused(table.local_of, 100 * DAY_NS, 7),
                         (BadRequestCode.OUT_OF_RANGE, 7))

    def test_one_local_time_has_a_policy_that_there_is(self):
        table = spring_and_autumn()
        skipped = 10 * DAY_NS - 5 * HOUR_NS
        for policy in ("later", True, 4, None):
            with self.assertRaisesRegex(UsageError, "policy .*REJECT"):
                table.instant_of(skipped, 0, policy)
        for policy in (Disambiguation.REJECT, 0):
            self.assertEqual(self.refused(table.instant_of, skipped, 3, policy),
                             (BadRequestCode.NONEXISTENT_TIME, 3))
        self.assertEqual(table.instant_of(skipped, 0, Disambiguation.LATER),
                         10 * DAY_NS)


class AgainstZoneinfoTest(unittest.TestCase):
    """Python's own tz database and PEP 495."""

    def test_instants_and_local_times_of_real_zones(self):
        seed = random.randrange(1 << 32)
        rows = [(name, 2019, 2045) for name in ZONES] + list(ERAS)
        for name, first, last in rows:
            with self.subTest(name, first=first, seed=seed):
                self.check(name, instant_ns(first), instant_ns(last),
                           random.Random(seed))

    def check(self, name, from_ns, until_ns, dice):
        table = table_of(name, from_ns, until_ns)
        zone = zoneinfo.ZoneInfo(name)
        near = [start + nudge for start in table._rules.starts
                for nudge in (-NS, -1, 0, 1, NS)
                if from_ns <= start + nudge < until_ns]
        instants = near + [dice.randrange(from_ns, until_ns)
                           for _ in range(300)]
        rules = [rule_at(zone, instant) for instant in instants]
        self.assertEqual(table.utc_offset_s(instants),
                         [offset for offset, _ in rules])
        self.assertEqual(table.abbreviation(instants),
                         [name for _, name in rules])
        local = [instant + offset * NS
                 for instant, (offset, _) in zip(instants, rules)]
        self.assertEqual(table.to_local_ns(instants), local)
        self.check_local(table, zone, sorted({
            *local, *(edge + nudge for edge in table._rules.breaks
                      for nudge in (-1000, 0, 1000, 1800 * NS))}))

    def check_local(self, table, zone, local):
        covered = [each for each in local
                   if all(table.from_ns <= instant < table.until_ns
                          for instant in resolve(zone, each))]
        folds = [resolve(zone, each) for each in covered]
        self.assertEqual(
            table.from_local_ns(covered, Disambiguation.COMPATIBLE),
            [first for first, _ in folds])
        # Of a time that is skipped, fold 1 is the earlier.
        self.assertEqual(table.from_local_ns(covered, Disambiguation.EARLIER),
                         [min(both) for both in folds])
        self.assertEqual(table.from_local_ns(covered, Disambiguation.LATER),
                         [max(both) for both in folds])
        for each, (first, second) in zip(covered, folds):
            if first == second:
                self.assertEqual(table.from_local_ns([each]), [first])
                continue
            with self.assertRaises(BadRequest) as caught:
                table.from_local_ns([each])
            self.assertIs(caught.exception.code,
                          BadRequestCode.NONEXISTENT_TIME if second < first
                          else BadRequestCode.AMBIGUOUS_TIME)


class FromServerTest(unittest.TestCase):
    def test_one_call_fetches_what_the_table_needs(self):
        clock = FakeClock()
        with FakeServer(serve(clock)) as server, \
                time_client.connect(server.endpoint) as client:
            table = client.zone_table("Test/Zone", 900 * NS, 1100 * NS)
            self.assertEqual(table.utc_offset_s([999 * NS, 1000 * NS]),
                             [3600, 7200])
            self.assertEqual(clock.calls, {"zone_periods": [
                ("Test/Zone", 900 * NS - 2 * DAY_NS,
                 1100 * NS + 2 * DAY_NS)]})
            with self.assertRaises(BadRequest) as caught:
                client.zone_table("No/Where", 5, 5)
            self.assertIs(caught.exception.code, BadRequestCode.UNKNOWN_ZONE)
            self.assertEqual(
                client.zone_table("UTC", MIN_NS + 1, MAX_NS).from_ns,
                MIN_NS + 1)
