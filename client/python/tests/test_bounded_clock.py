"""BoundedClock with servers in this process, whose true time is this host's
wall clock."""

import contextlib
import threading
import time
import unittest
from unittest import mock

import time_client
from time_client import (BoundedClock, CallTimeout, ClockState,
                         ClockUnreliable, UsageError)

from .fake_server import (PATIENCE_S, FakeClock, FakeServer, assert_says,
                          serve, silent)

MS = 10**6


def true_clock(error_ns=MS, lie_ns=0):
    clock = FakeClock()
    clock.error_ns = error_ns
    clock.receive_ns = clock.send_ns = lambda _: time.time_ns() + lie_ns
    return clock


class BoundedClockTest(unittest.TestCase):
    def setUp(self):
        self.stack = contextlib.ExitStack()
        self.addCleanup(self.stack.close)

    def server(self, handler):
        return self.stack.enter_context(FakeServer(serve(handler))).endpoint

    def clock(self, *handlers, **settings):
        return self.stack.enter_context(BoundedClock(
            [self.server(handler) for handler in handlers], **settings))

    def eventually(self, condition):
        deadline = time.monotonic() + PATIENCE_S
        while not condition():
            self.assertLess(time.monotonic(), deadline, "it never came true")
            time.sleep(0.002)

    def assert_holds_true_time(self, clock):
        before_ns = time.time_ns()
        interval = clock.now()
        after_ns = time.time_ns()
        self.assertLessEqual(interval.earliest_ns, after_ns)
        self.assertGreaterEqual(interval.latest_ns, before_ns)
        return interval

    def test_the_interval_holds_true_time_without_a_call_each_time(self):
        server = true_clock()
        clock = self.clock(server, poll=3600)
        self.eventually(lambda: len(clock.problems) == 1)
        for _ in range(1000):
            interval = self.assert_holds_true_time(clock)
        self.assertGreaterEqual(interval.error_ns, MS)
        self.assertIs(interval.state, ClockState.SYNCHRONIZED)
        self.assertEqual(clock.false_servers, ())

    def test_of_three_servers_the_one_that_lies_is_named(self):
        liar = true_clock(lie_ns=-3600 * 10**9)
        clock = self.clock(true_clock(), liar, true_clock(), poll=0.01)
        self.eventually(lambda: len(clock.false_servers) == 1)
        self.assert_holds_true_time(clock)
        self.assertEqual(clock.false_servers,
                         (list(clock.problems)[1],))

    def test_two_servers_that_disagree_give_no_time(self):
        clock = self.stack.enter_context(contextlib.closing(BoundedClock(
            [self.server(true_clock()),
             self.server(true_clock(lie_ns=3600 * 10**9))], poll=0.01)))
        # Before both have answered the first is believed.
        self.eventually(lambda: "contradict" in clock._verdict.reason)
        with self.assertRaises(ClockUnreliable) as caught:
            clock.now()
        assert_says(self, caught.exception, "true time is not known",
                    "contradict", *clock.problems)

    def test_before_the_first_bound_it_says_how_to_wait_for_it(self):
        told = threading.Event()
        with FakeServer(lambda _: told.wait(PATIENCE_S)) as server, \
                contextlib.closing(BoundedClock(
                    server.endpoint, timeout=PATIENCE_S)) as clock:
            with self.assertRaises(ClockUnreliable) as caught:
                clock.now()
            self.assertEqual(
                str(caught.exception),
                "true time is not known: no server has given a bound yet: "
                "wait_until_ready() waits for the first")
            told.set()

    def test_a_server_that_gives_no_bound_is_none(self):
        endpoint = self.server(true_clock(error_ns=-1))
        with contextlib.closing(BoundedClock(endpoint)) as clock:
            with self.assertRaises(ClockUnreliable) as caught:
                clock.wait_until_ready(timeout=0.3)
            assert_says(self, caught.exception, "not known", endpoint,
                        "gives no bound")
            self.assertIs(caught.exception.state, ClockState.UNKNOWN)
            self.assertIsNone(caught.exception.error_ns)

    def test_a_server_that_hangs_does_not_delay_the_others(self):
        with FakeServer(silent) as hanging:
            clock = self.stack.enter_context(BoundedClock(
                [self.server(true_clock()), hanging.endpoint,
                 self.server(true_clock())], timeout=0.2))
            self.assert_holds_true_time(clock)
            self.eventually(
                lambda: "timed out" in clock.problems[hanging.endpoint])
            self.assert_holds_true_time(clock)

    def test_a_bound_larger_than_asked_for_is_refused(self):
        clock = self.clock(true_clock())
        with self.assertRaises(ClockUnreliable) as caught:
            clock.now(max_error_ns=1000)
        self.assertGreaterEqual(caught.exception.error_ns, MS)
        clock = BoundedClock(self.server(true_clock()), max_error_ns=1000)
        with contextlib.closing(clock), self.assertRaises(ClockUnreliable):
            clock.wait_until_ready(timeout=0.3)

    def test_without_answers_the_bound_grows_until_it_is_refused(self):
        clock = self.clock(true_clock(), poll=10, max_error_ns=50 * MS)
        clock._stopping.set()  # of close(), all but the end
        for thread in clock._threads:
            thread.join(PATIENCE_S)
        boot_ns = time_client.bounded_clock.boot_ns
        for passed_s, state in ((25, ClockState.SYNCHRONIZED),
                                (60, ClockState.HOLDOVER), (1000, None)):
            with mock.patch("time_client.bounded_clock.boot_ns",
                            lambda: boot_ns() + passed_s * 10**9):
                if state is None:
                    with self.assertRaises(ClockUnreliable):
                        clock.now()
                    continue
                interval = clock.now()
            self.assertIs(interval.state, state)
            drift_ns = passed_s * 500_000
            self.assertGreaterEqual(interval.error_ns, MS + drift_ns)
            self.assertLess(interval.error_ns, 20 * MS + drift_ns)

    def test_all_that_agree_must_be_synchronized_and_answer(self):
        clock = self.clock(true_clock(), true_clock(), poll=10)
        self.eventually(lambda: len(clock._servers._synchronized_ns) == 2)
        self.assertIs(clock.now().state, ClockState.SYNCHRONIZED)
        holding = true_clock()
        holding.state = int(ClockState.HOLDOVER)
        clock = self.clock(holding, true_clock(), true_clock())
        self.eventually(lambda: clock.now().state is ClockState.HOLDOVER)
        with FakeServer(serve(true_clock())) as server:
            clock = self.stack.enter_context(BoundedClock(
                [self.server(true_clock()), self.server(true_clock()),
                 server.endpoint], poll=0.05))
            self.eventually(lambda: len(clock._servers._synchronized_ns) == 3)
        # Two go on, and say what the time is; it is less sure than it was.
        self.eventually(lambda: clock.now().state is ClockState.HOLDOVER)
        self.assert_holds_true_time(clock)

    def test_the_wait_for_a_better_bound_is_no_busy_loop(self):
        clock = self.clock(true_clock(), poll=3600)
        with mock.patch.object(clock, "now", side_effect=ClockUnreliable(
                "too wide")) as now, self.assertRaises(ClockUnreliable):
            clock.wait_until_ready(timeout=0.3)
        self.assertLess(now.call_count, 20)

    def test_commit_wait_ends_when_the_instant_is_surely_past(self):
        clock = self.clock(true_clock())
        target_ns = clock.now().latest_ns
        self.assertGreater(clock.wait_until_past(target_ns).earliest_ns,
                           target_ns)
        self.assertGreater(time.time_ns(), target_ns)
        clock.wait_until_past(target_ns, timeout=0.001)  # already past

    def test_commit_wait_ends_not_a_nanosecond_early(self):
        clock = self.clock(true_clock())
        intervals = [time_client.TimeInterval(earliest_ns, 2000,
                                              ClockState.SYNCHRONIZED)
                     for earliest_ns in (900, 999, 1000, 1001)]
        with mock.patch.object(clock, "now", side_effect=intervals):
            self.assertEqual(clock.wait_until_past(1000).earliest_ns, 1001)

    def test_commit_wait_has_a_deadline(self):
        clock = self.clock(true_clock())
        with self.assertRaises(CallTimeout) as caught:
            clock.wait_until_past(clock.now().latest_ns + 3600 * 10**9,
                                  timeout=0.05)
        assert_says(self, caught.exception, "not surely past")

    def test_a_server_that_comes_later_is_found(self):
        with FakeServer(silent) as server:
            pass  # it has gone
        with contextlib.closing(BoundedClock(server.endpoint)) as clock:
            with self.assertRaises(ClockUnreliable) as caught:
                clock.wait_until_ready(timeout=0.05)
            assert_says(self, caught.exception, server.endpoint)

    def test_close_ends_the_threads(self):
        before = threading.active_count()
        clock = BoundedClock(["127.0.0.1:1", "127.0.0.1:2"])
        self.assertEqual(threading.active_count(), before + 2)
        clock.close()
        clock.close()
        self.assertEqual(threading.active_count(), before)

    def test_wrong_arguments_are_usage_errors(self):
        for arguments, settings in (
                ([], {}), (["localhost:1", "localhost:1"], {}),
                (["localhost"], {}), (["localhost:1"], {"poll": 0}),
                (["localhost:1"], {"drift_ppm": -1}),
                (["localhost:1"], {"drift_ppm": 10**6}),
                (["localhost:1"], {"drift_ppm": None}),
                (["localhost:1"], {"max_error_ns": "1s"}),
                (["localhost:1"], {"max_error_ns": -1}),
                (None, {}), ([None], {}), ([["localhost:1"]], {})):
            with self.assertRaises(UsageError):
                BoundedClock(arguments, **settings)

    def test_what_cannot_be_waited_for_is_a_usage_error(self):
        clock = self.clock(true_clock())
        for call in (*(lambda bad=bad: clock.wait_until_past(bad)
                       for bad in ("x", None, 1.5, True)),
                     *(lambda bad=bad: clock.wait_until_past(0, timeout=bad)
                       for bad in ("x", -1, True, float("nan"))),
                     lambda: clock.wait_until_ready(timeout=-1),
                     lambda: clock.wait_until_ready(timeout=None),
                     *(lambda bad=bad: clock.now(bad)
                       for bad in ("x", -1, 0.0, False, None))):
            with self.assertRaises(UsageError):
                call()
        clock.wait_until_ready(timeout=0)

    def test_a_closed_clock_says_so_also_to_who_waits(self):
        clock = self.clock(true_clock())
        caught = []

        def wait():
            try:
                clock.wait_until_past(time.time_ns() + 3600 * 10**9)
            except UsageError as error:
                caught.append(error)

        waiting = threading.Thread(target=wait, daemon=True)
        waiting.start()
        clock.close()
        waiting.join(PATIENCE_S)
        self.assertRegex(str(caught[0]), "closed")
        for call in (clock.now, clock.wait_until_ready,
                     lambda: clock.wait_until_past(0)):
            with self.assertRaisesRegex(UsageError, "closed"):
                call()

    def test_with_waits_for_the_first_bound_and_has_closed_what_gives_none(
            self):
        before = threading.active_count()
        clock = BoundedClock("127.0.0.1:1")
        with mock.patch.object(
                clock, "wait_until_ready",
                side_effect=ClockUnreliable("none")) as waited:
            with self.assertRaises(ClockUnreliable), clock:
                self.fail("it was entered")
        waited.assert_called_once_with()
        self.assertEqual(threading.active_count(), before)
