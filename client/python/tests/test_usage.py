"""Wrong arguments, and the errors as objects."""

import pickle
import time
import unittest

import time_client
from time_client import CallTimeout, ServerError, TimeClientError, UsageError

from .fake_server import FakeClock, FakeServer, serve


class UsageTest(unittest.TestCase):
    def test_wrong_arguments(self):
        for arguments in ({"timeout": 0}, {"timeout": -1},
                          {"timeout": float("nan")}, {"timeout": None},
                          {"timeout": float("inf")}, {"timeout": "5"},
                          {"connect_timeout": 0}, {"retries": -1},
                          {"retries": 1.5}, {"retries": True},
                          {"timeout": True}, {"endpoint": []},
                          {"endpoint": None}, {"endpoint": 9090},
                          {"endpoint": [None]}, {"endpoint": b"localhost:1"},
                          {"endpoint": "localhost"}):
            with self.subTest(arguments):
                with self.assertRaises(UsageError) as caught:
                    time_client.connect(**{"endpoint": "localhost:1",
                                           **arguments})
                self.assertIsInstance(caught.exception, ValueError)

    def test_samples_must_be_a_positive_number(self):
        client = time_client.TimeClient("localhost:1")
        for samples in (0, -1, 1.5, None, True):
            with self.assertRaises(UsageError):
                client.exchange(samples)

    def test_a_bool_is_no_number(self):
        client = time_client.TimeClient("localhost:1")
        for call in (lambda: client.get_timestamps(True),
                     lambda: client.now(False),
                     lambda: client.to_local([True])):
            with self.assertRaisesRegex(UsageError, "whole number"):
                call()

    def test_a_clock_that_counts_no_nanoseconds_is_refused(self):
        with FakeServer(serve(FakeClock())) as server, \
                time_client.connect(server.endpoint) as client:
            for clock_ns in (time.time, lambda: None, lambda: True,
                             lambda: 1 << 63):
                with self.assertRaisesRegex(UsageError, "clock_ns.*must"):
                    client.sample(clock_ns)
            self.assertGreater(client.sample(time.time_ns).client_send_ns, 0)

    def test_auto_is_for_the_command_line(self):
        for name in ("protocol", "transport"):
            with self.assertRaisesRegex(UsageError, f"only the command line "
                                        f".*--{name} auto; take one of b"):
                time_client.connect("localhost:1", **{name: "auto"})

    def test_a_closed_client_says_so(self):
        with FakeServer(serve(FakeClock())) as server:
            client = time_client.connect(server.endpoint)
            client.close()
            client.close()
            with self.assertRaisesRegex(UsageError, "closed"):
                client.get_time()

    def test_errors_survive_pickling(self):
        error = ServerError("text", endpoint="e:1", code=6, method="m")
        copy = pickle.loads(pickle.dumps(error))
        self.assertEqual((str(copy), copy.endpoint, copy.code, copy.method),
                         ("text", "e:1", 6, "m"))
        timeout = pickle.loads(pickle.dumps(CallTimeout("t", endpoint="e:1")))
        self.assertEqual((str(timeout), timeout.endpoint), ("t", "e:1"))
        self.assertIsInstance(timeout, TimeClientError)
