"""The calls beside get_time, exchange and get_status: their results, what they
promise, and what they refuse."""

import itertools
import pickle
import unittest
import unittest.mock

import time_client
from time_client import (BadRequest, BadRequestCode, ClockState,
                         ClockUnreliable, DeclaredError, Disambiguation,
                         LocalKind, LocalTime, OracleFault,
                         OracleUnavailable, ProtocolMismatch, ResolvedTime,
                         TimestampRange, UsageError, ZonePeriod, _binding)
from time_client._formats import TRANSPORTS, usable_protocols
from time_client.client import BATCH

from .fake_server import (FakeClock, FakeServer, assert_says, bad_request,
                          serve)

MAX_NS = (1 << 63) - 1
MIN_NS = -1 << 63


class CallsTest(unittest.TestCase):
    def setUp(self):
        self.clock = FakeClock()
        self.server = FakeServer(serve(self.clock))
        self.server.__enter__()
        self.addCleanup(self.server.__exit__)
        self.client = time_client.connect(self.server.endpoint)
        self.addCleanup(self.client.close)

    def refused(self, kind, call, *arguments, **named):
        with self.assertRaises(kind) as caught:
            call(*arguments, **named)
        self.assertNotIn("\n", str(caught.exception))
        return caught.exception


class ResultsTest(CallsTest):
    def test_every_call_over_every_protocol_and_transport(self):
        for protocol, transport in itertools.product(usable_protocols(),
                                                     TRANSPORTS):
            with self.subTest(f"{protocol}/{transport}"), \
                    FakeServer(serve(FakeClock(), protocol,
                                     transport)) as server, \
                    time_client.connect(server.endpoint, protocol=protocol,
                                        transport=transport) as client:
                self.check_calls(client)
                self.assertEqual(server.connections, 1)

    def check_calls(self, client):
        interval = client.now(5000)
        self.assertEqual(interval.earliest_ns, 10**18)
        self.assertIs(interval.state, ClockState.SYNCHRONIZED)
        self.assertEqual(client.get_timestamps(3),
                         TimestampRange(10**18, 3))
        self.assertEqual(client.to_local([5, -6], "UTC", "%s"),
                         [LocalTime("5@UTC", -3600, "TST"),
                          LocalTime("-6@UTC", -3600, "TST")])
        self.assertEqual(client.from_local(["7"]),
                         [ResolvedTime(7, LocalKind.UNIQUE, -3600)])
        self.assertEqual(client.zone_periods("Test/Zone", 0, 2000 * 10**9), [
            ZonePeriod(0, 1000 * 10**9, 3600, "ONE"),
            ZonePeriod(1000 * 10**9, 2000 * 10**9, 7200, "TWO")])
        self.assertEqual(client.zone_periods("UTC", 5, 5), [])
        self.assertEqual(client.list_zones(), ["Test/Zone", "UTC"])
        with self.assertRaises(BadRequest):
            client.to_local([], "No/Where")

    def test_the_interval_covers_the_round_trip(self):
        times = iter([100, 100 + 7_000_000])
        with unittest.mock.patch("time_client.client.boot_ns",
                                 lambda: next(times)):
            interval = self.client.now()
        self.assertEqual(interval.earliest_ns, 10**18)
        # And 500 ppm of it, as this host's clock may be slow.
        self.assertGreaterEqual(interval.latest_ns - 10**18 - 2000, 7_003_500)
        self.assertLess(interval.latest_ns - 10**18 - 2000, 7_003_600)

    def test_the_round_trip_of_a_retry_is_its_own(self):
        clock = FakeClock()
        with FakeServer(serve(clock, calls=1), serve(clock)) as server, \
                time_client.connect(server.endpoint) as client:
            client.get_time()  # and then the server hangs up
            times = iter([0, 50, 60])
            with unittest.mock.patch("time_client.client.boot_ns",
                                     lambda: next(times)):
                interval = client.now()
        self.assertEqual(interval.latest_ns - 10**18 - 2000, 11)

    def test_the_end_of_an_interval_stays_within_64_bits(self):
        self.clock.interval = (MAX_NS - 1, MAX_NS)
        self.assertEqual(self.client.now().latest_ns, MAX_NS)

    def test_midpoint_and_error_of_an_interval_cover_it(self):
        for earliest, latest in ((0, 0), (0, 1), (-3, 4), (7, 10)):
            interval = time_client.TimeInterval(earliest, latest,
                                                ClockState.SYNCHRONIZED)
            self.assertLessEqual(interval.midpoint_ns - interval.error_ns,
                                 earliest)
            self.assertGreaterEqual(interval.midpoint_ns + interval.error_ns,
                                    latest)

    def test_what_is_not_given_is_sent_as_the_default(self):
        self.client.now()
        self.client.get_timestamps()
        self.client.to_local([1])
        self.client.from_local(["1"])
        self.client.from_local(["1"], policy=Disambiguation.LATER)
        self.assertEqual(self.clock.calls, {
            "now": [0], "get_timestamps": [1],
            "to_local": [([1], "UTC", "")],
            "from_local": [(["1"], "UTC", "", 0), (["1"], "UTC", "", 3)]})

    def test_timestamps_can_be_iterated(self):
        found = self.client.get_timestamps(3)
        self.assertEqual(list(found), [10**18, 10**18 + 1, 10**18 + 2])
        self.assertEqual((len(found), found.last), (3, 10**18 + 2))


class BatchesTest(CallsTest):
    def test_one_call_carries_less_than_it_may(self):
        """A server may take messages of 64 KiB and no larger ones."""
        self.assertEqual(BATCH, 1000)
        self.assertEqual(time_client.MAX_BATCH, 10_000)

    def test_long_lists_go_in_several_calls_and_come_back_in_order(self):
        count = 2 * BATCH + 1
        found = self.client.to_local(range(count))
        self.assertEqual([local.text for local in found],
                         [f"{instant}@UTC" for instant in range(count)])
        self.assertEqual([len(call[0]) for call in
                          self.clock.calls["to_local"]],
                         [BATCH, BATCH, 1])
        texts = [str(number) for number in range(count)]
        self.assertEqual([resolved.instant_ns for resolved in
                          self.client.from_local(texts)], list(range(count)))

    def test_the_index_of_a_bad_item_is_that_of_the_whole_list(self):
        instants = [0] * (BATCH + 7)
        instants[-1] = MIN_NS
        error = self.refused(BadRequest, self.client.to_local, instants)
        self.assertEqual(error.index, BATCH + 6)
        self.assertIs(error.code, BadRequestCode.OUT_OF_RANGE)
        assert_says(self, error, "to_local", self.server.endpoint,
                    "it is bad", "OUT_OF_RANGE",
                    f"index {BATCH + 6}")
        error = self.refused(BadRequest, self.client.from_local,
                             ["1"] * BATCH + ["x"])
        self.assertEqual(error.index, BATCH)

    def test_an_empty_list_is_asked_for_so_that_the_zone_is_checked(self):
        self.assertEqual(self.client.to_local([]), [])
        error = self.refused(BadRequest, self.client.from_local, [],
                             "No/Where")
        self.assertEqual((error.code, error.index),
                         (BadRequestCode.UNKNOWN_ZONE, -1))


class PromisesTest(CallsTest):
    def broken(self, method, answer, *arguments):
        setattr(self.clock, method, lambda *_: answer)
        error = self.refused(ProtocolMismatch, getattr(self.client, method),
                             *arguments)
        assert_says(self, error, method, self.server.endpoint)

    def test_an_interval_that_is_none_is_refused(self):
        make = _binding.idl.TimeInterval
        for answer in (make(2, 1, 1), make(None, 1, 1), make(1, None, 1),
                       make(1, 2, None), make(1, 2, 0), make(1, 2, 3),
                       make(1, 2, 42)):
            self.broken("now", answer)

    def test_timestamps_that_were_not_asked_for_are_refused(self):
        make = _binding.idl.TimestampRange
        for answer in (make(5, 2), make(5, 4), make(None, 3), make(5, None),
                       make(MAX_NS - 1, 3)):
            self.broken("get_timestamps", answer, 3)

    def test_lists_of_another_length_are_refused(self):
        local = _binding.idl.LocalTime("a", 0, "UTC")
        for answer in ([local], [local] * 3, []):
            self.broken("to_local", answer, [1, 2])
        resolved = _binding.idl.ResolvedTime(1, 1, 0)
        for answer in ([resolved], [resolved] * 3, []):
            self.broken("from_local", answer, ["1", "2"])

    def test_the_exchange_of_another_is_refused(self):
        make = _binding.idl.ClockExchange
        for answer in (make(8, 1, 1, 1, 1), make(None, 1, 1, 1, 1)):
            self.clock.exchange = lambda _: answer
            self.refused(ProtocolMismatch, self.client.sample, lambda: 7)

    def test_zones_out_of_order_or_none_are_refused(self):
        for answer in (["UTC", "Test/Zone"], ["UTC", "UTC"], []):
            self.clock.list_zones = lambda: answer
            self.refused(ProtocolMismatch, self.client.list_zones)
        names = ["UTC", "Ω", "\U0001f552"]
        self.clock.list_zones = lambda: names
        self.assertEqual(self.client.list_zones(), names)

    def test_offsets_of_a_day_or_more_are_refused(self):
        for offset_s in (86_400, -86_400, 1 << 30):
            self.broken("to_local", [_binding.idl.LocalTime(
                "a", offset_s, "UTC")], [1])
            self.broken("from_local", [_binding.idl.ResolvedTime(
                1, 1, offset_s)], ["1"])
            self.broken("zone_periods", [_binding.idl.ZonePeriod(
                0, 10, offset_s, "UTC")], "UTC", 0, 10)
        self.clock.to_local = lambda *_: [_binding.idl.LocalTime(
            "a", offset_s, "UTC") for offset_s in (86_399, -86_399)]
        self.assertEqual(len(self.client.to_local([1, 2])), 2)

    def test_items_that_lack_a_field_are_refused(self):
        make = _binding.idl.LocalTime
        for answer in (make(None, 0, "UTC"), make("a", None, "UTC"),
                       make("a", 0, None)):
            self.broken("to_local", [answer], [1])
        make = _binding.idl.ResolvedTime
        for answer in (make(None, 1, 0), make(1, 1, None), make(MIN_NS, 1, 0)):
            self.broken("from_local", [answer], ["1"])

    def test_periods_with_holes_are_refused(self):
        def periods(*edges):
            return [_binding.idl.ZonePeriod(start, end, 0, "UTC")
                    for start, end in edges]

        for answer in (periods(), periods((0, 5)), periods((1, 10)),
                       periods((0, 11)), periods((0, 4), (5, 10)),
                       periods((0, 6), (5, 10)), periods((0, 0), (0, 10)),
                       [_binding.idl.ZonePeriod(0, 10, None, "UTC")],
                       [_binding.idl.ZonePeriod(0, 10, 0, None)]):
            self.broken("zone_periods", answer, "UTC", 0, 10)
        self.broken("zone_periods", periods((5, 6)), "UTC", 5, 5)


class DeclaredTest(CallsTest):
    def test_a_bad_request_says_what_and_where(self):
        self.clock.failure = bad_request(7, 4)
        error = self.refused(BadRequest, self.client.from_local, ["1"] * 5)
        self.assertIsInstance(error, DeclaredError)
        self.assertEqual((error.code, error.index, error.message),
                         (BadRequestCode.AMBIGUOUS_TIME, 4, "it is bad"))

    def test_an_index_beyond_what_was_sent_is_none(self):
        for index in (-7, 2, 10**6):
            self.clock.failure = bad_request(7, index)
            error = self.refused(BadRequest, self.client.to_local, [1, 2])
            self.assertEqual(error.index, -1)
            self.assertNotIn("index", str(error))
        self.clock.failure = bad_request(7, 0)
        error = self.refused(BadRequest, self.client.zone_periods, "UTC", 1, 2)
        self.assertEqual(error.index, -1)

    def test_an_unreliable_clock_says_its_state_and_bound(self):
        make = _binding.idl.ClockUnreliable
        for error_ns, expected in ((-1, None), (2000, 2000), (None, None)):
            self.clock.failure = make("no\nbound", 3, error_ns)
            error = self.refused(ClockUnreliable, self.client.now, 5)
            self.assertEqual((error.state, error.error_ns),
                             (ClockState.UNSYNCHRONIZED, expected))
            assert_says(self, error, "now", "no bound", "UNSYNCHRONIZED")

    def test_an_unavailable_oracle_says_whom_to_ask(self):
        self.clock.failure = _binding.idl.OracleUnavailable(
            "not me", 1, "b:9090", 250)
        error = self.refused(OracleUnavailable, self.client.get_timestamps)
        self.assertEqual((error.fault, error.leader, error.retry_after_ms),
                         (OracleFault.NOT_LEADER, "b:9090", 250))
        assert_says(self, error, "get_timestamps", "not me", "NOT_LEADER",
                    "b:9090")

    def test_codes_of_a_newer_server_and_absent_fields_are_read_as_0(self):
        self.clock.failure = _binding.idl.BadRequest("new", 99, None)
        error = self.refused(BadRequest, self.client.to_local, [1])
        self.assertEqual((error.code, error.index),
                         (BadRequestCode.UNKNOWN, -1))
        self.clock.failure = _binding.idl.OracleUnavailable()
        error = self.refused(OracleUnavailable, self.client.get_timestamps)
        self.assertEqual((error.fault, error.leader, error.retry_after_ms),
                         (OracleFault.UNKNOWN, "", 0))

    def test_they_survive_pickling_where_no_library_is_loaded(self):
        self.clock.failure = bad_request(7, 4)
        error = self.refused(BadRequest, self.client.from_local, ["1"] * 5)
        data = pickle.dumps(error)
        self.assertNotIn(b"time_service_thrift", data)
        copy = pickle.loads(data)
        self.assertEqual(
            (type(copy), str(copy), copy.code, copy.index, copy.message,
             copy.endpoint, copy.method),
            (BadRequest, str(error), BadRequestCode.AMBIGUOUS_TIME, 4,
             "it is bad", self.server.endpoint, "from_local"))

    def test_the_connection_stays(self):
        self.clock.failure = bad_request(1, -1)
        for _ in range(3):
            self.refused(BadRequest, self.client.to_local, [1])
        self.assertEqual(self.server.connections, 1)


class ArgumentsTest(CallsTest):
    def test_what_cannot_be_sent_is_refused_and_nothing_is_sent(self):
        client = self.client
        for call, *arguments in (
                (client.now, "5ms"), (client.now, 1 << 63),
                (client.get_timestamps, 1 << 31),
                (client.get_timestamps, 1.5),
                (lambda count: client.get_timestamps(count, timeout=0), 1),
                (client.to_local, 5),
                (client.to_local, [1.5]), (client.to_local, "12"),
                (client.to_local, [1 << 63]), (client.to_local, [None]),
                (client.to_local, [1], 5), (client.to_local, [1], "UTC", None),
                (client.from_local, "2026-01-01"), (client.from_local, [5]),
                (client.from_local, ["\ud800"]), (client.from_local, None),
                (client.from_local, ["1"], "UTC", "", 9),
                (client.from_local, ["1"], "UTC", "", "later"),
                (client.zone_periods, "UTC", 0.5, 1),
                (client.zone_periods, None, 0, 1),
                (client.zone_periods, "UTC", 0, 1 << 63),
                (client.zone_table, "UTC", 0.5, 1)):
            with self.subTest(call.__name__, arguments=arguments):
                self.refused(UsageError, call, *arguments)
        self.assertEqual(self.clock.calls, {})
        self.assertEqual(len(client.get_time()), 24)
        self.assertEqual(self.server.connections, 1)

    def test_the_first_bad_item_is_named(self):
        error = self.refused(UsageError, self.client.to_local, [1, 2, "x"])
        assert_says(self, error, "instants_ns[2] 'x'")
