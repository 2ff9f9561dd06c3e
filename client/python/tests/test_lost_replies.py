"""Timeouts, and connections that end before the reply."""

import socket
import threading
import time
import unittest
from unittest import mock

import time_client
from time_client import CallTimeout, ConnectionLost
from time_client._wire import Wire

from .fake_server import (PATIENCE_S, TIME_REPLY, FakeClock, FakeServer,
                          assert_says, hang_up, reply_bytes, serve, silent)


class TimeoutTest(unittest.TestCase):
    def test_a_silent_server_is_a_timeout_in_time(self):
        with FakeServer(silent) as server, \
                time_client.connect(server.endpoint, timeout=0.2) as client:
            start = time.monotonic()
            with self.assertRaises(CallTimeout) as caught:
                client.get_time()
            elapsed_s = time.monotonic() - start
            self.assertTrue(0.19 < elapsed_s < 5, elapsed_s)
            assert_says(self, caught.exception, "get_time", server.endpoint,
                        "awaiting the reply", 'transport="framed"')
            self.assertIsInstance(caught.exception, TimeoutError)
            self.assertIsInstance(caught.exception.__cause__, socket.timeout)
            self.assertEqual(server.connections, 1)  # not retried

    def test_after_a_timeout_the_next_call_has_its_own_reply(self):
        release = threading.Event()

        class LateClock(FakeClock):
            def get_time(self):
                release.wait(PATIENCE_S)
                return self.time

        with FakeServer(serve(LateClock("late")),
                        serve(FakeClock("fresh"))) as server, \
                time_client.connect(server.endpoint, timeout=1) as client:
            with self.assertRaises(CallTimeout):
                client.get_time()
            self.assertIsNone(client.endpoint)
            release.set()
            self.assertEqual(client.get_time(), "fresh")
            self.assertEqual(server.connections, 2)

    def test_a_reply_that_trickles_in_does_not_extend_the_time(self):
        stop = threading.Event()

        def trickle(sock):
            sock.recv(4096)
            sock.sendall(TIME_REPLY[:20] + bytes.fromhex("0b0000 0000ffff"))
            while not stop.wait(0.02):
                sock.sendall(b"x")

        with FakeServer(trickle) as server, \
                time_client.connect(server.endpoint, timeout=0.3) as client:
            start = time.monotonic()
            with self.assertRaises(CallTimeout):
                client.get_time()
            self.assertLess(time.monotonic() - start, 5)
            stop.set()

    def test_an_interrupted_call_does_not_leave_its_reply_behind(self):
        with FakeServer(serve(FakeClock("first")),
                        serve(FakeClock("second"))) as server, \
                time_client.connect(server.endpoint) as client:
            with mock.patch.object(Wire, "read",
                                   side_effect=KeyboardInterrupt):
                with self.assertRaises(KeyboardInterrupt):
                    client.get_time()
            self.assertEqual(client.get_time(), "second")


class ClosedConnectionTest(unittest.TestCase):
    def test_an_idle_connection_that_the_server_closed_is_replaced(self):
        closed = threading.Event()

        def one_call(sock):
            serve(FakeClock("first"), calls=1)(sock)
            sock.close()
            closed.set()

        with FakeServer(one_call, serve(FakeClock("second"))) as server, \
                time_client.connect(server.endpoint, retries=0) as client:
            self.assertEqual(client.get_time(), "first")
            self.assertTrue(closed.wait(PATIENCE_S))
            self.assertEqual(client.get_time(), "second")
            self.assertEqual(server.connections, 2)

    def test_an_idle_connection_that_was_reset_is_replaced(self):
        closed = threading.Event()

        def reset_after_one_call(sock):
            serve(FakeClock("first"), calls=1)(sock)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                            b"\1\0\0\0\0\0\0\0")
            sock.close()
            closed.set()

        with FakeServer(reset_after_one_call,
                        serve(FakeClock("second"))) as server, \
                time_client.connect(server.endpoint, retries=0) as client:
            self.assertEqual(client.get_time(), "first")
            self.assertTrue(closed.wait(PATIENCE_S))
            self.assertEqual(client.get_time(), "second")

    def test_closing_instead_of_replying_is_retried_then_reported(self):
        with FakeServer(hang_up) as server, \
                time_client.TimeClient(server.endpoint, retries=2) as client:
            with self.assertRaises(ConnectionLost) as caught:
                client.get_time()
            self.assertEqual(server.connections, 3)
            assert_says(self, caught.exception, "get_time", server.endpoint,
                        "closed the connection", 'transport="framed"')
            self.assertIsInstance(caught.exception, ConnectionError)
            self.assertIsNotNone(caught.exception.__cause__)

    def test_the_hint_names_the_other_transport(self):
        with FakeServer(hang_up) as server, \
                time_client.TimeClient(server.endpoint, transport="framed",
                                       retries=0) as client:
            with self.assertRaises(ConnectionLost) as caught:
                client.get_time()
            assert_says(self, caught.exception, 'try transport="buffered"')

    def test_a_lost_reply_is_asked_for_again(self):
        cut_short = reply_bytes(TIME_REPLY[:-3], then=lambda sock: None)
        with FakeServer(cut_short, serve(FakeClock("whole"))) as server, \
                time_client.TimeClient(server.endpoint, retries=1) as client:
            self.assertEqual(client.get_time(), "whole")
        with FakeServer(cut_short) as server, \
                time_client.TimeClient(server.endpoint, retries=0) as client:
            with self.assertRaises(ConnectionLost) as caught:
                client.get_time()
            assert_says(self, caught.exception, "in the middle of the reply")
