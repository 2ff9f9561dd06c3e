"""Calls over TLS."""

import contextlib
import itertools
import socket
import ssl
import threading
import time
import unittest

import time_client
from time_client import _binding
from time_client._formats import TRANSPORTS, usable_protocols

from .fake_server import (PATIENCE_S, TIME_REPLY, FakeClock, FakeServer,
                          serve, silent)
from .tls_server import (identified, setUpModule, tls,  # noqa: F401
                         trusting)

VERSIONS = (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3)


class CallTest(unittest.TestCase):
    def test_every_format_and_version(self):
        for protocol, transport, version in itertools.product(
                usable_protocols(), TRANSPORTS, VERSIONS):
            with self.subTest(f"{protocol}/{transport} {version.name}"), \
                    FakeServer(tls(serve(FakeClock("x"), protocol, transport),
                                   version=version)) as server, \
                    time_client.connect(
                        server.endpoint, protocol=protocol,
                        transport=transport, tls=trusting()) as client:
                self.assertEqual(client.endpoint, f"tls:{server.endpoint}")
                for _ in range(3):
                    self.assertEqual(client.get_time(), "x")
                self.assertEqual(server.connections, 1)

    def test_an_endpoint_says_that_it_is_tls(self):
        with FakeServer(tls(serve(FakeClock("x")))) as server, \
                time_client.connect(f"tls:{server.endpoint}",
                                    tls=trusting(on=False)) as client:
            self.assertEqual(client.get_time(), "x")

    def test_plain_and_tls_side_by_side(self):
        with FakeServer(tls(serve(FakeClock("encrypted")))) as encrypted, \
                FakeServer(serve(FakeClock("plain"))) as plain:
            endpoints = [f"tls:{encrypted.endpoint}", plain.endpoint]
            for order in (endpoints, endpoints[::-1]):
                with time_client.connect(order,
                                         tls=trusting(on=False)) as client:
                    self.assertEqual(
                        client.get_time(),
                        "encrypted" if order is endpoints else "plain")

    def test_connect_completes_the_handshake_for_the_server_too(self):
        for version in VERSIONS:
            complete = threading.Event()

            def behaviour(stream):
                complete.set()
                silent(stream)

            with FakeServer(tls(behaviour, version=version)) as server, \
                    time_client.connect(server.endpoint, tls=trusting()):
                self.assertTrue(complete.wait(PATIENCE_S))

    def test_an_elliptic_key_and_a_client_with_a_certificate(self):
        for version in VERSIONS:
            with FakeServer(tls(serve(FakeClock("x")), "server-ec", "ca",
                                version)) as server, \
                    time_client.connect(server.endpoint,
                                        tls=identified()) as client:
                self.assertEqual(client.get_time(), "x")

    def test_large_messages_both_ways(self):
        """Of many records, which come in pieces and several at once."""
        texts = ["9" * 16_000] * 500  # 8 MB would be too long for a reply

        class Clock(FakeClock):
            def from_local(self, texts, zone, format, policy):
                self._called("from_local", len(texts))
                return super().from_local(["7"] * len(texts), "", "", 1)

        clock = Clock("z" * 4_000_000)
        for transport in TRANSPORTS:
            with FakeServer(tls(serve(clock, "binary",
                                      transport))) as server, \
                    time_client.connect(server.endpoint, timeout=PATIENCE_S,
                                        transport=transport,
                                        tls=trusting()) as client:
                self.assertEqual(client.get_time(), clock.time)
                self.assertEqual(len(client.from_local(texts)), len(texts))
                self.assertEqual(client.get_time(), clock.time)

    def test_a_reply_in_records_of_one_byte(self):
        def crumbs(stream):
            stream.recv(4096)
            for byte in TIME_REPLY:
                stream.sendall(bytes([byte]))
            silent(stream)

        with FakeServer(tls(crumbs)) as server, \
                time_client.connect(server.endpoint, timeout=PATIENCE_S,
                                    tls=trusting()) as client:
            self.assertEqual(client.get_time(), "ok")

    def test_server_name_takes_the_place_of_the_host(self):
        with FakeServer(tls(serve(FakeClock("x")), "wrong-name")) as server, \
                time_client.connect(server.endpoint, tls=trusting(
                    server_name="elsewhere.example")) as client:
            self.assertEqual(client.get_time(), "x")

    def test_a_unix_socket_by_the_name_of_its_server(self):
        with FakeServer(tls(serve(FakeClock("x"))),
                        family=socket.AF_UNIX) as server, \
                time_client.connect(server.endpoint, tls=trusting(
                    server_name="localhost")) as client:
            self.assertEqual(client.get_time(), "x")

    def test_an_ipv6_address_is_in_the_certificate(self):
        with contextlib.ExitStack() as stack:
            try:
                server = stack.enter_context(FakeServer(
                    tls(serve(FakeClock("x"))), family=socket.AF_INET6))
            except OSError:
                self.skipTest("this host has no IPv6")
            client = stack.enter_context(time_client.connect(
                server.endpoint, tls=trusting()))
            self.assertEqual(client.get_time(), "x")

    def test_other_classes_take_tls_too(self):
        clock = FakeClock()
        clock.receive_ns = clock.send_ns = lambda sent: time.time_ns()
        with FakeServer(tls(serve(clock))) as server:
            with time_client.TimestampSource(server.endpoint,
                                             tls=trusting()) as source:
                self.assertEqual(source.take(), 10**18)
            with time_client.BoundedClock(server.endpoint,
                                          tls=trusting()) as bounded:
                self.assertIsNotNone(bounded.now())
            with time_client.connect(server.endpoint,
                                     tls=trusting()) as client:
                table = client.zone_table("Test/Zone", 0, 10**15)
                self.assertEqual(table.utc_offset_s([0]), [3600])


class LeaderTest(unittest.TestCase):
    """Servers name each other by host and port alone."""

    def standby(self, leader):
        clock = FakeClock()
        clock.failure = _binding.idl.OracleUnavailable(
            "not I", 1, leader.endpoint, 0)
        return FakeServer(tls(serve(clock)))

    def test_one_that_is_named_over_tls_is_asked_over_tls(self):
        with FakeServer(tls(serve(FakeClock()))) as leader, \
                self.standby(leader) as standby:
            for endpoint, on in ((f"tls:{standby.endpoint}", False),
                                 (standby.endpoint, True)):
                with time_client.TimestampSource(
                        endpoint, timeout=PATIENCE_S,
                        tls=trusting(on=on)) as source:
                    self.assertGreaterEqual(source.take(), 10**18)

    def test_one_that_takes_no_tls_hears_nothing_but_its_hello(self):
        heard = []
        with FakeServer(lambda sock: heard.append(sock.recv(4096))) as leader:
            with self.standby(leader) as standby, \
                    time_client.TimestampSource(
                        f"tls:{standby.endpoint}", timeout=2.0,
                        tls=trusting(on=False)) as source:
                with self.assertRaises(time_client.TimeClientError):
                    source.take()
        self.assertGreater(len(heard), 0)
        self.assertEqual({data[0] for data in heard}, {0x16})
