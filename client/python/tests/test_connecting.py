"""Servers that cannot be reached."""

import errno
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
        with self.assertRaises(ConnectError) as caught:
            time_client.connect("unix:/nonexistent/s", retries=0)
        assert_says(self, caught.exception, "unix:/nonexistent/s",
                    "no such socket file")

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

    def reason(self, *failures):
        """What is said of a name whose addresses fail so, in this order."""
        addresses = [(socket.AF_INET6, socket.SOCK_STREAM, 6, "", (name, 1))
                     for name, _ in failures]
        errors = [error for _, error in failures]
        with mock.patch("socket.getaddrinfo", return_value=addresses), \
                mock.patch("socket.socket") as made:
            made.return_value.connect.side_effect = errors
            with self.assertRaises(ConnectError) as caught:
                time_client.connect("localhost:9090", retries=0)
        self.assertIn(caught.exception.__cause__, errors)
        start, reason = str(caught.exception).split(": ", 1)
        self.assertEqual(start, "cannot connect to localhost:9090")
        return reason

    def test_an_address_without_a_way_goes_unmentioned_beside_another(self):
        refused = ("127.0.0.1", OSError(errno.ECONNREFUSED, "refused"))
        for number in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT,
                       errno.ENETUNREACH):
            no_way = ("::1", OSError(number, "no way"))
            for both in ((no_way, refused), (refused, no_way)):
                self.assertEqual(self.reason(*both), self.reason(refused))
        self.assertIn("no address, or no free port",
                      self.reason(("::1", OSError(errno.EADDRNOTAVAIL, "x"))))

    def test_addresses_that_fail_alike_are_told_once_and_others_each(self):
        refused = OSError(errno.ECONNREFUSED, "refused")
        self.assertNotIn("::1", self.reason(("::1", refused),
                                            ("127.0.0.1", refused)))
        self.assertRegex(
            self.reason(("::1", refused), ("127.0.0.1", socket.timeout())),
            r"\A::1: nothing listens there .*; 127\.0\.0\.1: no answer ")

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
