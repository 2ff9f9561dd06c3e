"""What the same server would refuse again is told as such."""

import pickle
import socket
import unittest

import time_client
from time_client import ConnectError, TimestampSource

from .command_line import run
from .fake_server import (PATIENCE_S, FakeClock, FakeServer, assert_says,
                          hang_up, refusing_endpoint, reply_bytes, serve,
                          silent)
from .tls_server import pem, setUpModule, tls, trusting  # noqa: F401
from .test_tls_lost import VERSIONS

TLS_ONLY = bytes.fromhex("15 0303 0002 0246")
UNRECOGNIZED_NAME = bytes.fromhex("15 0303 0002 0270")

BROKEN = (
    tls(silent, "expired"), tls(silent, "wrong-name"), tls(silent, "impostor"),
    *(tls(silent, "server", "ca", version) for version in VERSIONS),
    reply_bytes(TLS_ONLY, silent),
    reply_bytes(UNRECOGNIZED_NAME, silent),
    reply_bytes(b"HTTP/1.1 400 Bad Request\r\n\r\n"),
)


class PermanentTest(unittest.TestCase):
    def ask(self, *endpoints, **settings):
        """The ConnectError, after all retries."""
        settings = {"retries": 2, "tls": trusting(), **settings}
        with time_client.TimeClient(endpoints, **settings) as client, \
                self.assertRaises(ConnectError) as caught:
            client.get_time()
        return caught.exception

    def test_of_the_only_endpoint(self):
        for behaviour in BROKEN:
            with FakeServer(behaviour) as server:
                error = self.ask(server.endpoint)
                self.assertTrue(error.permanent, error)

    def test_of_a_port_for_tls_to_a_plain_client(self):
        with FakeServer(reply_bytes(TLS_ONLY, silent)) as server:
            self.assertTrue(self.ask(server.endpoint, tls=False).permanent)

    def test_behind_a_balancer_the_next_try_meets_another_server(self):
        for behaviour in BROKEN:
            with FakeServer(behaviour,
                            tls(serve(FakeClock("x")))) as balancer, \
                    time_client.TimeClient(balancer.endpoint, retries=1,
                                           tls=trusting()) as client:
                self.assertEqual(client.get_time(), "x")

    def test_each_of_several_endpoints_is_asked_once_for_each_try(self):
        for version in VERSIONS:
            with FakeServer(tls(silent, "server", "ca", version)) as one, \
                    FakeServer(tls(silent, "expired")) as two:
                error = self.ask(one.endpoint, two.endpoint)
                assert_says(self, error, "client certificate", "has expired")
                self.assertTrue(error.permanent)
                self.assertEqual((one.connections, two.connections), (3, 3))

    def test_beside_one_that_may_come_back_it_is_not(self):
        for version in VERSIONS:
            for place in (0, 1):
                with socket.socket() as listener, FakeServer(
                        tls(silent, "server", "ca", version)) as guarded:
                    endpoints = [refusing_endpoint(listener)]
                    endpoints.insert(place, guarded.endpoint)
                    error = self.ask(*endpoints)
                    assert_says(self, error, "client certificate",
                                "connection refused")
                    self.assertFalse(error.permanent)
                    self.assertEqual(guarded.connections, 3)

    def test_what_may_pass_is_tried_again(self):
        internal_error = reply_bytes(bytes.fromhex("15 0303 0002 0250"), silent)
        for passing in (hang_up, internal_error):
            with FakeServer(passing, passing,
                            tls(serve(FakeClock("x")))) as server, \
                    time_client.TimeClient(server.endpoint, retries=2,
                                           tls=trusting()) as client:
                self.assertEqual(client.get_time(), "x")

    def test_it_is_still_told_after_pickling(self):
        error = ConnectError("no", endpoint="a:1", permanent=True)
        self.assertTrue(pickle.loads(pickle.dumps(error)).permanent)

    def test_no_dialect_is_looked_for(self):
        with FakeServer(tls(silent, "expired")) as server:
            code, _, error = run("get_time", "--tls", "--protocol=auto",
                                 "--endpoint", server.endpoint, "--retries=2",
                                 f"--tls-ca={pem('ca')}")
            self.assertEqual(code, 3)
            self.assertIn("has expired", error)
            self.assertEqual(server.connections, 3)  # once for each try


class TimestampTest(unittest.TestCase):
    def test_servers_that_no_other_try_mends_are_asked_once_for_a_take(self):
        with FakeServer(tls(silent, "server", "ca")) as one, \
                FakeServer(tls(silent, "expired")) as two, \
                TimestampSource([one.endpoint, two.endpoint],
                                timeout=PATIENCE_S, tls=trusting()) as source:
            for takes in (1, 2):
                with self.assertRaises(ConnectError) as caught:
                    source.take()
                assert_says(self, caught.exception, "client certificate",
                            "has expired")
                self.assertTrue(caught.exception.permanent)
                self.assertEqual((one.connections, two.connections),
                                 (takes, takes))

    def test_beside_one_that_may_come_back_they_are_asked_again(self):
        late = tls(serve(FakeClock()))
        with FakeServer(tls(silent, "expired")) as expired, \
                FakeServer(hang_up, hang_up, late) as server, \
                TimestampSource([expired.endpoint, server.endpoint],
                                timeout=PATIENCE_S, tls=trusting()) as source:
            self.assertEqual(source.take(), 10**18)
            self.assertEqual(expired.connections, 3)
