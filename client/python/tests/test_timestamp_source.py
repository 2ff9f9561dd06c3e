"""TimestampSource: order, batches, and what it does about failures."""

import contextlib
import itertools
import random
import signal
import sys
import threading
import time
import unittest
from unittest import mock

import time_client
from time_client import (CallTimeout, ConnectError, OracleFault,
                         OracleUnavailable, ServerError, TimestampSource,
                         UsageError, _binding)

from .fake_server import (PATIENCE_S, FakeClock, FakeServer, assert_says,
                          only_get_time, serve, silent)


class Oracle(FakeClock):
    """Its ``answers`` are what the next calls do: raise, or a function of the
    count; then it hands out. ``gate`` holds calls back while it is clear."""

    def __init__(self):
        super().__init__()
        self.answers = []
        self.counts = []
        self.gate = threading.Event()
        self.gate.set()
        self.waiting = threading.Semaphore(0)

    def get_timestamps(self, count):
        self.waiting.release()
        assert self.gate.wait(PATIENCE_S)
        if self.answers:
            raise self.answers.pop(0)
        self.counts.append(count)
        return super().get_timestamps(count)


class MoodyOracle(FakeClock):
    """In order, when it answers. Served by two servers at once."""

    def __init__(self, seed):
        super().__init__()
        self.leaders = [""]
        self._dice = random.Random(seed)
        self._lock = threading.Lock()

    def get_timestamps(self, count):
        with self._lock:
            mood = self._dice.random()
            if mood < 0.15:
                raise unavailable(self._dice.randrange(5),
                                  self._dice.choice(self.leaders),
                                  self._dice.choice((0, 1, 30)))
            if mood < 0.2:
                raise ConnectionError("hang up")
            found = super().get_timestamps(count)
        if mood < 0.22:
            time.sleep(0.02)  # is late, perhaps too late
        return found


def unavailable(fault=4, leader="", retry_after_ms=0):
    return _binding.idl.OracleUnavailable("not now", fault, leader,
                                          retry_after_ms)


class TimestampSourceTest(unittest.TestCase):
    def setUp(self):
        self.stack = contextlib.ExitStack()
        self.addCleanup(self.stack.close)
        self.oracle = Oracle()
        self.endpoint = self.serve(self.oracle)

    def serve(self, handler, **settings):
        return self.stack.enter_context(FakeServer(serve(
            handler, **settings))).endpoint

    def source(self, *endpoints, **settings):
        return self.stack.enter_context(TimestampSource(
            list(endpoints) or self.endpoint, **settings))

    def start(self, call, *arguments):
        """Its result, or its error, once join() returned."""
        box = []

        def run():
            try:
                box.append(call(*arguments))
            except time_client.TimeClientError as error:
                box.append(error)

        thread = threading.Thread(target=run, daemon=True)
        thread.start()

        def join():
            thread.join(PATIENCE_S)
            self.assertFalse(thread.is_alive())
            return box[0]

        return join

    def wait_for_queue(self, source, count):
        """Until so many wait for the request under way to end."""
        deadline = time.monotonic() + PATIENCE_S
        while source._queue.qsize() < count:
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.001)

    def test_each_is_larger_than_the_one_before(self):
        source = self.source()
        found = [source.take() for _ in range(5)]
        found += list(source.take_range(3))
        self.assertEqual(found, list(range(10**18, 10**18 + 8)))

    def test_who_waits_meanwhile_is_served_by_one_request(self):
        source = self.source()
        self.oracle.gate.clear()
        first = self.start(source.take)
        self.assertTrue(self.oracle.waiting.acquire(timeout=PATIENCE_S))
        others = [self.start(source.take_range, count)
                  for count in (1, 20, 300)]
        self.wait_for_queue(source, 3)
        self.oracle.gate.set()
        self.assertEqual(first(), 10**18)
        ranges = [join() for join in others]
        self.assertEqual(self.oracle.counts, [1, 321])
        taken = sorted(value for found in ranges for value in found)
        self.assertEqual(taken, list(range(10**18 + 1, 10**18 + 322)))
        self.assertEqual([len(found) for found in ranges], [1, 20, 300])

    def test_a_request_under_way_serves_nobody_who_came_later(self):
        """Its timestamps may be smaller than those that another client got
        before that take() began."""
        source = self.source()
        self.oracle.gate.clear()
        early = self.start(source.take_range, 1000)
        self.assertTrue(self.oracle.waiting.acquire(timeout=PATIENCE_S))
        late = self.start(source.take)
        self.wait_for_queue(source, 1)
        self.oracle.gate.set()
        self.assertEqual(early().first, 10**18)
        self.assertEqual(late(), 10**18 + 1000)
        self.assertEqual(self.oracle.counts, [1000, 1])

    def test_many_threads_get_their_own_in_order(self):
        source = self.source()
        taken = [[] for _ in range(8)]

        def take(into):
            for _ in range(200):
                into.append(source.take())

        joins = [self.start(take, into) for into in taken]
        for join in joins:
            join()
        for each in taken:
            self.assertEqual(each, sorted(each))
        self.assertEqual(len(set().union(*taken)), 1600)
        self.assertEqual(sum(self.oracle.counts), 1600)
        self.assertLess(len(self.oracle.counts), 1600)  # some together

    def test_more_than_one_call_can_serve_is_split(self):
        source = self.source()
        self.oracle.gate.clear()
        joins = [self.start(source.take)]
        self.assertTrue(self.oracle.waiting.acquire(timeout=PATIENCE_S))
        joins += [self.start(source.take_range, time_client.MAX_TIMESTAMPS)
                  for _ in range(2)]
        self.wait_for_queue(source, 2)
        self.oracle.gate.set()
        for join in joins:
            join()
        self.assertEqual(self.oracle.counts,
                         [1, time_client.MAX_TIMESTAMPS,
                          time_client.MAX_TIMESTAMPS])

    def test_what_passes_is_waited_for(self):
        self.oracle.answers = [unavailable(2, retry_after_ms=1),
                               unavailable(3)]
        self.assertEqual(self.source().take(), 10**18)

    def test_after_the_deadline_the_last_failure_is_told(self):
        self.oracle.answers = [unavailable(2, retry_after_ms=10**6)] * 9
        with self.assertRaises(OracleUnavailable) as caught:
            self.source(timeout=1).take()
        self.assertIs(caught.exception.fault, OracleFault.STORAGE)
        self.assertEqual(len(self.oracle.answers), 7)

    def test_the_time_is_used_up_before_it_gives_up(self):
        self.oracle.answers = [unavailable(2, retry_after_ms=10**6)]
        self.assertEqual(self.source(timeout=1).take(), 10**18)

    def test_the_last_failure_of_each_server_is_told(self):
        other = Oracle()
        for oracle in (self.oracle, other):
            oracle.answers = [unavailable(3)] * 10**4
        other_endpoint = self.serve(other)
        with FakeServer(silent) as gone:
            pass
        source = self.source(self.endpoint, gone.endpoint, other_endpoint,
                             timeout=1)
        for join in [self.start(source.take) for _ in range(3)]:
            error = join()
            # "not now", but for one that was still asked when the time was over.
            assert_says(self, error, f"on {self.endpoint}: ",
                        f"cannot connect to {gone.endpoint}",
                        f"on {other_endpoint}: ")
            self.assertEqual(str(error).count("; get") + str(error).count(
                "; cannot"), 2, error)

    def test_the_leader_is_followed_and_kept(self):
        leader = Oracle()
        leader.next_timestamp = 5 * 10**18
        self.oracle.answers = [unavailable(1, self.serve(leader))] * 3
        source = self.source()
        self.assertEqual(source.take(), 5 * 10**18)
        self.assertEqual(source.take(), 5 * 10**18 + 1)
        self.assertEqual(len(self.oracle.answers), 2)

    def test_when_the_leader_has_gone_the_list_is_asked(self):
        with FakeServer(silent) as gone:
            pass
        self.oracle.answers = [unavailable(1, gone.endpoint)]
        self.assertEqual(self.source().take(), 10**18)

    def test_a_leader_that_has_gone_is_named_in_vain(self):
        """By one that does so for ever: the others of the list are asked."""
        with FakeServer(silent) as gone:
            pass
        for leader in (gone.endpoint, self.serve(self.naming(gone.endpoint)),
                       self.endpoint):
            for others in ([], [self.serve(self.naming(leader))]):
                for takes in (1, 3):
                    source = self.source(self.serve(self.naming(leader)),
                                         *others, self.endpoint, timeout=2)
                    with self.subTest(leader=leader, others=others):
                        for _ in range(takes):
                            source.take()

    def test_when_the_leader_fails_the_one_that_named_it_is_not_asked(self):
        leader = Oracle()
        standby = self.naming(self.serve(leader))
        source = self.source(self.serve(standby), self.endpoint, timeout=2)
        source.take()
        leader.answers = [unavailable(4)] * 10**4
        source.take()
        self.assertEqual(self.oracle.counts, [1])
        self.assertEqual(len(standby.answers), 10**4 - 1)

    def test_two_that_name_each_other_do_not_keep_the_third_from_being_asked(
            self):
        names = [Oracle(), Oracle()]
        endpoints = [self.serve(oracle) for oracle in names]
        for oracle, other in zip(names, reversed(endpoints)):
            oracle.answers = [unavailable(1, other)] * 10**4
        self.assertEqual(self.source(*endpoints, self.endpoint,
                                     timeout=2).take(), 10**18)

    def naming(self, leader):
        oracle = Oracle()
        oracle.answers = [unavailable(1, leader)] * 10**4
        return oracle

    def test_a_leader_that_is_no_endpoint_is_as_none(self):
        self.oracle.answers = [unavailable(1, "nowhere"),
                               unavailable(1, "*:5")]
        self.assertEqual(self.source().take(), 10**18)

    def test_two_that_name_each_other_are_not_asked_without_a_pause(self):
        other = Oracle()
        other_endpoint = self.serve(other)
        self.oracle.answers = [unavailable(1, other_endpoint)] * 10**4
        other.answers = [unavailable(1, self.endpoint)] * 10**4
        # The last to be asked may not have answered when the time is over.
        with self.assertRaises((OracleUnavailable, CallTimeout)):
            self.source(self.endpoint, other_endpoint, timeout=0.4).take()
        asked = 2 * 10**4 - len(self.oracle.answers) - len(other.answers)
        self.assertLess(asked, 50)

    def test_the_next_server_is_asked_when_one_fails(self):
        with FakeServer(silent) as gone:
            pass
        for first in (gone.endpoint,
                      self.stack.enter_context(FakeServer(silent)).endpoint):
            source = self.source(first, self.endpoint, timeout=1)
            self.assertEqual(source.take(), self.oracle.next_timestamp - 1)

    def test_no_server_is_an_error_of_connecting(self):
        with FakeServer(silent) as gone:
            pass
        with self.assertRaises(ConnectError):
            self.source(gone.endpoint, timeout=0.2).take()

    def test_a_server_that_hangs_is_a_timeout_for_all_who_wait(self):
        hanging = self.stack.enter_context(FakeServer(silent)).endpoint
        source = self.source(hanging, timeout=0.3)
        for join in [self.start(source.take) for _ in range(4)]:
            self.assertIsInstance(join(), CallTimeout)

    def test_what_no_try_can_mend_is_told_at_once(self):
        old = self.serve(FakeClock(), service=only_get_time())
        with self.assertRaises(ServerError):
            self.source(old).take()

    def test_after_a_failure_it_can_be_used_again(self):
        self.oracle.answers = [unavailable(2, retry_after_ms=10**6)] * 2
        source = self.source(timeout=0.3)
        with self.assertRaises(OracleUnavailable):
            source.take()
        self.assertEqual(source.take(), 10**18)

    def test_an_interrupt_anywhere_harms_no_other_take(self):
        source = self.source(timeout=2)
        for line in itertools.count(1):
            if not self.interrupted_at(line, source):
                break
            self.assertGreaterEqual(self.start(source.take)(), 10**18, line)
        self.assertGreater(line, 10)

    def interrupted_at(self, line, source):
        """A take, with a KeyboardInterrupt at the nth line or return; whether
        that was reached."""
        left = line

        def trace(frame, event, argument):
            nonlocal left
            if not frame.f_code.co_filename.endswith(
                    ("timestamp_source.py", "_deadline.py", "threading.py")):
                return None
            left -= 1
            if left == 0:
                raise KeyboardInterrupt
            return trace

        before = sys.gettrace()
        sys.settrace(trace)
        try:
            source.take()
        except KeyboardInterrupt:
            return True
        finally:
            sys.settrace(before)
        return False

    def test_an_interrupt_ends_the_wait_for_a_server_that_hangs(self):
        source = self.source(timeout=PATIENCE_S)
        self.oracle.gate.clear()
        main = threading.get_ident()

        def interrupt():
            self.oracle.waiting.acquire(timeout=PATIENCE_S)
            signal.pthread_kill(main, signal.SIGINT)

        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        self.addCleanup(signal.signal, signal.SIGINT, before)
        thread = threading.Thread(target=interrupt)
        thread.start()
        with self.assertRaises(KeyboardInterrupt):
            source.take()
        thread.join()
        self.oracle.gate.set()
        self.assertEqual(self.start(source.take)(), 10**18 + 1)

    def test_a_failure_that_nobody_thought_of_ends_one_take_alone(self):
        source = self.source()
        with mock.patch.object(source._servers, "ask",
                               side_effect=MemoryError):
            with self.assertRaises(MemoryError):
                source.take()
        self.assertEqual(source.take(), 10**18)

    def test_after_fork_the_child_is_told_to_make_its_own(self):
        source = self.source()
        source.take()
        with mock.patch("os.getpid", return_value=1), \
                self.assertRaises(UsageError) as caught:
            source.take()
        assert_says(self, caught.exception, "after fork()")

    def test_close_ends_the_thread(self):
        before = threading.active_count()
        source = TimestampSource("127.0.0.1:1")
        self.assertEqual(threading.active_count(), before + 1)
        source.close()
        source.close()
        self.assertEqual(threading.active_count(), before)

    def test_a_closed_source_says_so_also_to_who_waits(self):
        source = self.source()
        self.oracle.gate.clear()
        joins = [self.start(source.take)]
        self.assertTrue(self.oracle.waiting.acquire(timeout=PATIENCE_S))
        joins.append(self.start(source.take))
        self.wait_for_queue(source, 1)
        closer = threading.Thread(target=source.close)
        closer.start()
        while not source._closed:
            time.sleep(0.001)
        self.oracle.gate.set()
        self.assertEqual(joins[0](), 10**18)
        self.assertIsInstance(joins[1](), UsageError)
        closer.join(PATIENCE_S)
        with self.assertRaises(UsageError):
            source.take()

    def test_order_holds_and_nobody_waits_for_ever_whatever_fails(self):
        seed = random.randrange(1 << 32)
        oracle = MoodyOracle(seed)
        endpoints = [self.serve(oracle), self.serve(oracle)]
        oracle.leaders = ["", "nowhere", *endpoints]
        log = []

        def take(source):
            dice = random.Random(seed)
            for _ in range(150):
                began = time.monotonic_ns()
                with contextlib.suppress(time_client.TimeClientError):
                    found = source.take_range(dice.randint(1, 5))
                    log.append((began, time.monotonic_ns(), found))

        sources = [self.source(*endpoints, timeout=0.3),
                   self.source(*reversed(endpoints), timeout=0.2)]
        with self.subTest(seed=seed):
            for join in [self.start(take, source) for source in sources * 6]:
                join()
            self.check_order(log)

    def check_order(self, log):
        self.assertGreater(len(log), 500)
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

    def test_wrong_arguments_are_usage_errors(self):
        for arguments, settings in (([], {}), (["localhost"], {}),
                                    (None, {}), ([None], {}),
                                    (["localhost:1"], {"timeout": 0})):
            with self.assertRaises(UsageError):
                TimestampSource(arguments, **settings)
        for count in (0, -1, time_client.MAX_TIMESTAMPS + 1, 1.5, True):
            with self.assertRaises(UsageError):
                self.source().take_range(count)
