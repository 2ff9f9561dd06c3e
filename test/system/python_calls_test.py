"""The Python client's calls against a real server: its clock, its oracle and
its time zones.

    TIME_SERVER=build/release/time-server \
        TIME_CLIENT=build/release/client/time-client python3 python_calls_test.py
"""

import itertools
import os
import random
import subprocess
import sys
import threading
import time
import unittest

try:
    import time_client
except ImportError:  # not installed: take the one of this source tree
    sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(
        __file__)), "..", "..", "client", "python"))
    import time_client

try:
    import numpy
except ImportError:  # the arrays' tests say so
    numpy = None

from server_process import ServerProcess
from time_client import (BadRequest, BadRequestCode, Disambiguation,
                         LocalKind, OracleRole)
from time_client._formats import TRANSPORTS, usable_protocols

NS = 10**9
DAY_NS = 86_400 * NS
MAX_NS, MIN_NS = (1 << 63) - 1, -1 << 63

# Half an hour, two hours, a whole day, the other way round, odd seconds, none.
ZONES = ("America/New_York", "Australia/Lord_Howe", "Antarctica/Troll",
         "Pacific/Apia", "Europe/Dublin", "Africa/Casablanca", "Asia/Manila",
         "Pacific/Kwajalein", "America/Juneau", "Africa/Monrovia", "UTC")


def start_server(stack_owner):
    server = ServerProcess(os.environ["TIME_SERVER"])
    stack_owner.addClassCleanup(server.__exit__, None, None, None)
    server.start(arguments(server) + ["--oracle-init"])
    return server


def arguments(server):
    return [f"--listen=unix:{server.directory}/s", "--clock-error=fixed:1ms",
            f"--oracle-state={server.directory}/oracle"]


class CallsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = start_server(cls)
        cls.client = time_client.connect(cls.server.endpoints[0])
        cls.addClassCleanup(cls.client.close)

    @classmethod
    def tearDownClass(cls):
        assert cls.server.stop() == 0, cls.server.stderr()

    def refused(self, call, *arguments):
        with self.assertRaises(BadRequest) as caught:
            call(*arguments)
        return caught.exception.code, caught.exception.index

    def test_every_call_over_every_format(self):
        for protocol, transport in itertools.product(usable_protocols(),
                                                     TRANSPORTS):
            with self.subTest(f"{protocol}/{transport}"), \
                    time_client.connect(self.server.endpoints[0],
                                        protocol=protocol,
                                        transport=transport) as client:
                self.check_calls(client)

    def check_calls(self, client):
        before_ns = time.time_ns()
        interval = client.now()
        self.assertLessEqual(interval.earliest_ns, time.time_ns())
        self.assertGreaterEqual(interval.latest_ns, before_ns)
        with self.assertRaises(time_client.ClockUnreliable) as caught:
            client.now(max_error_ns=1)
        self.assertGreaterEqual(caught.exception.error_ns, 10**6)
        first = client.get_timestamps(5)
        self.assertGreater(client.get_timestamps().first, first.last)
        self.assertEqual(self.refused(client.get_timestamps, 0),
                         (BadRequestCode.OUT_OF_RANGE, -1))
        local = client.to_local([0, -1], "America/New_York")
        self.assertEqual(local[0].text, "1969-12-31T19:00:00.000000000-05:00")
        self.assertEqual((local[0].utc_offset_s, local[0].abbreviation),
                         (-18000, "EST"))
        resolved = client.from_local(["2026-11-01T01:30"], "America/New_York",
                                     policy=Disambiguation.LATER)
        self.assertIs(resolved[0].kind, LocalKind.REPEATED)
        self.assertEqual(resolved[0].utc_offset_s, -18000)
        self.assertEqual(self.refused(client.from_local, ["x"]),
                         (BadRequestCode.BAD_TEXT, 0))
        self.assertEqual(self.refused(client.to_local, [], "No/Where"),
                         (BadRequestCode.UNKNOWN_ZONE, -1))
        self.assertEqual(len(client.zone_periods("UTC", 0, 1)), 1)
        self.assertIn("Europe/London", client.list_zones())
        status = client.get_status()
        self.assertEqual(status.clock.bound_source, "fixed")
        self.assertIs(status.oracle.role, OracleRole.SERVING)
        self.assertGreaterEqual(status.oracle.watermark,
                                status.oracle.last_timestamp)
        self.assertTrue(status.tzdb_version)

    def test_the_largest_batch_and_more_go_there_and_back(self):
        count = 2 * time_client.MAX_BATCH + 3
        instants = [index * 86_399 * NS + index for index in range(count)]
        local = self.client.to_local(instants, "Europe/Berlin")
        found = self.client.from_local([each.text for each in local],
                                       "Europe/Berlin")
        self.assertEqual([each.instant_ns for each in found], instants)
        instants[-1] = MIN_NS
        self.assertEqual(self.refused(self.client.to_local, instants),
                         (BadRequestCode.OUT_OF_RANGE, count - 1))
        # The longest text that a format of 128 bytes can write.
        longest = self.client.to_local([6 * DAY_NS] * time_client.MAX_BATCH,
                                       "UTC", "%A" * 64)
        self.assertEqual(longest[-1].text, "Wednesday" * 64)


class ZoneTableTest(CallsTest):
    """A table gives what the server gives, to the nanosecond."""

    test_every_call_over_every_format = None
    test_the_largest_batch_and_more_go_there_and_back = None

    def tables(self):
        for zone in ZONES:
            yield self.client.zone_table(zone, MIN_NS + 1, MAX_NS)
            yield self.client.zone_table(zone, -2 * 365 * DAY_NS,
                                         90 * 365 * DAY_NS)

    def instants(self, table, dice):
        found = [start + nudge for start in table._rules.starts
                 for nudge in (-NS, -1, 0, 1, NS)]
        found += [dice.randrange(table.from_ns, table.until_ns)
                  for _ in range(500)] + [table.from_ns, table.until_ns - 1]
        return [each for each in found if table.from_ns + 2 * DAY_NS < each
                < table.until_ns - 2 * DAY_NS]

    def test_instants(self):
        seed = random.randrange(1 << 32)
        dice = random.Random(seed)
        for table in self.tables():
            with self.subTest(repr(table), seed=seed):
                instants = self.instants(table, dice)
                expected = self.client.to_local(instants, table.zone)
                offsets = [each.utc_offset_s for each in expected]
                local = [instant + offset * NS
                         for instant, offset in zip(instants, offsets)]
                for values in self.kinds(instants):
                    self.same(table.utc_offset_s(values), offsets)
                    self.same(table.to_local_ns(values), local)
                    self.same(table.abbreviation(values),
                              [each.abbreviation for each in expected])

    def test_local_times(self):
        seed = random.randrange(1 << 32)
        dice = random.Random(seed)
        for table in self.tables():
            with self.subTest(repr(table), seed=seed):
                local = self.instants(table, dice)
                local += [edge + nudge for edge in table._rules.breaks
                          for nudge in (-NS, -1, 0, 1, NS, 900 * NS)
                          if table.from_ns + 3 * DAY_NS < edge
                          < table.until_ns - 3 * DAY_NS]
                self.check_local(table, local)

    def check_local(self, table, local):
        texts = [each.text[:29] for each in self.client.to_local(local)]
        for policy in list(Disambiguation)[1:]:
            expected = self.client.from_local(texts, table.zone,
                                              policy=policy)
            for values in self.kinds(local):
                self.same(table.from_local_ns(values, policy),
                          [each.instant_ns for each in expected])
        unique = [each.kind is LocalKind.UNIQUE for each in expected]
        for index, each in enumerate(local):
            if unique[index]:
                table.from_local_ns([each])
            else:
                code, _ = self.refused(table.from_local_ns, [each])
                self.assertIs(code, BadRequestCode.NONEXISTENT_TIME
                              if expected[index].kind is LocalKind.SKIPPED
                              else BadRequestCode.AMBIGUOUS_TIME)
        if not all(unique):
            for values in self.kinds(local):
                self.assertEqual(
                    self.refused(table.from_local_ns, values),
                    self.refused(self.client.from_local, texts, table.zone))

    def kinds(self, values):
        yield values
        if numpy is not None:
            yield numpy.array(values, dtype=numpy.int64)

    def same(self, found, expected):
        self.assertEqual(found if isinstance(found, list) else found.tolist(),
                         expected)


class OverloadTest(unittest.TestCase):
    def test_calls_that_are_shed_are_made_again_and_told_without_retries(self):
        instants = range(1000)
        seen = threading.Event()
        failures = []

        def retrying():
            with time_client.connect(server.endpoints[0], retries=1000,
                                     timeout=20) as client:
                while not (seen.is_set() or failures):
                    client.to_local(instants)
                client.to_local(instants)

        def impatient():
            with time_client.connect(server.endpoints[0],
                                     retries=0) as client:
                while not (seen.is_set() or failures):
                    try:
                        client.to_local(instants)
                    except time_client.Overloaded as error:
                        assert "--max-in-flight" in str(error), error
                        seen.set()
                while True:  # on the same connection, when there is time again
                    try:
                        return client.to_local(instants)
                    except time_client.Overloaded:
                        pass

        def run(step):
            try:
                step()
            except BaseException as error:
                failures.append(error)

        with ServerProcess(os.environ["TIME_SERVER"]) as server:
            server.start([f"--listen=unix:{server.directory}/s",
                          "--mode=threadpool", "--threads=2",
                          "--max-in-flight=1"])
            threads = [threading.Thread(target=run, args=(step,))
                       for step in (retrying, retrying, impatient)]
            # Python's threads alone, of which one runs at a time, may never meet.
            with subprocess.Popen(
                    [os.environ["TIME_CLIENT"], "bench", "--seconds=3600",
                     f"--endpoint={server.endpoints[0]}", "--in-flight=50"],
                    stdout=subprocess.DEVNULL) as others:
                for thread in threads:
                    thread.start()
                found = seen.wait(60)
                failures += [] if found else ["no call was shed"]
                others.kill()
            for thread in threads:
                thread.join()
            self.assertEqual(failures, [])
            self.assertEqual(server.stop(), 0, server.stderr())


class LiveTest(unittest.TestCase):
    def test_the_bounded_clock_holds_true_time(self):
        with ServerProcess(os.environ["TIME_SERVER"]) as server:
            server.start([f"--listen=unix:{server.directory}/s",
                          "--clock-error=fixed:1ms"])
            with time_client.BoundedClock(server.endpoints[0],
                                          poll=0.01) as clock:
                for _ in range(20_000):
                    before_ns = time.time_ns()
                    interval = clock.now()
                    self.assertLessEqual(interval.earliest_ns,
                                         time.time_ns())
                    self.assertGreaterEqual(interval.latest_ns, before_ns)
                self.assertEqual(clock.false_servers, ())
                clock.wait_until_past(interval.latest_ns, timeout=20)
            self.assertEqual(server.stop(), 0, server.stderr())

    def test_timestamps_stay_in_order_though_the_server_is_killed(self):
        """Each take() that began after another had returned is larger."""
        log = []
        ended = threading.Event()

        def take(source):
            while not ended.is_set():
                began = time.monotonic_ns()
                found = source.take_range(3)
                log.append((began, time.monotonic_ns(), found))

        with ServerProcess(os.environ["TIME_SERVER"]) as server:
            server.start(arguments(server) + ["--oracle-init"])
            with time_client.TimestampSource(server.endpoints[0],
                                             timeout=20) as source:
                threads = [threading.Thread(target=take, args=(source,))
                           for _ in range(4)]
                for thread in threads:
                    thread.start()
                for _ in range(5):
                    count = len(log)
                    while len(log) < count + 200:
                        self.assertTrue(all(map(threading.Thread.is_alive,
                                                threads)), "see above")
                        time.sleep(0.001)
                    server.kill()
                    server.start(arguments(server))
                ended.set()
                for thread in threads:
                    thread.join()
            self.assertEqual(server.stop(), 0, server.stderr())
        self.check_order(log)

    def check_order(self, log):
        self.assertGreater(len(log), 1000)
        ranges = sorted((found.first, found.last) for _, _, found in log)
        for (_, last), (first, _) in zip(ranges, ranges[1:]):
            self.assertGreater(first, last)
        by_return = sorted(log, key=lambda row: row[1])
        largest, returned = -1, 0
        for began, _, found in sorted(log, key=lambda row: row[0]):
            while by_return[returned][1] < began:
                largest = max(largest, by_return[returned][2].last)
                returned += 1
            self.assertGreater(found.first, largest)


def setUpModule():
    if numpy is None:
        print("NOT TESTED: zone tables of arrays, since numpy is not "
              "installed", file=sys.stderr)


if __name__ == "__main__":
    unittest.main()
