"""Servers that cannot be reached."""

import socket
import time
import unittest
from unittest import mock

import time_client
from time_client import ConnectError

from .fake_server import (FakeClock, FakeServer, assert_says,
                          refusing_endpoint, serve)


class ConnectTest(unittest.TestCase):
    def test_nothing_listens(self):
        with socket.socket() as unused:
            endpoint = refusing_endpoint(unused)
            with self.assertRaises(ConnectError) as caught:
                time_client.connect(endpoint, retries=0)
            assert_says(self, caught.exception, endpoint, "nothing listens")
            self.assertEqual(caught.exception.endpoint, endpoint)
            self.assertIsInstance(caught.exception, ConnectionError)
            self.assertIsInstance(caught.exception.__cause__, OSError)

    def test_a_server_that_starts_between_retries_is_found(self):
        with socket.socket() as listener:
            endpoint = refusing_endpoint(listener)
            with mock.patch("time.sleep") as sleep:
                with self.assertRaises(ConnectError):
                    time_client.connect(endpoint, retries=2)
                self.assertEqual(sleep.call_count, 2)
                sleep.side_effect = lambda seconds: listener.listen()
                time_client.connect(endpoint, retries=1).close()

    def test_waits_between_retries_stay_within_the_timeout(self):
        with socket.socket() as unused:
            endpoint = refusing_endpoint(unused)
            start = time.monotonic()
            with self.assertRaises(ConnectError):
                time_client.connect(endpoint, retries=1000, timeout=0.3)
            self.assertLess(time.monotonic() - start, 5)

    def test_an_unknown_host_name(self):
        for host in ("no-such-host.invalid", "x" * 64 + ".invalid"):
            with self.assertRaises(ConnectError) as caught:
                time_client.connect(f"{host}:9090", retries=0)
            assert_says(self, caught.exception, host, "cannot be resolved")

    def test_no_unix_socket(self):
        for path in ("/nonexistent/s", "/" + "x" * 200):
            with self.assertRaises(ConnectError) as caught:
                time_client.connect(f"unix:{path}", retries=0)
            assert_says(self, caught.exception, path)

    def test_every_address_of_a_name_is_tried(self):
        with FakeServer(serve(FakeClock())) as server, \
                socket.socket() as unused:
            port = int(server.endpoint.rpartition(":")[2])
            refusing_endpoint(unused)
            found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", address)
                     for address in (unused.getsockname(),
                                     ("127.0.0.1", port))]
            with mock.patch("socket.getaddrinfo", return_value=found), \
                    time_client.connect("two-addresses:9090",
                                        retries=0) as client:
                self.assertEqual(len(client.get_time()), 24)

    def test_connecting_to_itself_is_nothing_listens(self):
        # The system may pick the very port that is being connected to. A bind
        # to that port before connect() makes sure of it.
        with socket.socket() as unused:
            endpoint = refusing_endpoint(unused)
        port = int(endpoint.rpartition(":")[2])

        class SamePort(socket.socket):
            def connect(self, address):
                self.bind(("127.0.0.1", port))
                super().connect(address)

        with mock.patch("socket.socket", SamePort):
            with self.assertRaises(ConnectError) as caught:
                time_client.connect(endpoint, retries=0)
        assert_says(self, caught.exception, "nothing listens")
