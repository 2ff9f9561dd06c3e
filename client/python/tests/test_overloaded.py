"""A server that has too much to do says so, and did not run the call."""

import contextlib
import copy
import pickle
import threading
import time
import unittest
from unittest import mock

import time_client
from time_client import (CallTimeout, ClockState, Overloaded, ServerError,
                         _binding)

from .command_line import THE_TIME, run
from .fake_server import (PATIENCE_S, FakeClock, FakeServer, assert_says,
                          serve)

TEXT = ("overloaded: the call waited longer than 100 ms and was not run: try "
        "again later, or raise the server's --queue-timeout")
FOR_EVER = 1 << 30


class BusyClock(FakeClock):
    """Sheds the first calls, as many as ``to_shed`` says."""

    def __init__(self, to_shed=FOR_EVER, text=TEXT, code=6):
        super().__init__()
        self.to_shed, self.shed = to_shed, 0
        self.text, self.code = text, code
        self.receive_ns = self.send_ns = lambda sent_ns: time.time_ns()

    def get_time(self):
        return self._unless_busy(super().get_time)

    def get_timestamps(self, count):
        return self._unless_busy(super().get_timestamps, count)

    def exchange(self, client_send_ns):
        return self._unless_busy(super().exchange, client_send_ns)

    def _unless_busy(self, call, *arguments):
        if self.shed < self.to_shed:
            self.shed += 1
            raise _binding.thrift.TApplicationException(self.code, self.text)
        return call(*arguments)


class ClientTest(unittest.TestCase):
    def test_tells_what_the_server_says_and_its_connection_stays(self):
        with FakeServer(serve(BusyClock(1))) as server, \
                time_client.connect(server.endpoint, retries=0) as client:
            with self.assertRaises(Overloaded) as caught:
                client.get_time()
            error = caught.exception
            self.assertEqual(str(error), f"get_time on {server.endpoint}: the "
                                         f"server refuses: {TEXT}")
            self.assertEqual((error.code, error.method, error.endpoint),
                             (6, "get_time", server.endpoint))
            self.assertEqual(len(client.get_time()), 24)
            self.assertEqual(server.connections, 1)

    def test_any_other_refusal_is_none_of_these(self):
        for text, code in ((TEXT, 7), (TEXT[1:], 6), ("overloaded", 6),
                           ("it is " + TEXT, 6)):
            with FakeServer(serve(BusyClock(1, text, code))) as server, \
                    time_client.connect(server.endpoint) as client:
                with self.assertRaises(ServerError) as caught:
                    client.get_time()
                self.assertNotIsInstance(caught.exception, Overloaded)

    def test_is_retried_after_growing_pauses_and_told_in_the_end(self):
        for to_shed, retries in ((2, 2), (FOR_EVER, 3)):
            clock = BusyClock(to_shed)
            with FakeServer(serve(clock)) as server, \
                    time_client.connect(server.endpoint, retries=retries,
                                        timeout=PATIENCE_S) as client, \
                    mock.patch("time.sleep") as sleep, \
                    (self.assertRaises(Overloaded) if to_shed == FOR_EVER
                     else contextlib.nullcontext()):
                client.get_time()
            pauses = [call.args[0] for call in sleep.call_args_list]
            self.assertEqual(len(pauses), retries)
            for failures, pause_s in enumerate(pauses):
                self.assertTrue(0.025 <= pause_s / 2**failures <= 0.05)
            self.assertEqual(clock.shed, min(to_shed, retries + 1))
            self.assertEqual(server.connections, 1)

    def test_pauses_stay_within_the_timeout(self):
        with FakeServer(serve(BusyClock())) as server, \
                time_client.connect(server.endpoint, retries=1000,
                                    timeout=0.3) as client:
            start = time.monotonic()
            # The last try may find no time left to wait for its answer.
            with self.assertRaises((Overloaded, CallTimeout)):
                client.get_time()
            self.assertLess(time.monotonic() - start, PATIENCE_S / 2)

    def test_the_next_endpoint_is_asked(self):
        with FakeServer(serve(BusyClock())) as busy, \
                FakeServer(serve(FakeClock("second"))) as second, \
                time_client.connect([busy.endpoint, second.endpoint],
                                    retries=1) as client:
            self.assertEqual(client.get_time(), "second")
            self.assertEqual(client.get_time(), "second")
            self.assertEqual((busy.connections, second.connections), (1, 1))

    def test_a_kept_connection_is_no_excuse(self):
        """Unlike one that the server had closed meanwhile."""
        clock = BusyClock(0)
        with FakeServer(serve(clock)) as server, \
                time_client.connect(server.endpoint, retries=0) as client:
            client.get_time()
            clock.to_shed = FOR_EVER
            with self.assertRaises(Overloaded):
                client.get_time()
            self.assertEqual(clock.shed, 1)

    def test_can_be_pickled_and_copied(self):
        error = Overloaded("x", endpoint="a:1", code=6, method="m")
        for copied in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
            self.assertEqual(vars(copied), vars(error))


class OtherClassesTest(unittest.TestCase):
    def test_a_timestamp_source_asks_again(self):
        clock = BusyClock(3)
        with FakeServer(serve(clock)) as server, \
                time_client.TimestampSource(server.endpoint,
                                            timeout=PATIENCE_S) as source:
            self.assertEqual(source.take(), 10**18)
            self.assertEqual((clock.shed, server.connections), (3, 1))

    def test_a_timestamp_source_asks_the_others_meanwhile(self):
        with FakeServer(serve(BusyClock())) as busy, \
                FakeServer(serve(FakeClock())) as second, \
                time_client.TimestampSource(
                    [busy.endpoint, second.endpoint],
                    timeout=PATIENCE_S) as source:
            self.assertEqual(source.take(), 10**18)

    def test_a_timestamp_source_tells_it_in_the_end(self):
        with FakeServer(serve(BusyClock())) as server, \
                time_client.TimestampSource(server.endpoint,
                                            timeout=1.0) as source:
            with self.assertRaises(Overloaded) as caught:
                source.take()
            assert_says(self, caught.exception, TEXT, server.endpoint)

    def test_a_bounded_clock_goes_on_without_it_and_hears_it_again(self):
        clocks = [BusyClock(0), BusyClock(0), BusyClock(0)]
        with contextlib.ExitStack() as stack:
            servers = [stack.enter_context(FakeServer(serve(clock)))
                       for clock in clocks]
            bounded = stack.enter_context(time_client.BoundedClock(
                [server.endpoint for server in servers], poll=0.01))
            name = servers[0].endpoint
            clocks[0].to_shed = FOR_EVER
            self.eventually(lambda: TEXT in bounded.problems[name])
            # By the others; a machine that is busy may miss a poll of theirs.
            self.eventually(lambda: bounded.now().state
                            is ClockState.SYNCHRONIZED)
            self.assertEqual(bounded.false_servers, ())
            clocks[0].to_shed = 0
            self.eventually(lambda: bounded.problems[name] == "")
            self.assertEqual([server.connections for server in servers],
                             [1, 1, 1])

    def eventually(self, condition):
        deadline = time.monotonic() + PATIENCE_S
        while not condition():
            self.assertLess(time.monotonic(), deadline)
            threading.Event().wait(0.005)


class CommandLineTest(unittest.TestCase):
    def test_is_code_1_after_the_retries(self):
        for search in ((), ("--protocol=auto",)):
            clock = BusyClock()
            with FakeServer(serve(clock)) as server:
                code, out, err = run("--endpoint", server.endpoint,
                                     "--retries=1", "get_time", *search)
                self.assertEqual((code, out, clock.shed),
                                 (1, "", 2 + bool(search)))
                self.assertEqual(err, f"time_client: get_time on "
                                      f"{server.endpoint}: the server "
                                      f"refuses: {TEXT}\n")

    def test_is_an_answer_to_the_search_for_a_dialect(self):
        with FakeServer(serve(BusyClock(1), transport="framed")) as server:
            self.assertEqual(run("--endpoint", server.endpoint, "get_time",
                                 "--transport=auto", "--retries=0"), THE_TIME)
            self.assertEqual(server.connections, 2)
