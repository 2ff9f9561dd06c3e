"""The zone calls against Python's zoneinfo, which reads the same tz database with
code of its own: every zone, at each change of its offset and at random instants,
in both directions.

    ZONES_SEED=7 TIME_SERVER=... python3 zones_test.py
"""

import os
import random
import time
import zoneinfo
from datetime import datetime, timedelta, timezone
# For its list of changes alone; what they mean is asked of the other one.
from zoneinfo._zoneinfo import ZoneInfo as ListingZoneInfo

from system_test import SystemTest, has_sanitizer, main, need_apache

DIRECTORY = "/usr/share/zoneinfo"
BATCH = 10000
SECOND_NS = 10**9
FIRST_NS, LAST_NS = -2**63 + 1, 2**63 - 1
RANDOM_INSTANTS = 400
EPOCH = datetime(1970, 1, 1)
UTC_EPOCH = EPOCH.replace(tzinfo=timezone.utc)
# Some that other software gets wrong.
PECULIAR = ("Africa/Casablanca", "America/New_York", "Antarctica/Troll",
            "Asia/Manila", "Australia/Lord_Howe", "Europe/Belfast",
            "Europe/Dublin", "Pacific/Apia", "Pacific/Kwajalein", "UTC")
# Every zone takes minutes under a sanitizer.
EVERY_NTH = 15 if has_sanitizer("asan", "tsan", "ubsan") else 1


def setUpModule():
    need_apache("the zone calls")
    global apache_client, ttypes
    import apache_client
    from timeservice import ttypes
    zoneinfo.reset_tzpath([DIRECTORY])


def changes_s(name):
    """When the zone changes anything, in seconds, up to the year 2263."""
    zone = ListingZoneInfo(name)
    changes = {second for second in zone._trans_utc
               if FIRST_NS < second * SECOND_NS < LAST_NS}
    after = zone._tz_after
    if hasattr(after, "transitions"):
        last = max(changes, default=0)
        std_s = int(after.std.utcoff.total_seconds())
        dst_s = int(after.dst.utcoff.total_seconds())
        for year in range(1970, 2263):
            start_s, end_s = after.transitions(year)
            changes.update(second for second in (start_s - std_s, end_s - dst_s)
                           if last < second < LAST_NS // SECOND_NS)
    return sorted(changes)


def offset_text(offset_s):
    sign, distance_s = "-" if offset_s < 0 else "+", abs(offset_s)
    text = f"{sign}{distance_s // 3600:02}:{distance_s // 60 % 60:02}"
    return text if distance_s % 60 == 0 else f"{text}:{distance_s % 60:02}"


def wall_text(local_s, nanosecond):
    local = EPOCH + timedelta(seconds=local_s)
    return f"{local.isoformat('T', 'seconds')}.{nanosecond:09}"


class Oracle:
    """What zoneinfo says of one zone."""

    def __init__(self, name):
        self._zone = zoneinfo.ZoneInfo.no_cache(name)
        self._offsets = {}

    def local(self, instant_ns):
        """(text, offset, abbreviation)"""
        second, nanosecond = divmod(instant_ns, SECOND_NS)
        local = (UTC_EPOCH + timedelta(seconds=second)).astimezone(self._zone)
        offset = local.utcoffset()
        if offset not in self._offsets:
            offset_s = int(offset.total_seconds())
            self._offsets[offset] = offset_s, offset_text(offset_s)
        offset_s, text = self._offsets[offset]
        wall = local.replace(tzinfo=None).isoformat("T", "seconds")
        return f"{wall}.{nanosecond:09}{text}", offset_s, local.tzname()

    def folds(self, local_s):
        """The offsets in seconds by which fold 0 and fold 1 read a local time."""
        local = (EPOCH + timedelta(seconds=local_s)).replace(tzinfo=self._zone)
        return tuple(int(each.utcoffset().total_seconds())
                     for each in (local, local.replace(fold=1)))


def batches(items):
    for begin in range(0, len(items), BATCH):
        yield items[begin:begin + BATCH]


class ZonesTest(SystemTest):

    @classmethod
    def setUpClass(cls):
        cls.seed = int(os.environ.get("ZONES_SEED", time.time_ns() % 10**6))
        print(f"ZONES_SEED={cls.seed}", flush=True)

    def client(self):
        server = self.serve()
        client = apache_client.ApacheClient(server.port, way="accelerated")
        self.addCleanup(client.__exit__, None, None, None)
        return client.__enter__()

    def zones(self, client):
        names = client.list_zones()
        chosen = sorted({*names[::EVERY_NTH], *PECULIAR} & set(names))
        self.assertGreater(len(chosen), len(names) // EVERY_NTH // 2)
        return chosen

    def test_the_names_are_those_of_the_database(self):
        names = self.client().list_zones()
        with open(f"{DIRECTORY}/tzdata.zi", encoding="ascii") as file:
            lines = [line.split() for line in file]
        listed = {words[1] if words[0] == "Z" else words[2]
                  for words in lines if words[0] in ("Z", "L")}
        self.assertEqual(names, sorted(
            name for name in listed if os.path.exists(f"{DIRECTORY}/{name}")))
        self.assertLessEqual({"UTC", "Europe/Berlin", "America/New_York"},
                             set(names))
        # What zoneinfo offers beside them is no zone of the database.
        self.assertLessEqual(zoneinfo.available_timezones() - set(names),
                             {"localtime", "posixrules"})

    def test_every_zone_as_zoneinfo_has_it(self):
        client = self.client()
        self.instants = self.local_times = self.skipped = self.repeated = 0
        for name in self.zones(client):
            with self.subTest(name):
                self.check(client, name)
        print(f"{self.instants} instants, {self.local_times} local times, of "
              f"these {self.skipped} skipped and {self.repeated} repeated")
        self.assertGreater(self.skipped, 1000)
        self.assertGreater(self.repeated, 1000)

    def check(self, client, name):
        chance = random.Random(f"{self.seed} {name}")
        oracle = Oracle(name)
        changes = changes_s(name)
        self.check_instants(client, name, oracle, [
            change * SECOND_NS + away for change in changes
            for away in (-SECOND_NS, -1, 0, 1, SECOND_NS)] + [
                chance.randint(FIRST_NS, LAST_NS)
                for _ in range(RANDOM_INSTANTS)] + [FIRST_NS, LAST_NS])
        self.check_periods(client, name, oracle, changes)
        self.check_local_times(client, name, oracle,
                               self.interesting(oracle, changes, chance))

    def check_instants(self, client, name, oracle, instants):
        for some in batches(instants):
            expected = [oracle.local(instant) for instant in some]
            answers = client.to_local(some, name, "")
            self.assertEqual([(answer.text, answer.utc_offset_s,
                               answer.abbreviation) for answer in answers],
                             expected)
            # The text has the offset: it comes back, whatever the zone.
            back = client.from_local([answer.text for answer in answers],
                                     "Asia/Kolkata", "", 0)
            self.assertEqual([answer.instant_ns for answer in back], some)
            self.assertEqual({answer.kind for answer in back},
                             {ttypes.LocalKind.UNIQUE})
            self.assertEqual([answer.utc_offset_s for answer in back],
                             [answer.utc_offset_s for answer in answers])
            self.instants += len(some)

    def check_periods(self, client, name, oracle, changes):
        """They are the changes in which offset or abbreviation change."""
        expected = [(FIRST_NS, *oracle.local(FIRST_NS)[1:])]
        for change in changes:
            seen = oracle.local(change * SECOND_NS)[1:]
            if seen != expected[-1][1:]:
                expected.append((change * SECOND_NS, *seen))
        periods = client.zone_periods(name, FIRST_NS, LAST_NS)
        self.assertEqual([(period.start_ns, period.utc_offset_s,
                           period.abbreviation) for period in periods],
                         expected)
        self.assertEqual([period.end_ns for period in periods],
                         [period.start_ns for period in periods[1:]] +
                         [LAST_NS])

    def interesting(self, oracle, changes, chance):
        """Local times at both ends and in the middle of each gap and overlap,
        and random ones. As (second, nanosecond)."""
        times = []
        for change in changes:
            before, after = (oracle.local(change * SECOND_NS + away)[1]
                             for away in (-1, 0))
            low, high = sorted((change + before, change + after))
            times += [(low - 1, 999_999_999), (low, 0),
                      ((low + high) // 2, 123_456_789), (high - 1, 999_999_999),
                      (high, 0)]
        # Far enough from the ends that no offset leads over them.
        margin_s = 2 * 86400
        times += [(chance.randint(FIRST_NS // SECOND_NS + margin_s,
                                  LAST_NS // SECOND_NS - margin_s),
                   chance.randrange(SECOND_NS)) for _ in range(RANDOM_INSTANTS)]
        return times

    def check_local_times(self, client, name, oracle, times):
        kinds, policies = ttypes.LocalKind, ttypes.Disambiguation
        for some in batches(times):
            texts = [wall_text(*each) for each in some]
            expected = {policy: [] for policy in (
                policies.COMPATIBLE, policies.EARLIER, policies.LATER)}
            rejected = {}
            for index, (second, nanosecond) in enumerate(some):
                # PEP 495: fold 0 is the offset before the change.
                before, after = oracle.folds(second)
                skipped, repeated = before < after, before > after
                kind = (kinds.SKIPPED if skipped else
                        kinds.REPEATED if repeated else kinds.UNIQUE)
                for policy, offset in (
                        (policies.COMPATIBLE, before),
                        (policies.EARLIER, after if skipped else before),
                        (policies.LATER, before if skipped else after)):
                    instant = (second - offset) * SECOND_NS + nanosecond
                    expected[policy].append((instant, kind, offset))
                if kind != kinds.UNIQUE:
                    rejected.setdefault(kind, index)
                self.skipped += skipped
                self.repeated += repeated
            for policy, resolved in expected.items():
                answers = client.from_local(texts, name, "", policy)
                self.assertEqual([(answer.instant_ns, answer.kind,
                                   answer.utc_offset_s) for answer in answers],
                                 resolved)
            self.check_rejected(client, name, texts, rejected)
            self.local_times += len(some)

    def check_rejected(self, client, name, texts, rejected):
        """The first that has no single answer is what the call fails for."""
        codes = {ttypes.LocalKind.SKIPPED:
                 ttypes.BadRequestCode.NONEXISTENT_TIME,
                 ttypes.LocalKind.REPEATED:
                 ttypes.BadRequestCode.AMBIGUOUS_TIME}
        policies = (ttypes.Disambiguation.REJECT, 77)  # unknown numbers reject
        for policy in policies if rejected else ():
            index = min(rejected.values())
            kind = next(each for each in rejected if rejected[each] == index)
            with self.assertRaises(ttypes.BadRequest) as caught:
                client.from_local(texts, name, "", policy)
            self.assertEqual((caught.exception.code, caught.exception.index),
                             (codes[kind], index), caught.exception.message)


if __name__ == "__main__":
    main()
