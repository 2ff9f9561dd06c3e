"""The loops of the peers' clients, with calls that are answered at once."""

import argparse
import os
import sys
import time
import unittest

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
sys.path.insert(0, os.path.join(ROOT, "bench", "peers", "python"))
from peer_client import quantile_us  # noqa: E402
from peer_loop import Limit, Phase, Tally, in_a_window, one_at_a_time  # noqa: E402
from peer_workload import Workload  # noqa: E402


def workload(call="wait"):
    return Workload(argparse.Namespace(call=call, bytes=5, count=3, milliseconds=7))


class Calls:
    """A connection whose calls are answered right, but for some."""

    def __init__(self, wrong=(), failing=()):
        self.wrong = wrong
        self.failing = failing
        self.made = 0
        self.under_way = 0
        self.most_under_way = 0

    def start(self, name, *arguments):
        assert (name, arguments) == ("wait", (7,))
        self.made += 1
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        number = self.made

        def receive():
            self.under_way -= 1
            if number in self.failing:
                raise RuntimeError("refused")
            return 8 if number in self.wrong else 7
        return receive

    def wait(self, milliseconds):
        return self.start("wait", milliseconds)()


def run(worker, calls=0, seconds=0.0):
    limit = Limit(calls, seconds)
    return Phase([lambda tally: worker(limit, tally)], [limit]).run()


class Window(unittest.TestCase):
    def measure(self, connection, size, calls=0, seconds=0.0):
        return run(lambda limit, tally: in_a_window(connection.start, size, workload(), limit, tally), calls, seconds)

    def test_as_many_calls_as_it_is_wide_are_under_way_and_all_are_answered(self):
        connection = Calls()
        tally = self.measure(connection, 4, calls=9).tally
        self.assertEqual((connection.most_under_way, connection.under_way, connection.made), (4, 0, 9))
        self.assertEqual((len(tally.latencies), tally.errors, tally.wrong), (9, 0, 0))

    def test_fewer_calls_than_it_is_wide(self):
        connection = Calls()
        self.assertEqual(len(self.measure(connection, 4, calls=2).tally.latencies), 2)

    def test_what_is_under_way_when_the_time_is_over_is_checked_and_does_not_count(self):
        connection = Calls(wrong=range(1, 100))

        limit = Limit(0, 1000.0)
        limit.begin(time.perf_counter())

        def start(name, *arguments):
            receive = connection.start(name, *arguments)
            if connection.made == 4:
                limit.end = time.perf_counter() - 1
            return receive
        tally = Tally()
        in_a_window(start, 4, workload(), limit, tally)
        self.assertEqual((len(tally.latencies), tally.wrong, connection.under_way), (0, 4, 0))

    def test_an_error_ends_it(self):
        connection = Calls(failing=(3,))
        tally = self.measure(connection, 2, calls=9).tally
        self.assertEqual((len(tally.latencies), tally.errors), (2, 1))
        self.assertLess(connection.made, 9)


class OneAtATime(unittest.TestCase):
    def measure(self, connection, **limits):
        return run(lambda limit, tally: one_at_a_time(connection, workload(), limit, tally), **limits)

    def test_one_call_is_under_way(self):
        connection = Calls()
        phase = self.measure(connection, calls=5)
        self.assertEqual((connection.most_under_way, connection.made, len(phase.tally.latencies)), (1, 5, 5))
        self.assertGreater(phase.seconds, 0)

    def test_wrong_replies_are_counted_and_the_run_goes_on(self):
        tally = self.measure(Calls(wrong=(2, 4)), calls=5).tally
        self.assertEqual((len(tally.latencies), tally.wrong, tally.errors), (5, 2, 0))

    def test_an_error_ends_it(self):
        tally = self.measure(Calls(failing=(3,)), calls=5).tally
        self.assertEqual((len(tally.latencies), tally.errors), (2, 1))

    def test_many_workers_are_added_up(self):
        connections = [Calls(wrong=(1,)), Calls(), Calls(failing=(1,))]
        limits = [Limit(5, 0.0) for _ in connections]
        phase = Phase([lambda tally, connection=connection, limit=limit:
                       one_at_a_time(connection, workload(), limit, tally)
                       for connection, limit in zip(connections, limits)], limits).run()
        self.assertEqual((len(phase.tally.latencies), phase.tally.wrong, phase.tally.errors), (10, 1, 1))


class Figures(unittest.TestCase):
    def test_quantiles_are_by_nearest_rank(self):
        seconds = [number / 1e6 for number in range(1, 101)]
        for q, expected in ((0.5, 50), (0.99, 99), (1.0, 100)):
            self.assertEqual(quantile_us(seconds, q), expected)
        self.assertEqual(quantile_us([3e-6], 0.99), 3)
        self.assertEqual(quantile_us([1e-6, 2e-6], 0.5), 1)
        self.assertIsNone(quantile_us([], 0.5))

    def test_only_a_time_as_ctime_writes_it_is_one(self):
        right = workload("get_time").right
        for text in ("Thu Nov 26 12:29:07 2026", "Thu Jan  1 00:00:00 1970"):
            self.assertTrue(right(text), text)
        for text in ("Thu Nov 26 12:29:07 2026\n", "Thu Nov 26 12:29:07 20265", " Thu Nov 26 12:29:07 2026", "", None,
                     b"Thu Nov 26 12:29:07 2026", "2026-11-26T12:29:07"):
            self.assertFalse(right(text), text)

    def test_only_the_payload_is_an_echo_of_it(self):
        echo = workload("echo")
        (payload,) = echo.arguments
        self.assertEqual(payload, b"\xff\xfe\xfd\xfc\xfb")
        self.assertTrue(echo.right(payload))
        for reply in (payload[:-1], payload + b"\xfa", list(payload), b""):
            self.assertFalse(echo.right(reply))

    def test_all_the_prices_must_be_right(self):
        right = workload("prices").right
        self.assertTrue(right([100.0, 100.25, 100.5]))
        self.assertTrue(right((100.0, 100.25, 100.5)))
        for reply in ([100.0, 100.25], [100.0, 100.25, 100.5, 100.75], [100.0, 100.25, 100.50001], []):
            self.assertFalse(right(reply))


if __name__ == "__main__":
    unittest.main()
