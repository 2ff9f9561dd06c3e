"""Connections over TLS that end, stall or are interrupted."""

import contextlib
import itertools
import os
import signal
import ssl
import threading
import time
import unittest
import warnings
from unittest import mock

import time_client
from time_client import CallTimeout, ConnectError, ConnectionLost, _dial
from time_client._tls_socket import TlsSocket

from .fake_server import (PATIENCE_S, TIME_REPLY, FakeClock, FakeServer,
                          assert_says, hang_up, reply_bytes, serve, silent)
from .tls_server import (cut_off, say_goodbye, setUpModule,  # noqa: F401
                         tls, trusting)

VERSIONS = (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3)


class LostTest(unittest.TestCase):
    def check_replaced(self, *endings):
        """An idle connection that ended so is replaced, without a failure."""
        for ending, version in itertools.product(endings, VERSIONS):
            closed = threading.Event()

            def one_call(stream):
                serve(FakeClock("first"), calls=1)(stream)
                ending(stream)
                closed.set()

            with self.subTest(ending.__name__, version=version), \
                    FakeServer(tls(one_call, version=version),
                               tls(serve(FakeClock("second")),
                                   version=version)) as server, \
                    time_client.connect(server.endpoint, retries=0,
                                        tls=trusting()) as client:
                self.assertEqual(client.get_time(), "first")
                self.assertTrue(closed.wait(PATIENCE_S))
                self.assertEqual(client.get_time(), "second")

    def test_an_idle_connection_that_ended_is_replaced(self):
        self.check_replaced(cut_off, say_goodbye)

    def test_a_reply_that_is_cut_short_is_a_lost_connection(self):
        for ending, count in itertools.product((cut_off, say_goodbye),
                                               (0, 1, 20)):
            behaviour = tls(reply_bytes(TIME_REPLY[:count], then=ending))
            with self.subTest(ending.__name__, count=count), \
                    FakeServer(behaviour,
                               tls(serve(FakeClock("whole")))) as server, \
                    time_client.TimeClient(server.endpoint, retries=0,
                                           tls=trusting()) as client:
                with self.assertRaises(ConnectionLost) as caught:
                    client.get_time()
                assert_says(self, caught.exception, server.endpoint,
                            "closed the connection", "in the middle of"
                            if count else "awaiting the reply")
                self.assertEqual(client.get_time(), "whole")

    def test_a_lost_reply_is_asked_for_again(self):
        with FakeServer(tls(hang_up),
                        tls(serve(FakeClock("whole")))) as server, \
                time_client.connect(server.endpoint, retries=1,
                                    tls=trusting()) as client:
            self.assertEqual(client.get_time(), "whole")

    def test_bytes_that_are_no_tls_break_the_connection(self):
        def garble_after(calls):
            def behaviour(sock):
                def garble(stream):
                    serve(FakeClock("first"), calls=calls)(stream)
                    stream.recv(4096)
                    sock.sendall(b"this is no record at all")
                    silent(stream)

                tls(garble)(sock)
            return behaviour

        with FakeServer(garble_after(1),
                        tls(serve(FakeClock("second")))) as server, \
                time_client.connect(server.endpoint, retries=0,
                                    tls=trusting()) as client:
            self.assertEqual(client.get_time(), "first")
            self.assertEqual(client.get_time(), "second")
        with FakeServer(garble_after(0)) as server, \
                time_client.TimeClient(server.endpoint, retries=0,
                                       tls=trusting()) as client:
            with self.assertRaises(ConnectionLost) as caught:
                client.get_time()
            assert_says(self, caught.exception, "the TLS connection broke")


class DeadlineTest(unittest.TestCase):
    def check_connect(self, behaviour):
        with FakeServer(behaviour) as server:
            start = time.monotonic()
            with self.assertRaises(ConnectError) as caught:
                time_client.connect(server.endpoint, timeout=0.3, retries=0,
                                    tls=trusting())
            elapsed_s = time.monotonic() - start
            self.assertTrue(0.29 < elapsed_s < PATIENCE_S / 2, elapsed_s)
            assert_says(self, caught.exception, server.endpoint,
                        "find the TLS port")
            self.assertRegex(str(caught.exception),
                             r"no TLS handshake within 0\.\d+ s: ")

    def test_a_handshake_that_stalls(self):
        self.check_connect(silent)

    def test_a_handshake_that_trickles_in(self):
        stop = threading.Event()

        def trickle(sock):
            sock.recv(4096)
            sock.sendall(b"\x16\x03\x03\x40\x00")
            while not stop.wait(0.02):
                sock.sendall(b"\0")

        self.check_connect(trickle)
        stop.set()

    def test_connect_timeout_is_for_the_handshake_too(self):
        with FakeServer(silent) as stalled, \
                FakeServer(tls(serve(FakeClock("second")))) as second:
            with time_client.connect(
                    [stalled.endpoint, second.endpoint], retries=0,
                    connect_timeout=1.0, timeout=PATIENCE_S,
                    tls=trusting()) as client:
                self.assertEqual(client.get_time(), "second")

    def test_a_silent_server_is_a_timeout_in_time(self):
        with FakeServer(tls(silent), tls(serve(FakeClock("x")))) as server, \
                time_client.connect(server.endpoint, timeout=PATIENCE_S,
                                    tls=trusting()) as client:
            start = time.monotonic()
            with self.assertRaises(CallTimeout):
                client.get_timestamps(timeout=0.2)
            self.assertLess(time.monotonic() - start, PATIENCE_S / 2)
            self.assertEqual(server.connections, 1)

    def test_records_that_trickle_in_do_not_extend_the_time(self):
        stop = threading.Event()

        def trickle(stream):
            stream.recv(4096)
            stream.sendall(bytes.fromhex("80010002 0000000e")
                           + b"get_timestamps"
                           + bytes.fromhex("00000001 0b0000 0000ffff"))
            while not stop.wait(0.02):
                stream.sendall(b"x")

        with FakeServer(tls(trickle)) as server, \
                time_client.connect(server.endpoint, timeout=PATIENCE_S,
                                    tls=trusting()) as client:
            start = time.monotonic()
            with self.assertRaises(CallTimeout):
                client.get_timestamps(timeout=0.3)
            self.assertLess(time.monotonic() - start, PATIENCE_S / 2)
            stop.set()

    def test_a_server_that_takes_no_bytes_is_a_timeout(self):
        release = threading.Event()
        with FakeServer(tls(lambda stream: release.wait(PATIENCE_S))
                        ) as server, \
                time_client.connect(server.endpoint, timeout=2.0,
                                    tls=trusting()) as client:
            with self.assertRaises(CallTimeout) as caught:
                client.from_local(["9" * 16_000] * 1000)
            assert_says(self, caught.exception, "sending the request")
            release.set()


class InterruptTest(unittest.TestCase):
    def test_one_in_the_handshake_leaks_no_socket(self):
        for method in ("_receive_encrypted", "_send_encrypted", "__init__"):
            with self.subTest(method), \
                    FakeServer(silent, tls(serve(FakeClock("x")))) as server:
                client = time_client.TimeClient(server.endpoint,
                                                tls=trusting())
                with mock.patch.object(TlsSocket, method,
                                       side_effect=KeyboardInterrupt), \
                        dialled() as sockets:
                    with self.assertRaises(KeyboardInterrupt):
                        client.get_time()
                self.assertEqual([sock.fileno() for sock in sockets], [-1])
                with client:
                    self.assertEqual(client.get_time(), "x")

    def test_one_in_a_call_does_not_leave_its_reply_behind(self):
        with FakeServer(tls(serve(FakeClock("first"))),
                        tls(serve(FakeClock("second")))) as server, \
                time_client.connect(server.endpoint,
                                    tls=trusting()) as client:
            with mock.patch.object(TlsSocket, "recv",
                                   side_effect=KeyboardInterrupt):
                with self.assertRaises(KeyboardInterrupt):
                    client.get_time()
            self.assertEqual(client.get_time(), "second")

    def test_failures_leak_no_descriptor(self):
        for behaviour in (silent, hang_up, tls(silent, "impostor")):
            with FakeServer(behaviour) as server, dialled() as sockets:
                with self.assertRaises(ConnectError):
                    time_client.connect(server.endpoint, timeout=1, retries=0,
                                        connect_timeout=0.2, tls=trusting())
                self.assertEqual([sock.fileno() for sock in sockets], [-1])

    def test_a_child_after_fork_connects_anew_and_leaves_the_parents(self):
        with FakeServer(tls(serve(FakeClock("x")))) as server, \
                time_client.connect(server.endpoint,
                                    tls=trusting()) as client:
            self.assertEqual(client.get_time(), "x")
            with warnings.catch_warnings():
                # That other threads do not go along: the client has none.
                warnings.simplefilter("ignore", DeprecationWarning)
                child = os.fork()
            if child == 0:
                signal.alarm(int(PATIENCE_S))  # ends it
                try:
                    os._exit(0 if client.get_time() == "x" else 1)
                finally:
                    os._exit(2)
            self.assertEqual(os.waitpid(child, 0)[1], 0)
            self.assertEqual(client.get_time(), "x")
            self.assertEqual(server.connections, 2)


@contextlib.contextmanager
def dialled():
    """A list of the sockets that clients connect meanwhile."""
    sockets = []

    opened = _dial._open

    def open_one(*arguments):
        sockets.append(opened(*arguments))
        return sockets[-1]

    with mock.patch.object(_dial, "_open", open_one):
        yield sockets
