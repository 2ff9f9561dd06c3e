"""Several endpoints of one service."""

import socket
import unittest

import time_client
from time_client import CallTimeout, ConnectError

from .fake_server import (FakeClock, FakeServer, assert_says, hang_up,
                          refusing_endpoint, serve, silent)


class FailoverTest(unittest.TestCase):
    def test_the_second_endpoint_is_used_and_kept(self):
        with FakeServer(serve(FakeClock())) as server, \
                socket.socket() as unused:
            refused = refusing_endpoint(unused)
            with time_client.connect([refused, server.endpoint],
                                     retries=0) as client:
                self.assertEqual(client.endpoint, server.endpoint)
                client.get_time()
                client.get_time()
            self.assertEqual(server.connections, 1)

    def test_a_reconnect_goes_to_the_last_good_endpoint_first(self):
        with FakeServer(serve(FakeClock("one"), calls=1),
                        serve(FakeClock("two"))) as server, \
                socket.socket() as first:
            endpoint = refusing_endpoint(first)
            with time_client.connect([endpoint, server.endpoint],
                                     timeout=5) as client:
                self.assertEqual(client.get_time(), "one")
                first.listen()  # takes connections now, but never replies
                self.assertEqual(client.get_time(), "two")

    def test_a_server_that_dies_is_replaced_by_the_other(self):
        with FakeServer(serve(FakeClock("second"))) as second:
            with FakeServer(serve(FakeClock("first"))) as first:
                client = time_client.connect(
                    [first.endpoint, second.endpoint], retries=0)
                self.assertEqual(client.get_time(), "first")
            with client:
                self.assertEqual(client.get_time(), "second")

    def test_a_server_that_only_hangs_up_is_replaced_by_the_other(self):
        with FakeServer(hang_up) as first, \
                FakeServer(serve(FakeClock("second"))) as second, \
                time_client.connect([first.endpoint, second.endpoint],
                                    retries=1) as client:
            self.assertEqual(client.endpoint, first.endpoint)
            self.assertEqual(client.get_time(), "second")

    def test_after_a_timeout_the_next_call_asks_the_other(self):
        with FakeServer(silent) as first, \
                FakeServer(serve(FakeClock("second"))) as second, \
                time_client.connect([first.endpoint, second.endpoint],
                                    timeout=1) as client:
            with self.assertRaises(CallTimeout):
                client.get_time()
            self.assertEqual(client.get_time(), "second")

    def test_an_endpoint_that_swallows_packets_leaves_time_for_the_next(self):
        # A full accept queue drops the SYN of a further connection.
        with socket.socket() as full, \
                FakeServer(serve(FakeClock())) as server:
            endpoint = refusing_endpoint(full)
            full.listen(0)
            address = full.getsockname()
            with socket.create_connection(address):
                with time_client.connect([endpoint, server.endpoint],
                                         timeout=1.0) as client:
                    self.assertEqual(client.endpoint, server.endpoint)
                    self.assertEqual(len(client.get_time()), 24)
                with self.assertRaises(ConnectError) as caught:
                    time_client.connect(endpoint, timeout=5,
                                        connect_timeout=0.2, retries=0)
                assert_says(self, caught.exception, "no answer within 0.2 s")

    def test_if_all_fail_the_error_names_each(self):
        with socket.socket() as one, socket.socket() as two:
            endpoints = [refusing_endpoint(one), refusing_endpoint(two)]
            with self.assertRaises(ConnectError) as caught:
                time_client.connect(endpoints, retries=0)
            assert_says(self, caught.exception, *endpoints)
